"""n8n: the log tells that somebody decided, the execution's data what and by whom it is claimed."""

from datetime import UTC, datetime

import orjson
import pytest

from rules.events import Action
from stream.connectors.n8n import N8N
from tests.connectors.n8n_examples import (
    ACTIVATED,
    BEN,
    CALLS,
    DATA,
    DELETED,
    EXECUTION,
    INVITED,
    RESUMED,
    RUN_BY_HAND,
    STARTED,
    UPDATED,
    WAITING,
    WORKFLOW,
    message,
    row,
)
from tests.connectors.reading import Json, events, outcomes, refusal


def test_a_time_is_spelled_two_ways_in_one_file() -> None:
    """(a) `+00:00` shortly after a start, `Z` later."""
    (later,) = events(N8N, STARTED)
    (early,) = events(N8N, {**STARTED, "ts": "2026-10-01T08:00:00.123+00:00"})

    assert early == later
    assert early.occurred_at == datetime(2026, 10, 1, 8, 0, 0, 123000, tzinfo=UTC)


def test_the_order_of_files_does_not_matter() -> None:
    """(b) The file with the higher number is the older: each message has its own time and id."""
    newer, older = (
        events(N8N, RESUMED)[0],
        events(N8N, {**WAITING, "ts": "2026-10-01T07:59:00Z"})[0],
    )

    assert sorted([newer, older], key=lambda event: event.occurred_at) == [older, newer]


def test_a_resume_is_no_second_request() -> None:
    """(c) It writes a second `executed`, no second `started`: only the start asks."""
    executed = message("Audit", "n8n.audit.workflow.executed", executionId="14", **WORKFLOW)

    assert [event.action for event in events(N8N, STARTED)] == [Action.REQUESTED]
    assert "expected a step" in refusal(N8N, executed)


def test_a_run_by_hand_is_known_by_its_user_and_not_by_is_manual() -> None:
    """(d) The log says `isManual: false` of a manual run."""
    (started,) = events(N8N, {**STARTED, "payload": {**STARTED["payload"], "mode": "manual"}})
    (by_hand,) = events(N8N, RUN_BY_HAND)

    assert started.outcome == "manual"
    assert by_hand.actor is not None
    assert (by_hand.actor.account, by_hand.actor.name) == ("u-ben", "ben@acme.example")


def test_an_execution_cut_off_ends_in_its_row_only() -> None:
    """(e) The log never ends it; the row says crashed, and both are one case."""
    (begun,), (cut_off,) = events(N8N, STARTED), events(N8N, EXECUTION)

    assert (cut_off.action, cut_off.outcome) == (Action.CANCELLED, "crashed")
    assert begun.case == cut_off.case == "n8n-execution:14"


def test_one_node_is_one_report_however_often_it_called() -> None:
    """(f) Items and retries are under one message; a Code node may call and is no calling node."""
    (call,) = events(N8N, CALLS)
    code = {**CALLS, "payload": {**CALLS["payload"], "nodeType": "n8n-nodes-base.code"}}

    assert call.step is not None
    assert (call.action, call.step.extension, call.step.destination) == (
        Action.STEP_INVOKED,
        "Provision",
        None,
    )
    assert "expected a step" in refusal(N8N, code)


def test_a_workflow_that_failed_is_no_failed_grant() -> None:
    """(g) The target may have acted and answered 500: what the log calls failed tells nothing."""
    failed = message("Workflow", "n8n.workflow.failed", executionId="14", success=False, **WORKFLOW)

    assert "field 'eventName' is 'n8n.workflow.failed'" in refusal(N8N, failed)


def test_a_deleted_execution_names_each_case_and_who_deleted_it() -> None:
    """(h) The rows are gone; the log keeps the executions, and the deletion joins their cases."""
    one, two = events(N8N, DELETED)

    assert (one.action, one.case, two.case) == (
        Action.AUDIT_RECORD_REMOVED,
        "n8n-execution:14",
        "n8n-execution:15",
    )
    assert one.actor is not None
    assert (one.actor.account, one.id != two.id) == ("u-ben", True)


def test_a_change_of_settings_counts_at_once() -> None:
    """(i) Unpublished, on an active workflow: what was switched off is told."""
    (event,) = events(N8N, UPDATED)

    assert (event.action, event.scope) == (
        Action.WORKFLOW_PUBLISHED,
        ("saveDataSuccessExecution: None → none",),
    )


def test_a_row_says_which_version_an_execution_began_with() -> None:
    """(j) A waiting request runs the version it started with, whatever was published since."""
    requested, approved, _ = events(N8N, {**DATA, "workflowId": "wf-1"})

    assert requested.workflow is not None
    assert requested.workflow == approved.workflow
    assert requested.workflow.version == "v-1"


def test_a_restart_publishes_nothing() -> None:
    """(k) It writes `activated` for every active workflow, by nobody."""
    payload = {**WORKFLOW, "activeVersionId": "v-1", "activationMode": "init"}
    (by_ben,) = events(N8N, ACTIVATED)

    assert by_ben.actor is not None
    assert by_ben.actor.account == "u-ben"
    assert "expected a step" in refusal(N8N, {**ACTIVATED, "payload": payload})


def test_publishing_goes_through_a_deactivation() -> None:
    """(k) Both are changes of the definition; neither says that it was switched off for good."""
    payload = {**WORKFLOW, **BEN, "deactivatedVersionId": "v-0"}
    off = message("Audit", "n8n.audit.workflow.deactivated", **payload)

    told = [events(N8N, each)[0] for each in (off, ACTIVATED)]

    assert [(each.action, each.outcome) for each in told] == [
        (Action.WORKFLOW_PUBLISHED, "deactivated"),
        (Action.WORKFLOW_PUBLISHED, "activated"),
    ]


def test_execution_numbers_carry_the_engines_name() -> None:
    """(l) A number that a call carries may be forged, or another engine's: never a bare number."""
    (event,) = events(N8N, STARTED)

    assert event.links == ("n8n-execution:14",)


def test_the_log_tells_that_somebody_decided_and_not_what() -> None:
    """Four eyes can not be told from it: no approver, no answer, no evidence."""
    (waiting,), (resumed,) = events(N8N, WAITING), events(N8N, RESUMED)

    assert (waiting.action, resumed.action) == (Action.ASSIGNED, Action.DECIDED)
    assert (resumed.actor, resumed.evidence, resumed.justification) == (None, (), None)


def test_a_confirmation_is_no_record() -> None:
    """n8n's receipt for a message of its own: it tells of nothing and is not refused."""
    confirmation = {"__type": "$$EventMessageConfirm", "confirm": "x", "ts": "2026-10-01T08:00:00Z"}
    body = b"\n".join(orjson.dumps(each) for each in (STARTED, confirmation, WAITING, confirmation))

    assert [getattr(each, "action", each) for each in outcomes(N8N, body)] == [
        Action.REQUESTED,
        Action.ASSIGNED,
    ]


def test_each_invitation_is_a_request_for_an_account() -> None:
    """By whoever invites; who signs up later is the same case."""
    one, two = events(N8N, INVITED)

    assert (one.case, two.case) == ("n8n-user:u-cleo", "n8n-user:u-dan")
    assert one.beneficiary is not None
    assert one.beneficiary.account == "u-cleo"


REFUSALS: dict[str, tuple[Json, str]] = {
    "a-login": (
        message("Audit", "n8n.audit.user.login.success", **BEN),
        "acme: field 'eventName' is 'n8n.audit.user.login.success'; expected a step",
    ),
    "no-execution": (
        message("Audit", "n8n.audit.workflow.resumed", workflowId="wf-1"),
        "acme: field 'payload.executionId' is missing; expected text that is not empty",
    ),
    "data-that-is-no-json": (row("[{"), "acme: field 'data' is '[{'; expected JSON ("),
    "data-of-another-form": (
        row("{}"),
        "acme: field 'data' is '{}'; expected a list of items (flatted)",
    ),
    "an-execution-that-succeeded": (
        {**EXECUTION, "status": "success"},
        "acme: field 'status' is 'success'; expected a step",
    ),
    "a-row-of-another-table": (
        {"id": "u-1", "email": "ann@acme.example"},
        "acme: the record is",
    ),
    "no-time": ({**STARTED, "ts": None}, "acme: field 'ts' is missing; expected a time"),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever exports the log or the rows reads what was expected."""
    assert refusal(N8N, document).startswith(sentence)
