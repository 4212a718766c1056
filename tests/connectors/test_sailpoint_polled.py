"""SailPoint's polled states: the same step whenever it is read, and no decision read into one."""

from typing import Any

import pytest

from rules.events import Action, Event
from stream.connectors.sailpoint import SAILPOINT
from tests.connectors.reading import Json, events, refusal
from tests.connectors.sailpoint_examples import ACTIVITY, STATUS


def status(**changes: Any) -> list[Event]:
    """Read a status object with some fields changed."""
    return events(SAILPOINT, {**STATUS, **changes})


def test_a_status_tells_request_decision_answer_and_grant() -> None:
    """One object of the poll holds what four feeds tell apart."""
    told = {(each.action, each.actor and each.actor.account) for each in status()}

    assert told == {
        (Action.REQUESTED, "id-ann"),
        (Action.APPROVED, "id-cy"),
        (Action.ASSIGNED, "id-cy"),
        (Action.AUTO_APPROVED, "risk-bot"),
        (Action.REASSIGNED, None),
        (Action.PROVISIONED, None),
    }
    assert {each.case for each in status()} == {"req-1"}
    assert {each.beneficiary.account for each in status() if each.beneficiary} == {"id-bo"}


def test_a_later_poll_repeats_what_it_saw() -> None:
    """Only what moved on is new: the pending approval, not the rest."""
    moved = [{**STATUS["approvalDetails"][1], "status": "REJECTED"}]
    later = status(
        approvalDetails=[STATUS["approvalDetails"][0], *moved], modified="2026-10-02T00:00:00Z"
    )

    assert [each for each in later if each not in status()] == [
        each for each in later if each.action is Action.DENIED
    ]


def test_whoever_answers_for_a_pre_approval_webhook_is_free_text() -> None:
    """A webhook can claim any name: it compares with no id, and is no person's approval."""
    (answer,) = [each for each in status() if each.action is Action.AUTO_APPROVED]

    assert answer.actor is not None
    assert (answer.actor.account, answer.actor.namespace) == ("risk-bot", "name")


def test_a_forwarded_approval_tells_from_whom_to_whom() -> None:
    """Who forwarded it is told by name elsewhere; when, nowhere in this object."""
    (handed,) = [each for each in status() if each.action is Action.REASSIGNED]

    assert handed.on_behalf_of is not None
    assert handed.assignee is not None
    assert (handed.on_behalf_of.account, handed.assignee.account) == ("id-ann", "id-cy")


def test_privilege_is_criticality() -> None:
    """The poll is the one feed that tells how much is at stake."""
    assert {each.entitlement.criticality for each in status() if each.entitlement} == {"HIGH"}


def test_an_activity_that_only_says_finished_tells_no_decision() -> None:
    """The documentation's own example says so of an approval: approved or not is left open."""
    decided = [each for each in events(SAILPOINT, ACTIVITY) if each.action is Action.APPROVED]

    assert [(each.actor and each.actor.account) for each in decided] == ["id-cy"]


def test_an_activity_tells_grants_and_removals_once_it_is_completed() -> None:
    """Before that, what was committed has no time that stays."""
    given = [(each.action, each.entitlement) for each in events(SAILPOINT, ACTIVITY)[2:]]

    assert [(action, right and right.id) for action, right in given] == [
        (Action.PROVISIONED, "CN=HelpDesk"),
        (Action.REVOKED, "CN=Old"),
    ]
    assert len(events(SAILPOINT, {**ACTIVITY, "stage": "Started"})) == 2


REFUSALS: dict[str, tuple[Json, str]] = {
    "taking-away": (
        {**STATUS, "requestType": "REVOKE_ACCESS"},
        "expected a step of an access decision; 'foureyes sources sailpoint' lists them",
    ),
    "unknown-state": (
        {**STATUS, "approvalDetails": [{"approvalId": "a", "status": "MAYBE"}]},
        "acme: field 'approvalDetails[0].status' is 'MAYBE'; expected one of ['APPROVED'",
    ),
    "no-request": (
        {**STATUS, "accessRequestId": ""},
        "acme: field 'accessRequestId' is ''; expected text that is not empty",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever polls reads what was expected."""
    assert sentence in refusal(SAILPOINT, document)
