"""IBM Verify: one event has request, approver, reason, workflow and step."""

from datetime import UTC, datetime
from typing import Any

import pytest

from rules.events import Action
from stream.connectors.ibm_verify import IBM_VERIFY
from tests.connectors.reading import Json, events, refusal

DATA: dict[str, Any] = {
    "action": "APPROVE",
    "approver": "cy.cole",
    "approver_comment": "fine",
    "approvers": ["cy.cole", "di.dunn"],
    "beneficiary": "bo.berg",
    "cause": "N/A",
    "creationDate": "2026-10-01T08:00:00Z",
    "current_step": "ManagerApproval",
    "entitlement_name": "Payments operator",
    "entitlement_rights": ["read", "release"],
    "entitlement_type": "role",
    "justification": "quarter end",
    "performedby": "cy.cole",
    "reference": "ref-9",
    "request": "8f14e45f-ceea-4e7a-8d5c-1f6d0b1a2c3d",
    "request_number": "1001",
    "requestor": "ann.arden",  # codespell:ignore requestor
    "resource": "grant entitlement",
    "status": "APPROVED",
    "workflow": "Access approval",
    "workflow_configuration": ["ManagerApproval", "OwnerApproval"],
}
APPROVED: dict[str, Any] = {
    "id": "evt-2",
    "event_type": "request_management",
    "time": 1790845200123,
    "tenantid": "ten-1",
    "data": DATA,
}
ASKED: dict[str, Any] = {
    **APPROVED,
    "id": "evt-1",
    "data": {**DATA, "action": "CREATE", "approver": None, "performedby": "ann.arden"},
}
GIVEN: dict[str, Any] = {
    **APPROVED,
    "id": "evt-3",
    "data": {**DATA, "action": "FULFILL", "status": "FULFILLED", "performedby": "robot"},
}
EXAMPLES = (APPROVED, ASKED, GIVEN)


def approved(**changes: Json) -> Json:
    """Make the approval with other data."""
    return {**APPROVED, "data": {**DATA, **changes}}


def test_a_decision_has_everything_in_one_event() -> None:
    """Who decided for whom about what, why, in which workflow and step."""
    (event,) = events(IBM_VERIFY, APPROVED)

    assert (event.action, event.case) == (Action.APPROVED, DATA["request"])
    assert event.occurred_at == datetime(2026, 10, 1, 9, 0, 0, 123000, tzinfo=UTC)
    assert event.actor is not None
    assert event.beneficiary is not None
    assert event.workflow is not None
    assert (event.actor.account, event.beneficiary.account) == ("cy.cole", "bo.berg")
    assert (event.workflow.id, event.workflow.step) == ("Access approval", "ManagerApproval")
    assert (event.justification, event.scope) == ("fine", ("read", "release"))


def test_the_request_is_by_whoever_asked_and_gives_the_reason() -> None:
    """Its own justification, not the approver's comment."""
    (event,) = events(IBM_VERIFY, ASKED)

    assert event.actor is not None
    assert (event.action, event.actor.account, event.justification) == (
        Action.REQUESTED,
        "ann.arden",
        "quarter end",
    )


def test_another_hand_than_the_approvers_approves_on_behalf() -> None:
    """Where both are named in the same way; a name and an id may be one person."""
    (other,) = events(IBM_VERIFY, approved(performedby="di.dunn"))
    (unknown,) = events(IBM_VERIFY, approved(performedby="8f14e45f-ceea-4e7a-8d5c-1f6d0b1a2c3d"))

    assert other.actor is not None
    assert other.on_behalf_of is not None
    assert (other.actor.account, other.on_behalf_of.account) == ("di.dunn", "cy.cole")
    assert unknown.actor is not None
    assert (unknown.actor.account, unknown.on_behalf_of) == ("cy.cole", None)


def test_a_uuid_compares_with_uuids_only() -> None:
    """Names carry a name space, ids none."""
    (event,) = events(IBM_VERIFY, approved(approver="8f14e45f-ceea-4e7a-8d5c-1f6d0b1a2c3d"))

    assert event.actor is not None
    assert event.beneficiary is not None
    assert (event.actor.namespace, event.beneficiary.namespace) == (None, "name")


def test_the_reference_joins_nothing() -> None:
    """Several requests that were made together share it: they are several cases."""
    (event,) = events(IBM_VERIFY, APPROVED)

    assert event.links == ("ibm-verify-number:1001",)


def test_a_grant_that_failed_is_told_and_a_decision_that_failed_is_none() -> None:
    """A failed approval took place no more than one that nobody tried."""
    failed = {**GIVEN, "data": {**GIVEN["data"], "status": "FAILED"}}

    assert events(IBM_VERIFY, failed)[0].action is Action.PROVISION_FAILED
    assert "expected a step that took place" in refusal(IBM_VERIFY, approved(status="FAILED"))


REFUSALS: dict[str, tuple[Json, str]] = {
    "another-type": (
        {**APPROVED, "event_type": "sso"},
        (
            "acme: field 'event_type' is 'sso'; expected a step of an access decision; "
            "'foureyes sources ibm_verify' lists them"
        ),
    ),
    "an-unknown-action": (
        {"data": {**DATA, "action": "PONDER"}},
        (
            "acme: field 'data.action' is 'PONDER'; expected a step of an access decision; "
            "'foureyes sources ibm_verify' lists them"
        ),
    ),
    "no-request": (
        approved(request=None),
        "acme: field 'data.request' is missing; expected text that is not empty",
    ),
    "time-as-a-word": (
        {**APPROVED, "time": "yesterday"},
        (
            "acme: field 'time' is 'yesterday'; expected a time with a zone such as "
            "2026-11-01T00:03:10Z"
        ),
    ),
    "rights-as-text": (
        approved(entitlement_rights="read"),
        "acme: field 'data.entitlement_rights' is 'read'; expected a list",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever forwards the events reads what was expected."""
    assert refusal(IBM_VERIFY, document) == sentence
