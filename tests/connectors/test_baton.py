"""Baton: a target system says what somebody has now, and nothing else."""

from typing import Any

import orjson
import pytest

from rules.events import Action, ActorKind
from stream.connectors.baton import BATON
from tests.connectors.reading import Json, events, outcomes, refusal

PRINCIPAL = {"id": {"resourceType": "user", "resource": "u-7"}, "displayName": "Bo Berg"}
ENTITLEMENT = {
    "id": "repo:acme/infra:admin",
    "displayName": "Admin of infra",
    "slug": "admin",
    "resource": {"id": {"resourceType": "repository", "resource": "acme/infra"}},
}
GRANT: dict[str, Any] = {
    "id": "ev-1",
    "occurredAt": "2026-10-01T08:00:00.123456789Z",
    "grantEvent": {
        "grant": {"id": "g-1", "principal": PRINCIPAL, "entitlement": ENTITLEMENT},
    },
    "annotations": [],
}
REVOKED: dict[str, Any] = {
    "id": "ev-2",
    "occurredAt": "2026-10-01T09:00:00Z",
    "revokeEvent": {"principal": PRINCIPAL, "entitlement": ENTITLEMENT},
}
EXAMPLES = (GRANT, REVOKED)


def test_a_grant_names_who_has_what_and_nobody_who_gave_it() -> None:
    """No request, no approver, no reason: the outcome side only."""
    (event,) = events(BATON, GRANT)

    assert (event.action, event.case, event.links, event.actor) == (
        Action.PROVISIONED,
        None,
        (),
        None,
    )
    assert event.beneficiary is not None
    assert event.entitlement is not None
    assert (event.beneficiary.account, event.beneficiary.kind) == ("user:u-7", ActorKind.HUMAN)
    assert (event.entitlement.id, event.entitlement.system) == (
        "repo:acme/infra:admin",
        "repository:acme/infra",
    )
    assert BATON.tells.isdisjoint({"actor", "case", "links", "justification"})


def test_a_revocation_takes_it_away() -> None:
    """The other half of the feed."""
    (event,) = events(BATON, REVOKED)

    assert (event.action, event.beneficiary and event.beneficiary.name) == (
        Action.REVOKED,
        "Bo Berg",
    )


def test_both_spellings_of_protobuf_are_one_event() -> None:
    """Some write names with underscores; newer releases call the event create_grant_event."""
    small = {
        "id": "ev-1",
        "occurred_at": GRANT["occurredAt"],
        "create_grant_event": {
            "entitlement": {
                "id": ENTITLEMENT["id"],
                "display_name": ENTITLEMENT["displayName"],
                "slug": "admin",
                "resource": {"id": {"resource_type": "repository", "resource": "acme/infra"}},
            },
            "principal": {
                "id": {"resource_type": "user", "resource": "u-7"},
                "display_name": "Bo Berg",
            },
        },
    }

    assert events(BATON, small) == events(BATON, GRANT)


def test_a_machine_is_told_by_its_type() -> None:
    """An app or a service account may hold a right as well."""
    app = {"id": {"resourceType": "service_account", "resource": "sa-1"}}
    (event,) = events(
        BATON, {**REVOKED, "revokeEvent": {**REVOKED["revokeEvent"], "principal": app}}
    )

    assert event.beneficiary is not None
    assert event.beneficiary.kind is ActorKind.SERVICE


def test_a_page_of_the_feed_is_taken_apart() -> None:
    """ListEvents answers with several and a cursor."""
    page = {"events": [GRANT, REVOKED], "cursor": "c-2", "hasMore": True}

    assert outcomes(BATON, orjson.dumps(page)) == [*events(BATON, GRANT), *events(BATON, REVOKED)]


REFUSALS: dict[str, tuple[Json, str]] = {
    "a-use": (
        {**GRANT, "grantEvent": None, "usageEvent": {"actorResource": {}}} | {"id": "ev-3"},
        "acme: field 'grantEvent.grant (or revokeEvent).principal.id.resource' is missing",
    ),
    "only-a-use": (
        {"id": "ev-3", "occurredAt": "2026-10-01T09:00:00Z", "usageEvent": {}},
        "acme: field 'the kind of event' is 'usageEvent'; expected a step of an access decision",
    ),
    "nobody": (
        {**REVOKED, "revokeEvent": {"entitlement": ENTITLEMENT}},
        "acme: field 'grantEvent.grant (or revokeEvent).principal.id.resource' is missing",
    ),
    "no-time": ({**GRANT, "occurredAt": None}, "acme: field 'occurredAt' is missing"),
    "no-id": ({**GRANT, "id": None}, "acme: field 'id' is missing"),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever forwards the feed reads what was expected."""
    assert refusal(BATON, document).startswith(sentence)
