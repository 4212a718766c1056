"""Camunda 8: a record is its partition and position, and a process says in variables what it is."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from rules.events import Action, ActorKind
from stream.connectors.zeebe import ZEEBE
from tests.connectors.reading import Json, events, refusal

INSTANCE_KEY = 2251799813685300
TASK_VALUE: dict[str, Any] = {
    "userTaskKey": 2251799813685310,
    "assignee": "cy",
    "candidateGroupsList": ["owners"],
    "action": "complete",
    "variables": {},
    "bpmnProcessId": "access-request",
    "processDefinitionVersion": 4,
    "processDefinitionKey": 2251799813685200,
    "processInstanceKey": INSTANCE_KEY,
    "elementId": "approve",
    "elementInstanceKey": 2251799813685309,
    "tenantId": "<default>",
}


def record(position: int, kind: str, intent: str, value: Json, key: int = 7) -> dict[str, Any]:
    """Write a record as the exporter does."""
    return {
        "partitionId": 1,
        "position": position,
        "sourceRecordPosition": position - 1,
        "key": key,
        "timestamp": 1790845200123,
        "recordType": "EVENT",
        "valueType": kind,
        "intent": intent,
        "rejectionType": "NULL_VAL",
        "rejectionReason": "",
        "brokerVersion": "8.6.0",
        "value": value,
    }


def variable(position: int, name: str, value: Json) -> dict[str, Any]:
    """Write a variable, whose value is JSON in a text."""
    told = {
        "name": name,
        "value": orjson.dumps(value).decode(),
        "scopeKey": INSTANCE_KEY,
        "processInstanceKey": INSTANCE_KEY,
        "bpmnProcessId": "access-request",
    }
    return record(position, "VARIABLE", "CREATED", told)


PROCESS_VALUE = {
    "bpmnElementType": "PROCESS",
    "elementId": "access-request",
    "bpmnProcessId": "access-request",
    "version": 4,
    "processInstanceKey": INSTANCE_KEY,
}
BEGUN = record(100, "PROCESS_INSTANCE", "ELEMENT_ACTIVATED", PROCESS_VALUE)
REQUESTER = variable(101, "requester", "ann")
REASON = variable(102, "justification", "quarter end")
TICKET = variable(103, "ticket", "CHG-1234")
ASSIGNED = record(110, "USER_TASK", "ASSIGNED", TASK_VALUE)
COMPLETED = record(120, "USER_TASK", "COMPLETED", {**TASK_VALUE, "variables": {"approved": True}})
JOB = record(
    130,
    "JOB",
    "COMPLETED",
    {
        "type": "notify-hr",
        "worker": "worker-1",
        "retries": 3,
        "bpmnProcessId": "access-request",
        "processDefinitionVersion": 4,
        "processInstanceKey": INSTANCE_KEY,
        "elementId": "notify",
    },
    key=2251799813685400,
)
DEPLOYED = record(
    90,
    "PROCESS",
    "CREATED",
    {
        "bpmnProcessId": "access-request",
        "version": 4,
        "resourceName": "access-request.bpmn",
        "processDefinitionKey": 2251799813685200,
        "checksum": "AAAA",
    },
)
EXAMPLES = (BEGUN, REQUESTER, REASON, TICKET, ASSIGNED, COMPLETED, JOB, DEPLOYED)


def test_a_record_is_named_by_its_place_and_ordered_by_it() -> None:
    """An exporter may write it more than once: position and partition stay."""
    (event,) = events(ZEEBE, ASSIGNED)

    assert (event.id, event.sequence) == ("1-110", 110)
    assert event.occurred_at == datetime(2026, 10, 1, 9, 0, 0, 123000, tzinfo=UTC)
    assert event.case == f"zeebe-instance:{INSTANCE_KEY}"


def test_records_of_one_millisecond_keep_their_order() -> None:
    """The clock ties; the position does not."""
    found = [events(ZEEBE, each)[0] for each in (COMPLETED, ASSIGNED, BEGUN)]

    assert len({event.occurred_at for event in found}) == 1
    assert [event.sequence for event in sorted(found, key=lambda e: e.sequence or 0)] == [
        100,
        110,
        120,
    ]


def test_a_task_is_given_and_completed_by_its_assignee() -> None:
    """Which version of which process asked is in every record."""
    (asked,), (decided,) = events(ZEEBE, ASSIGNED), events(ZEEBE, COMPLETED)

    assert (asked.action, decided.action) == (Action.ASSIGNED, Action.APPROVED)
    assert asked.assignee is not None
    assert decided.actor is not None
    assert decided.workflow is not None
    assert asked.assignee.account == decided.actor.account == "cy"
    assert (decided.workflow.id, decided.workflow.version, decided.workflow.step) == (
        "access-request",
        "4",
        "approve",
    )


@pytest.mark.parametrize(
    ("variables", "action"),
    [
        ({"approved": False}, Action.DENIED),
        ({"decision": "Reject"}, Action.DENIED),
        ({"outcome": "approve"}, Action.APPROVED),
        ({}, Action.DECIDED),
        ({"decision": "later"}, Action.DECIDED),
        ({"approved": "yes"}, Action.DECIDED),
    ],
)
def test_a_completed_task_answers_in_words_we_know_or_is_only_decided(
    variables: Json, action: Action
) -> None:
    """What nobody can tell is not called an approval."""
    (event,) = events(ZEEBE, {**COMPLETED, "value": {**TASK_VALUE, "variables": variables}})

    assert event.action is action


def test_an_older_task_is_a_job() -> None:
    """Its assignee stands in a header."""
    value = {
        **JOB["value"],
        "type": "io.camunda.zeebe:userTask",
        "customHeaders": {"io.camunda.zeebe:assignee": "cy"},
        "variables": {"approved": True},
    }
    (event,) = events(ZEEBE, {**JOB, "value": value})

    assert event.actor is not None
    assert (event.action, event.actor.account) == (Action.APPROVED, "cy")


def test_what_is_asked_for_is_said_in_variables() -> None:
    """Whoever they name compares with no assignee: nobody says that they are of one kind."""
    (asked,), (reason,), (ticket,) = (events(ZEEBE, each) for each in (REQUESTER, REASON, TICKET))

    assert asked.actor is not None
    assert (asked.action, asked.actor.account, asked.actor.namespace) == (
        Action.REQUESTED,
        "ann",
        "variable",
    )
    assert (reason.action, reason.justification) == (Action.AMENDED, "quarter end")
    assert [(each.kind, each.ref) for each in ticket.evidence] == [("ticket", "CHG-1234")]


def test_a_worked_off_job_is_a_call() -> None:
    """Each attempt that a worker reports; where it called is not told."""
    (done,) = events(ZEEBE, JOB)
    (failed,) = events(ZEEBE, {**JOB, "intent": "FAILED", "position": 129})

    assert done.step is not None
    assert done.actor is not None
    assert (done.action, done.step.extension, done.actor.kind) == (
        Action.STEP_INVOKED,
        "notify-hr",
        ActorKind.SERVICE,
    )
    assert (failed.outcome, failed.step) == ("FAILED", done.step)
    assert failed.id != done.id


def test_a_deployed_process_has_a_version() -> None:
    """The one definition whose version every later record repeats."""
    (event,) = events(ZEEBE, DEPLOYED)

    assert event.workflow is not None
    assert (event.action, event.workflow.version, event.case) == (
        Action.WORKFLOW_PUBLISHED,
        "4",
        None,
    )


def test_before_camunda_8_processes_were_workflows() -> None:
    """The same record under its old names."""
    old = {**PROCESS_VALUE, "workflowInstanceKey": INSTANCE_KEY}
    old.pop("processInstanceKey")
    (event,) = events(ZEEBE, {**BEGUN, "valueType": "WORKFLOW_INSTANCE", "value": old})

    assert event == events(ZEEBE, BEGUN)[0]


REFUSALS: dict[str, tuple[Json, str]] = {
    "a-command": (
        {**COMPLETED, "recordType": "COMMAND"},
        (
            "acme: field 'intent' is 'COMPLETED'; expected a step of an access decision; "
            "'foureyes sources zeebe' lists them"
        ),
    ),
    "a-variable-of-no-meaning": (
        variable(1, "colour", "red"),
        (
            "acme: field 'intent' is 'CREATED'; expected a step of an access decision; "
            "'foureyes sources zeebe' lists them"
        ),
    ),
    "no-position": (
        {**ASSIGNED, "position": None},
        "acme: field 'position' is None; expected a whole number",
    ),
    "no-instance": (
        {**ASSIGNED, "value": {**TASK_VALUE, "processInstanceKey": -1}},
        "acme: field 'value.processInstanceKey' is missing; expected a key",
    ),
    "time-as-text": (
        {**ASSIGNED, "timestamp": "2026-10-01"},
        "acme: field 'timestamp' is '2026-10-01'; expected milliseconds since 1970",
    ),
    "a-variable-that-is-no-json": (
        {**REASON, "value": {**REASON["value"], "value": "quarter end"}},
        "acme: field 'value.value' is 'quarter end'; expected JSON (",
    ),
    "a-requester-that-is-no-text": (
        variable(1, "requester", {"id": 7}),
        "acme: field 'value.value' is missing; expected text that is not empty",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever runs the exporter reads what was expected."""
    assert refusal(ZEEBE, document).startswith(sentence)
