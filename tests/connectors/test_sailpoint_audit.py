"""SailPoint's audit events and account activities: names in place of ids, and the link."""

from typing import Any

import pytest

from rules.events import Action, ActorKind
from stream.connectors.sailpoint import SAILPOINT
from tests.connectors.reading import Json, events, refusal
from tests.connectors.sailpoint_examples import ACTIVITY, AUDIT, GRANT_AUDIT


def audit(**changes: Any) -> Json:
    """Change the audit event of the example."""
    return {**AUDIT, **changes}


def test_an_audit_event_names_people_by_name_only() -> None:
    """A name compares with no id, so both parties stand in a name space of their own."""
    (event,) = events(SAILPOINT, AUDIT)

    assert (event.id, event.action, event.links) == (
        "aud-1",
        Action.APPROVED,
        ("sailpoint-tracking:trk-1",),
    )
    assert event.actor is not None
    assert event.beneficiary is not None
    assert (event.actor.account, event.actor.namespace) == ("ann.arden", "name")
    assert (event.beneficiary.account, event.beneficiary.namespace) == ("bo.berg", "name")


def test_an_actor_with_an_id_is_named_by_it() -> None:
    """Sometimes the id is there; then it is the account and the name is shown."""
    (event,) = events(SAILPOINT, audit(actor={"id": "id-ann", "name": "ann.arden"}))

    assert event.actor is not None
    assert (event.actor.account, event.actor.namespace, event.actor.name) == (
        "id-ann",
        None,
        "ann.arden",
    )


def test_the_system_is_a_machine_and_its_grant_is_joined_by_the_tracking_number() -> None:
    """The number stands above the attributes or among them, whichever the API gave."""
    (event,) = events(SAILPOINT, GRANT_AUDIT)

    assert (event.action, event.links) == (Action.PROVISIONED, ("sailpoint-tracking:trk-1",))
    assert event.actor is not None
    assert (event.actor.account, event.actor.kind) == ("System", ActorKind.SERVICE)
    assert event.entitlement is not None
    assert (event.entitlement.name, event.entitlement.system) == ("CN=bo", "Corp AD")


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"action": "ACCESS_REQUEST_REQUESTED"}, "requested"),
        ({"action": "ACCESS_REQUEST_ON_BEHALF_OF_SUBMITTED"}, "requested"),
        ({"action": "ACCESS_REQUEST_FORWARDED"}, "reassigned"),
        ({"action": "APPROVAL_REQUEST_REJECTED"}, "denied"),
        ({"action": "APPROVAL_REQUEST_TIMED_OUT"}, "expired"),
        ({"action": "WORK_REASSIGNMENT_CREATED"}, "delegated"),
        ({"action": "SOD_APPLY_CONTROL"}, "exception_granted"),
        ({"action": "WORKFLOW_DEFINITION_UPDATED"}, "workflow_published"),
        ({"action": "WORKFLOW_SECRET_UPDATED"}, "credential_rotated"),
        ({"action": "JIT_ENTITLEMENT_DEACTIVATED"}, "revoked"),
        ({"action": "ACCOUNT_UPDATED", "type": "SOURCE_MANAGEMENT"}, "changed_outside"),
        ({"action": "ModifyAccount", "status": "FAILED"}, "provision_failed"),
        ({"action": "CreateAccountFailure", "status": "FAILED"}, "provision_failed"),
        ({"action": "create", "technicalName": "ROLE_CREATE_PASSED"}, "workflow_published"),
        ({"action": "update", "technicalName": "RULE_UPDATE_PASSED"}, "extension_published"),
    ],
)
def test_documented_actions_have_our_words(changes: dict[str, str], expected: str) -> None:
    """By action, and by technical name where the action is a general word."""
    (event,) = events(SAILPOINT, audit(**changes))

    assert event.action.value == expected


def test_an_approval_without_a_tracking_number_is_linked_by_its_own_id() -> None:
    """The target is one text, `name : uuid type: GENERAL`."""
    target = {"name": "Ledger : 0f11f2a4-7c94-4bf3-a2bd-742580fe3bde type: GENERAL"}
    (event,) = events(
        SAILPOINT, audit(action="APPROVAL_REQUEST_APPROVED", target=target, trackingNumber=None)
    )

    assert event.links == ("sailpoint-approval:0f11f2a4-7c94-4bf3-a2bd-742580fe3bde",)


def test_an_account_activity_teaches_which_request_has_which_tracking_number() -> None:
    """The one record with both; it stays the same event while its status moves on."""
    event, *_ = events(SAILPOINT, ACTIVITY)
    later = {**ACTIVITY, "status": "Incomplete", "modified": "2026-10-02T00:00:00Z"}

    assert (event.case, event.links) == ("req-1", ("sailpoint-tracking:trk-1",))
    assert events(SAILPOINT, later)[0] == event
    assert "expected a step" in refusal(SAILPOINT, {**ACTIVITY, "action": "IdentityRefresh"})


REFUSALS: dict[str, tuple[Json, str]] = {
    # A comment is neither evidence nor a change of the request.
    "a-comment": (
        audit(action="comment", technicalName="COMMENT"),
        (
            "acme: field 'technicalName' is 'COMMENT'; expected a step of an access decision; "
            "'foureyes sources sailpoint' lists them"
        ),
    ),
    "a-failed-approval": (
        audit(status="FAILED"),
        "acme: field 'status' is 'FAILED'; expected a step that took place",
    ),
    "no-id": (
        audit(id=None),
        "acme: field 'id' is missing; expected text that is not empty",
    ),
    "no-time": (
        audit(created=None),
        "acme: field 'created' is missing; expected a time",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Out of scope, failed, or short of what every audit event has."""
    assert refusal(SAILPOINT, document) == sentence
