"""ServiceNow: a row is a state; what changed between two polls is the event."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from rules.events import Action, ActorKind, Sameness, Told, sameness
from stream.connectors.servicenow import SERVICENOW
from tests.connectors.reading import Json, events, outcomes, refusal

ANN, BO, CY = "a" * 32, "b" * 32, "c" * 32
ITEM_ID, APPROVAL_ID = "1" * 32, "2" * 32

EVERY_ROW = {
    "sys_tags": "",
    "sys_domain": {
        "link": "https://acme.example/api/now/table/sys_user_group/g",
        "value": "global",
    },
    "order": "",
    "due_date": "",
    "expected_start": "",
}
TASK = {
    **EVERY_ROW,
    "active": "true",
    "parent": "",
    "priority": "4",
    "urgency": "3",
    "impact": "3",
    "escalation": "0",
    "made_sla": "true",
    "knowledge": "false",
    "watch_list": "",
    "upon_reject": "cancel",
    "upon_approval": "proceed",
    "approval_history": "",
    "assignment_group": "",
    "assigned_to": "",
    "work_notes": "",
    "comments_and_work_notes": "",
    "contact_type": "self-service",
    "short_description": "",
    "sys_domain_path": "/",
}
ITEM: dict[str, Any] = {
    **TASK,
    "sys_id": ITEM_ID,
    "sys_class_name": "sc_req_item",
    "number": "RITM0010001",
    "request": {"link": "https://acme.example/api/now/table/sc_request/9", "value": "9" * 32},
    "cat_item": {"display_value": "SAP role", "value": "3" * 32},
    "opened_at": "2026-10-01 08:00:00",
    "opened_by": {"display_value": "Ann Arden", "value": ANN},
    "requested_for": {"display_value": "Bo Berg", "value": BO},
    "state": "1",
    "stage": "waiting_for_approval",
    "approval": "requested",
    "justification": "quarter end",
    "sys_mod_count": "2",
    "sys_updated_by": "ann.arden",
    "sys_updated_on": "2026-10-01 08:00:05",
    "sys_created_by": "ann.arden",
    "sys_created_on": "2026-10-01 08:00:00",
}
ASKED: dict[str, Any] = {
    **EVERY_ROW,
    "iteration": "1",
    "wf_activity": "",
    "process_step": "",
    "group": "",
    "approval_source": "",
    "document_id": {"link": "https://acme.example/api/now/table/sc_req_item/1", "value": "1" * 32},
    "sys_id": APPROVAL_ID,
    "approver": {"display_value": "Cy Cole", "value": CY},
    "approver.user_name": "cy.cole",
    "sysapproval": {"link": "https://acme.example/api/now/table/task/1", "value": ITEM_ID},
    "source_table": "sc_req_item",
    "state": "requested",
    "comments": "",
    "sys_mod_count": "0",
    "sys_updated_by": "system",
    "sys_updated_on": "2026-10-01 08:00:06",
    "sys_created_by": "system",
    "sys_created_on": "2026-10-01 08:00:06",
}
APPROVED: dict[str, Any] = {
    **ASKED,
    "state": "approved",
    "comments": "fine",
    "sys_mod_count": "1",
    "sys_updated_by": "cy.cole",
    "sys_updated_on": "2026-10-01 09:00:00",
}
CLOSED: dict[str, Any] = {
    **ITEM,
    "state": "3",
    "closed_at": "2026-10-01 10:00:00",
    "closed_by": {"display_value": "Cy Cole", "value": CY},
    "sys_mod_count": "7",
}
CHANGE: dict[str, Any] = {
    **TASK,
    "sys_id": "4" * 32,
    "number": "CHG0030001",
    "sys_class_name": "change_request",
    "short_description": "Open the firewall",
    "risk": {"display_value": "High", "value": "2"},
    "opened_at": "24.10.2026 7:07:31",
    "opened_by": ANN,
    "state": "-3",
    "sys_mod_count": "1",
}
HISTORY: dict[str, Any] = {
    "sys_id": "5" * 32,
    "tablename": "sysapproval_approver",
    "fieldname": "state",
    "documentkey": APPROVAL_ID,
    "oldvalue": "requested",
    "newvalue": "approved",
    "user": "cy.cole",
    "sys_created_on": "2026-10-01 09:00:00",
}
EXAMPLES = (ITEM, ASKED, APPROVED, CLOSED, CHANGE, HISTORY)


def test_the_same_row_in_a_later_poll_is_a_repeat() -> None:
    """A row that did not change tells nothing new, however often it is read."""
    assert events(SERVICENOW, APPROVED) == events(SERVICENOW, dict(APPROVED))


def test_a_state_that_changed_between_two_polls_is_an_event() -> None:
    """The approval's row, asked and answered: two events of one case."""
    (asked,), (approved,) = events(SERVICENOW, ASKED), events(SERVICENOW, APPROVED)

    assert (asked.action, approved.action) == (Action.ASSIGNED, Action.APPROVED)
    assert asked.id == f"{APPROVAL_ID}:0:requested"
    assert approved.id == f"{APPROVAL_ID}:1:approved"
    assert asked.case == approved.case == ITEM_ID
    assert approved.actor is not None
    assert asked.assignee is not None
    assert approved.actor.account == asked.assignee.account == CY
    assert (approved.justification, approved.links) == (
        "fine",
        (f"servicenow-approval:{APPROVAL_ID}",),
    )


def test_a_hand_that_is_not_the_approvers_approves_on_behalf() -> None:
    """An administrator set the state: known only where the poll asks for the user name."""
    (event,) = events(SERVICENOW, {**APPROVED, "sys_updated_by": "admin"})

    assert event.actor is not None
    assert event.on_behalf_of is not None
    assert (event.actor.account, event.actor.namespace) == ("admin", "user_name")
    assert event.on_behalf_of.account == CY


def test_without_the_user_name_nobody_can_tell_whose_hand_it_was() -> None:
    """A user name and an id are never taken for two people."""
    row = {key: value for key, value in APPROVED.items() if key != "approver.user_name"}
    (event,) = events(SERVICENOW, {**row, "sys_updated_by": "admin"})

    assert event.actor is not None
    assert (event.actor.account, event.on_behalf_of) == (CY, None)


def test_an_item_is_asked_for_by_one_and_for_another() -> None:
    """Who opened it, for whom, what and why; the number is a link."""
    (event,) = events(SERVICENOW, ITEM)

    assert (event.action, event.case) == (Action.REQUESTED, ITEM_ID)
    assert event.links == ("servicenow-number:RITM0010001",)
    assert event.actor is not None
    assert event.beneficiary is not None
    assert event.entitlement is not None
    assert (event.actor.account, event.actor.name) == (ANN, "Ann Arden")
    assert event.beneficiary.account == BO
    assert (event.entitlement.name, event.justification) == ("SAP role", "quarter end")


@pytest.mark.parametrize(
    ("state", "action"),
    [
        ("3", Action.PROVISIONED),
        ("Closed Incomplete", Action.PROVISION_FAILED),
        ("7", Action.CANCELLED),
    ],
)
def test_a_closed_item_also_tells_its_opening(state: str, action: Action) -> None:
    """A poll that comes late still sees who asked."""
    opened, closed = events(SERVICENOW, {**CLOSED, "state": state})

    assert (opened.action, closed.action) == (Action.REQUESTED, action)
    assert closed.actor is not None
    assert closed.actor.account == CY


def test_two_formats_of_time_in_one_record() -> None:
    """A real export has both: the ambiguous third is refused, not guessed."""
    row = {**CLOSED, "opened_at": "24.10.2026 7:07:31", "closed_at": "2026-10-25 11:56:23"}
    opened, closed = events(SERVICENOW, row)

    assert opened.occurred_at == datetime(2026, 10, 24, 7, 7, 31, tzinfo=UTC)
    assert closed.occurred_at == datetime(2026, 10, 25, 11, 56, 23, tzinfo=UTC)


def test_names_in_separate_number_spaces_compare_with_nothing() -> None:
    """An anonymised log counts each column by itself: the answer is cannot tell."""
    row = {**CLOSED, "opened_by": "Opened by 8", "closed_by": "Resolver 8"}
    opened, closed = events(SERVICENOW, row)

    assert opened.actor is not None
    assert closed.actor is not None
    assert (opened.actor.namespace, closed.actor.namespace) == ("opened by", "resolver")
    assert sameness(Told(opened.actor, opened), Told(closed.actor, closed)) is Sameness.INCOMPARABLE


def test_automation_is_no_person() -> None:
    """What a flow did stands there as a user called system."""
    (event,) = events(SERVICENOW, {**APPROVED, "sys_updated_by": "system"})

    assert event.actor is not None
    assert event.actor.kind is ActorKind.SERVICE


def test_the_history_names_the_approval_and_is_joined_by_it() -> None:
    """It tells every state with its hand, but not what was approved."""
    (event,) = events(SERVICENOW, HISTORY)

    assert (event.action, event.case) == (Action.APPROVED, None)
    assert event.links == events(SERVICENOW, APPROVED)[0].links
    assert event.actor is not None
    assert (event.actor.account, event.actor.namespace) == ("cy.cole", "user_name")


def test_an_answer_of_the_table_api_is_taken_apart() -> None:
    """A list of rows, or one."""
    assert outcomes(SERVICENOW, orjson.dumps({"result": [ITEM, ASKED]})) == [
        *events(SERVICENOW, ITEM),
        *events(SERVICENOW, ASKED),
    ]
    assert outcomes(SERVICENOW, orjson.dumps({"result": ITEM})) == events(SERVICENOW, ITEM)


REFUSALS: dict[str, tuple[Json, str]] = {
    "not-asked-yet": (
        {**ASKED, "state": "not requested"},
        (
            "acme: field 'state' is 'not requested'; expected a step of an access decision; "
            "'foureyes sources servicenow' lists them"
        ),
    ),
    "approves-nothing": (
        {**APPROVED, "sysapproval": "", "document_id": ""},
        "acme: field 'sysapproval' is missing; expected text that is not empty",
    ),
    "an-ambiguous-day": (
        {**APPROVED, "sys_updated_on": "07/06/2026 09:00:00"},
        (
            "acme: field 'sys_updated_on' is '07/06/2026 09:00:00'; expected a time with a zone "
            "such as 2026-11-01T00:03:10Z"
        ),
    ),
    "a-day-that-is-none": (
        {**CHANGE, "opened_at": "31.02.2026 7:07:31"},
        (
            "acme: field 'opened_at' is '2026-02-31T07:07:31'; expected a time with a zone such "
            "as 2026-11-01T00:03:10Z"
        ),
    ),
    "an-incident": (
        {"sys_id": "6" * 32, "number": "INC0000045", "state": "Awaiting Evidence"},
        (
            "acme: field 'state' is 'Awaiting Evidence'; expected a step of an access decision; "
            "'foureyes sources servicenow' lists them"
        ),
    ),
    "no-approver": (
        {**ASKED, "approver": None},
        "acme: field 'approver' is missing; expected text that is not empty",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever polls reads what was expected."""
    assert refusal(SERVICENOW, document) == sentence
