"""Teleport: requests are created with people in them, and decided without."""

from typing import Any

import pytest

from rules.events import Action, ActorKind
from stream.connectors.teleport import AUTOMATIC_REVIEWER, TELEPORT
from tests.connectors.reading import Json, events, refusal

COMMON = {
    "cluster_name": "tele.acme.example",
    "ei": 0,
    "time": "2026-10-01T08:00:00.5Z",
    "addr.remote": "192.0.2.7:51330",
    "namespace": "default",
    "server_id": "0e8f9ca5-27b8-4f6a-9f0f-0d0c2b6d2f11",
    "user_cluster_name": "tele.acme.example",
    "user_roles": ["access", "requester"],
}
CREATED: dict[str, Any] = {
    **COMMON,
    "code": "T5000I",
    "event": "access_request.create",
    "uid": "uid-1",
    "id": "req-1",
    "user": "ann",
    "user_kind": 1,
    "roles": ["dba"],
    "resource_ids": [],
    "reason": "INC-9",
    "state": "PENDING",
    "max_duration": "2026-10-01T16:00:00.5Z",
    "expires": "0001-01-01T00:00:00Z",
}
REVIEWED: dict[str, Any] = {
    **COMMON,
    "code": "T5002I",
    "event": "access_request.review",
    "uid": "uid-2",
    "id": "req-1",
    "user": "",
    "roles": [],
    "reviewer": "bo",
    "proposed_state": "APPROVED",
    "state": "APPROVED",
    "reason": "ok",
}
UPDATED: dict[str, Any] = {
    **COMMON,
    "code": "T5001I",
    "event": "access_request.update",
    "uid": "uid-1",
    "id": "req-1",
    "state": "APPROVED",
    "updated_by": "slack-plugin",
    "delegator": "bo@acme.example",
}
DELETED: dict[str, Any] = {
    **COMMON,
    "code": "T5003I",
    "event": "access_request.delete",
    "uid": "uid-1",
    "id": "req-1",
}
GRANTED: dict[str, Any] = {
    **COMMON,
    "code": "TC000I",
    "event": "cert.create",
    "uid": "uid-3",
    "identity": {
        "user": "ann",
        "roles": ["dba", "base"],
        "access_requests": ["req-1"],
        "expires": "2026-10-01T09:00:00.5Z",
    },
}
LOCKED: dict[str, Any] = {
    **COMMON,
    "code": "TLK00I",
    "event": "lock.created",
    "uid": "uid-4",
    "name": "lock-1",
    "target": {"access_request": "req-1"},
    "updated_by": "soc",
}
LISTED: dict[str, Any] = {
    **COMMON,
    "code": "TAL005I",
    "event": "access_list.member.create",
    "uid": "uid-5",
    "access_list_name": "list-1",
    "members": [{"member_name": "ann", "reason": "joined"}, {"member_name": "cy"}],
    "updated_by": "bo",
    "success": True,
}
CERTIFIED: dict[str, Any] = {
    **COMMON,
    "code": "TAL004I",
    "event": "access_list.review",
    "uid": "uid-6",
    "name": "list-1",
    "updated_by": "bo",
    "success": True,
}
EXAMPLES = (CREATED, REVIEWED, UPDATED, DELETED, GRANTED, LOCKED, LISTED, CERTIFIED)


def test_a_request_names_who_what_why_and_how_long() -> None:
    """People ask for themselves; one role alone is the entitlement."""
    (event,) = events(TELEPORT, CREATED)

    assert (event.action, event.case, event.justification) == (Action.REQUESTED, "req-1", "INC-9")
    assert event.actor is not None
    assert event.beneficiary == event.actor
    assert (event.actor.account, event.actor.kind) == ("ann", ActorKind.HUMAN)
    assert event.entitlement is not None
    assert (event.entitlement.id, event.entitlement.system) == ("dba", "tele.acme.example")
    assert (event.scope, event.duration) == (("role:dba",), "PT28800S")


def test_several_roles_or_resources_are_a_scope_and_no_entitlement() -> None:
    """None of several is the one that the case is about."""
    many = {
        **CREATED,
        "roles": ["dba", "ops"],
        "resource_ids": [{"kind": "node", "cluster": "c", "name": "n1", "sub_resource": ""}],
        "max_duration": "0001-01-01T00:00:00Z",
    }
    (event,) = events(TELEPORT, many)

    assert event.entitlement is None
    assert (event.scope, event.duration) == (("role:dba", "role:ops", "node:c/n1"), None)


def test_a_review_has_a_reviewer_and_nobody_else() -> None:
    """Requester and roles are empty in a review: self-approval shows only in the joined case."""
    (event,) = events(TELEPORT, REVIEWED)

    assert (event.action, event.case, event.stage) == (Action.APPROVED, "req-1", "review")
    assert event.actor is not None
    assert (event.actor.account, event.actor.kind) == ("bo", ActorKind.UNKNOWN)
    assert (event.beneficiary, event.entitlement, event.scope) == (None, None, ())


@pytest.mark.parametrize(
    ("changes", "action", "kind"),
    [
        ({"proposed_state": "DENIED"}, Action.DENIED, ActorKind.UNKNOWN),
        ({"proposed_state": "PROMOTED"}, Action.APPROVED, ActorKind.UNKNOWN),
        ({"reviewer": AUTOMATIC_REVIEWER}, Action.AUTO_APPROVED, ActorKind.SERVICE),
        (
            {"reviewer": AUTOMATIC_REVIEWER, "proposed_state": "DENIED"},
            Action.DENIED,
            ActorKind.SERVICE,
        ),
    ],
)
def test_reviews_are_told_apart(changes: Json, action: Action, kind: ActorKind) -> None:
    """What the rule bot approves, nobody has looked at."""
    (event,) = events(TELEPORT, {**REVIEWED, **changes})

    assert event.actor is not None
    assert (event.action, event.actor.kind) == (action, kind)


def test_a_state_set_by_hand_is_an_approval_without_a_review() -> None:
    """A plugin acts for somebody whose name is free text and compares with no account."""
    (event,) = events(TELEPORT, UPDATED)

    assert (event.action, event.stage) == (Action.APPROVED, "state set without a review")
    assert event.actor is not None
    assert event.on_behalf_of is not None
    assert (event.actor.account, event.actor.namespace) == ("slack-plugin", None)
    assert (event.on_behalf_of.account, event.on_behalf_of.namespace) == (
        "bo@acme.example",
        "name",
    )


def test_records_that_share_a_uid_are_different_events() -> None:
    """Create, update and delete of one request have been seen under one uid and one time."""
    ids = [events(TELEPORT, each)[0].id for each in (CREATED, UPDATED, DELETED)]

    assert len(set(ids)) == 3
    assert [events(TELEPORT, each)[0].id for each in (CREATED, UPDATED, DELETED)] == ids


def test_a_certificate_for_a_request_is_the_grant() -> None:
    """A routine certificate names no request and is no step."""
    (event,) = events(TELEPORT, GRANTED)
    routine = {**GRANTED, "identity": {"user": "ann", "roles": ["base"]}}

    assert (event.action, event.case, event.duration) == (Action.PROVISIONED, "req-1", "PT3600S")
    assert event.scope == ("role:dba", "role:base")
    assert "expected a step" in refusal(TELEPORT, routine)


def test_the_end_of_a_request_is_told() -> None:
    """Deleted, expired, or locked by somebody who stops it."""
    (deleted,) = events(TELEPORT, DELETED)
    (expired,) = events(TELEPORT, {**DELETED, "event": "access_request.expire"})
    (locked,) = events(TELEPORT, LOCKED)

    assert [e.action for e in (deleted, expired, locked)] == [
        Action.CANCELLED,
        Action.EXPIRED,
        Action.REVOKED,
    ]
    assert {e.case for e in (deleted, expired, locked)} == {"req-1"}


def test_each_member_of_an_access_list_is_a_grant() -> None:
    """Added by an owner, without a request; a change that failed is told as failed."""
    ann, cy = events(TELEPORT, LISTED)
    failed = events(TELEPORT, {**LISTED, "success": False})
    removed = events(TELEPORT, {**LISTED, "event": "access_list.member.delete"})

    assert (ann.beneficiary and ann.beneficiary.account) == "ann"
    assert (ann.action, ann.case, ann.id != cy.id) == (Action.PROVISIONED, None, True)
    assert {event.action for event in failed} == {Action.PROVISION_FAILED}
    assert {event.action for event in removed} == {Action.REVOKED}


def test_a_review_of_a_list_that_failed_is_none() -> None:
    """Who may be on a list was confirmed, or it was not."""
    (event,) = events(TELEPORT, CERTIFIED)

    assert (event.action, event.actor and event.actor.account) == (Action.CERTIFIED, "bo")
    assert "expected a step" in refusal(TELEPORT, {**CERTIFIED, "success": False})


def test_times_without_a_zone_are_utc() -> None:
    """Some pipelines write Teleport's times without the Z."""
    (with_zone,) = events(TELEPORT, {**CERTIFIED, "time": "2026-10-01T08:00:00Z"})
    (without,) = events(TELEPORT, {**CERTIFIED, "time": "2026-10-01 08:00:00.000000"})

    assert with_zone == without


REFUSALS: dict[str, tuple[Json, str]] = {
    "a-session": (
        {**COMMON, "event": "session.command"},
        (
            "acme: field 'event' is 'session.command'; expected a step of an access decision; "
            "'foureyes sources teleport' lists them"
        ),
    ),
    "no-request-id": (
        {**REVIEWED, "id": None},
        "acme: field 'id' is missing; expected text that is not empty",
    ),
    "no-requester": (
        {**CREATED, "user": None},
        "acme: field 'user' is missing; expected text that is not empty",
    ),
    "unknown-proposal": (
        {**REVIEWED, "proposed_state": "MAYBE"},
        (
            "acme: field 'proposed_state' is 'MAYBE'; expected one of ['APPROVED', 'DENIED', "
            "'PROMOTED']"
        ),
    ),
    "no-proposal": (
        {**REVIEWED, "proposed_state": None},
        (
            "acme: field 'proposed_state' is missing; expected one of ['APPROVED', "
            "'DENIED', 'PROMOTED']"
        ),
    ),
    "a-broken-time": (
        {**CREATED, "time": "2023-09-20T23:00:000.000000Z"},
        (
            "acme: field 'time' is '2023-09-20T23:00:000.000000Z'; expected a time with a zone "
            "such as 2026-11-01T00:03:10Z"
        ),
    ),
    "resources-as-text": (
        {**CREATED, "resource_ids": [{"kind": "node"}, "n2"]},
        "acme: field 'resource_ids[1]' is 'n2'; expected an object",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever sent it reads what was expected."""
    assert refusal(TELEPORT, document) == sentence
