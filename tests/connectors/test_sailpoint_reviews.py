"""SailPoint's certifications, changes outside governance and machine identities."""

from datetime import UTC, datetime

from rules.events import Action, ActorKind, Event
from stream.connectors.sailpoint import SAILPOINT
from tests.connectors.reading import Json, events, refusal
from tests.connectors.sailpoint_examples import (
    CAMPAIGN,
    MACHINE,
    MACHINE_CREATED,
    MACHINE_UPDATED,
    NATIVE_CHANGE,
    SIGNED_OFF,
)


def told(document: Json) -> list[tuple[str, str | None, str | None]]:
    """Read a record: (action, entitlement, outcome) of each event."""
    return [
        (event.action.value, event.entitlement.id if event.entitlement else None, event.outcome)
        for event in events(SAILPOINT, document)
    ]


def test_a_sign_off_certifies_and_tells_an_earlier_reassignment() -> None:
    """The certification is the case; whom the work was taken from is on whose behalf it went."""
    reassigned, certified = events(SAILPOINT, SIGNED_OFF)

    assert (reassigned.action, certified.action) == (Action.REASSIGNED, Action.CERTIFIED)
    assert (reassigned.case, certified.case) == ("cert-1", "cert-1")
    assert reassigned.on_behalf_of is not None
    assert (reassigned.on_behalf_of.account, reassigned.justification) == ("id-cy", "on leave")
    assert certified.occurred_at == datetime(2026, 10, 5, 8, 0, 0, 500000, tzinfo=UTC)
    assert certified.actor is not None
    assert (certified.actor.account, certified.actor.kind) == ("grp-1", ActorKind.UNKNOWN)


def test_campaigns_open_and_close() -> None:
    """An active campaign hands out work, a completed one is a review, a staged one is nothing."""
    status = {
        word: {"campaign": {**CAMPAIGN["campaign"], "status": word}}
        for word in ("ACTIVE", "COMPLETED", "STAGED")
    }

    assert told(status["ACTIVE"]) == [("assigned", None, "ACTIVE")]
    assert told(status["COMPLETED"]) == [("reviewed", None, "COMPLETED")]
    assert "expected a step" in refusal(SAILPOINT, status["STAGED"])


def test_a_native_change_is_a_change_outside_any_case() -> None:
    """Each right that changed is one event; neither a case nor an actor is told."""
    read = events(SAILPOINT, NATIVE_CHANGE)

    assert told(NATIVE_CHANGE) == [
        ("changed_outside", "ent-1", "added"),
        ("changed_outside", "ent-2", "removed"),
    ]
    assert {(event.case, event.links, event.actor) for event in read} == {(None, (), None)}


def test_a_native_change_without_rights_is_about_the_account() -> None:
    """An account that nobody owns is a beneficiary in its own name space."""
    bare = {**NATIVE_CHANGE, "identity": None, "entitlementChanges": []}
    (event,) = events(SAILPOINT, bare)

    assert told(bare) == [("changed_outside", "acc-1", "ACCOUNT_UPDATED")]
    assert event.beneficiary is not None
    assert (event.beneficiary.account, event.beneficiary.namespace) == ("acc-1", "account")


def summary(event: Event) -> tuple[str, str | None, ActorKind | None]:
    """(action, assignee, what kind of machine)."""
    return (
        event.action.value,
        event.assignee.account if event.assignee else None,
        event.beneficiary.kind if event.beneficiary else None,
    )


def test_a_machine_identity_is_created_with_its_owners() -> None:
    """The machine is the beneficiary, each owner an assignment; an AI agent is an agent."""
    assert [summary(event) for event in events(SAILPOINT, MACHINE_CREATED)] == [
        ("provisioned", None, ActorKind.AGENT),
        ("owner_assigned", "id-ann", ActorKind.AGENT),
        ("owner_assigned", "id-bo", ActorKind.AGENT),
    ]


def test_a_machine_identity_changes_owners_and_rights() -> None:
    """Every addition and every removal is told; what is neither is no step."""
    nothing = {"eventType": "MACHINE_IDENTITY_UPDATED", "machineIdentity": MACHINE}

    assert [summary(event) for event in events(SAILPOINT, MACHINE_UPDATED)] == [
        ("owner_assigned", "id-cy", ActorKind.SERVICE),
        ("owner_left", "id-bo", ActorKind.SERVICE),
        ("provisioned", None, ActorKind.SERVICE),
        ("revoked", None, ActorKind.SERVICE),
    ]
    assert "expected a step" in refusal(SAILPOINT, nothing)
    assert told({**nothing, "eventType": "MACHINE_IDENTITY_DELETED"}) == [
        ("revoked", "mach-1", None)
    ]
