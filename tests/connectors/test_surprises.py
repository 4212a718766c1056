"""What real systems do that nobody would expect: each once, by name."""

from typing import Any

import pytest

from rules.events import Action, Event, Sameness, Told, sameness
from stream.connectors import Connector
from stream.connectors.entra import ENTRA
from stream.connectors.okta import OKTA
from stream.connectors.sailpoint import SAILPOINT
from stream.connectors.servicenow import SERVICENOW
from stream.connectors.teleport import TELEPORT
from stream.connectors.xes import XES
from tests.connectors import test_okta, test_servicenow, test_teleport
from tests.connectors.entra_examples import (
    APPROVED,
    EXPIRED,
    EXTENSION,
    FULFILLED,
    GRAPH,
)
from tests.connectors.reading import Json, events, refusal
from tests.connectors.sailpoint_examples import BO, DECIDED, ITEM, PROVISIONED, STATUS, SUBMITTED
from tests.connectors.test_xes import event as xes_event


def one(source: Connector, document: Json) -> Event:
    """Read a record that is one event."""
    (event,) = events(source, document)
    return event


def same(one: Event, other: Event) -> Sameness:
    """Compare who acted in two events."""
    assert one.actor is not None
    assert other.actor is not None
    return sameness(Told(one.actor, one), Told(other.actor, other))


def test_1_a_self_approval_by_id_hides_behind_another_name() -> None:
    """SailPoint's own sample: one id asks, gets and approves; approverName is somebody else."""
    approval = {"approvalDecision": "APPROVED", "approverName": "Stephen.Austin", "approver": BO}
    own = {
        **DECIDED,
        "requestedBy": BO,
        "requestedFor": BO,
        "requestedItemsStatus": [{**ITEM, "approvalInfo": [approval]}],
    }
    requested, approved = events(SAILPOINT, own)

    assert same(requested, approved) is Sameness.SAME_ACCOUNT
    assert requested.actor is not None
    assert approved.actor is not None
    assert approved.actor.name != requested.actor.name


def test_2_access_may_be_given_without_any_decision_event() -> None:
    """A webhook that answers for an approver who does not exist silences the decision trigger."""
    answer = {"approved": True, "comment": "fine", "approver": "nobody.at.all"}

    assert one(SAILPOINT, SUBMITTED).action is Action.REQUESTED
    assert {each.action for each in events(SAILPOINT, PROVISIONED)} >= {Action.PROVISIONED}
    assert "a webhook's answer names no request" in refusal(SAILPOINT, answer)
    claimed = [e for e in events(SAILPOINT, STATUS) if e.action is Action.AUTO_APPROVED]
    assert [each.actor and each.actor.namespace for each in claimed] == ["name"]


def test_3_whoever_a_dynamic_approval_asks_for_need_not_be_asked() -> None:
    """The manager or a random administrator may take the place: only who was given it is told."""
    assert [each.action for each in events(SAILPOINT, SUBMITTED)] == [Action.REQUESTED]
    assert one(SAILPOINT, SUBMITTED).assignee is None


def test_4_one_activation_has_several_correlations() -> None:
    """The request joins approval and activation, the correlation tears them apart."""
    assert GRAPH["correlationId"] != APPROVED["correlationId"]
    assert one(ENTRA, GRAPH).case == one(ENTRA, APPROVED).case == "req-1"


def test_5_one_object_is_told_with_two_times_and_expires_twice() -> None:
    """By id it is one; the two records of the expiry are two, from a service that looks human."""
    again = {**GRAPH, "activityDateTime": "2026-10-01T08:00:00.6030000Z"}
    other = {**EXPIRED, "id": "CORE_9", "activityDateTime": "2026-10-01T08:00:06Z"}

    assert one(ENTRA, GRAPH).id == one(ENTRA, again).id
    assert one(ENTRA, EXPIRED).id != one(ENTRA, other).id
    assert [one(ENTRA, each).actor.kind for each in (EXPIRED, other)] == ["service"] * 2  # type: ignore[union-attr]


def test_6_two_accounts_of_one_person_look_like_two() -> None:
    """A connector can not know: only a declared link can."""
    assert same(one(ENTRA, GRAPH), one(ENTRA, APPROVED)) is Sameness.UNLINKED


def test_7_whoever_stands_as_actor_of_a_fulfillment_received_it() -> None:
    """Read as an actor, each would be somebody giving access to themselves."""
    event = one(ENTRA, FULFILLED)

    assert event.actor is None
    assert event.beneficiary is not None
    assert event.beneficiary.account == "id-ann"


def test_8_a_review_without_its_request_names_nobody_who_asked() -> None:
    """Users and roles are empty: only the joined case has both, in whichever order they come."""
    review, created = one(TELEPORT, test_teleport.REVIEWED), one(TELEPORT, test_teleport.CREATED)

    assert (review.beneficiary, review.entitlement) == (None, None)
    assert review.case == created.case


def test_9_columns_that_count_for_themselves_do_not_compare() -> None:
    """An "Opened by 8" and a "Resolver 8" are in two number spaces."""
    row: dict[str, Any] = {
        **test_servicenow.CLOSED,
        "opened_by": "Opened by 8",
        "closed_by": "Resolver 8",
    }
    opened, closed = events(SERVICENOW, row)

    assert same(opened, closed) is Sameness.INCOMPARABLE


def test_10_events_tie_resources_lack_and_automation_approves() -> None:
    """Ties keep their order, a missing resource is nobody, and 112 is a machine."""
    first = one(XES, xes_event("A_SUBMITTED", "10912"))
    second = one(XES, {**xes_event("A_APPROVED", "112"), "number": 4, "index": 2})
    nobody = one(XES, xes_event("Permit REJECTED by MISSING", "MISSING"))

    assert first.occurred_at == second.occurred_at
    assert (first.sequence or 0) < (second.sequence or 0)
    assert second.actor is not None
    assert (second.actor.kind, nobody.actor) == ("service", None)


@pytest.mark.parametrize("documented", ["access.request.resolved", "policy.rule.delete"])
def test_11_documented_event_types_do_not_exist(documented: str) -> None:
    """What no tenant sends is not in the table, and refused by its name if it ever comes."""
    assert documented in refusal(OKTA, {**test_okta.CREATED, "eventType": documented})
    assert one(OKTA, test_okta.RESOLVED).action is Action.APPROVED


def test_12_a_call_of_an_extension_that_failed_was_made() -> None:
    """Microsoft's own alert for failed extensions filters for successes."""
    event = one(ENTRA, {**EXTENSION, "result": "failure"})

    assert (event.action, event.outcome) == (Action.STEP_INVOKED, "failure")
