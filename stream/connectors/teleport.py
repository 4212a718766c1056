"""Teleport: access requests, access lists, and the certificates that requests lead to.

Field names are those of Teleport's audit event schema (api/proto/teleport/legacy/types/events).
A review, an update and an expiry carry neither requester nor roles: those are in the create event
of the same request, which may come later or be out of retention.
"""

from collections.abc import Mapping
from datetime import timedelta

from rules.events import ActorKind
from stream.connectors.table import (
    Connector,
    Form,
    Record,
    Term,
    computed,
    constant,
    entitlement,
    first,
    if_known,
    list_within,
    name,
    needed,
    one_of,
    one_of_words,
    party,
    reach,
    text,
    texts,
    utc_time,
    when,
    whole,
)

AUTOMATIC_REVIEWER = "@teleport-access-approval-bot"
"""The system user of the access monitoring rules; which rule it was stands only in `reason`."""
USER_KINDS = {1: ActorKind.HUMAN.value, 2: ActorKind.SERVICE.value}
STATES = {"APPROVED": "approved", "PROMOTED": "approved", "DENIED": "denied"}
"""Promoted: a reviewer puts the requester on an access list in place of a one-off grant."""
NO_TIME = "0001-01-01T00:00:00Z"
"""How Go writes a time that was never set."""

_TIME = utc_time("time", zone_left_out=True)
_UID = text("uid")
_INDEX = whole("ei")
_ROLES = texts("roles")
_HELD = texts("identity.roles")
_RESOURCES = list_within(
    "resource_ids",
    {"kind": name("kind"), "cluster": text("cluster"), "name": text("name")},
    needs="kind",
)
_PROPOSED = one_of("proposed_state", STATES)
_REQUEST = name("request")
_MEMBER = text("member.member_name")


def _event_id(record: Record) -> str | None:
    """Name an event by uid, kind and index: records of one request have been seen to share uids."""
    uid = _UID.read(record)
    return None if uid is None else f"{uid}:{record['event']}:{_INDEX.read(record) or 0}"


def _part_of_event(each: Term) -> Term:
    """Name one of the events that a record becomes, by the item it is about."""

    def read(record: Record) -> str | None:
        event = _event_id(record)
        return None if event is None else f"{event}:{each.read(record)}"

    return computed(f"uid, event, ei and {each.theirs}", read)


def _decision(record: Record) -> str | None:
    """Tell a decision by what was proposed, and an automatic approval by who proposed it."""
    decision: str | None = _PROPOSED.read(record)
    automatic = decision == "approved" and record.get("reviewer") == AUTOMATIC_REVIEWER
    return "auto_approved" if automatic else decision


def _asked_for(record: Record) -> list[str] | None:
    """Write what was asked for as one list: `role:admin`, `node:cluster/name`."""
    roles = [f"role:{role}" for role in _ROLES.read(record) or ()]
    resources = [
        f"{each['kind']}:{each.get('cluster', '')}/{each.get('name', '')}"
        for each in _RESOURCES.read(record) or ()
    ]
    return [*roles, *resources] or None


def _held(record: Record) -> list[str] | None:
    """Write what a certificate lets one do, standing roles included, as what was asked for is."""
    return [f"role:{role}" for role in _HELD.read(record) or ()] or None


def _only_role(record: Record) -> str | None:
    """Take the one role that a request is about; of several, none is the entitlement."""
    roles = _ROLES.read(record) or []
    return roles[0] if len(roles) == 1 and not record.get("resource_ids") else None


def _lasting(until: str) -> Term:
    """Tell how long access is to last, from the time at which it ends."""
    end_of = utc_time(until, zone_left_out=True)
    path = tuple(until.split("."))

    def read(record: Record) -> str | None:
        if reach(record, path) in (None, "", NO_TIME):
            return None
        end, start = end_of.read(record), _TIME.read(record)
        seconds = int((end - start).total_seconds()) if start else 0
        return f"PT{seconds}S" if seconds > 0 else None

    return computed(f"{until} less time", read)


def _membership(record: Record) -> str:
    """Tell a failed change of a list from one that took place: its code ends in E."""
    failed = record.get("success") is False or str(record.get("code", "")).upper().endswith("E")
    if failed:
        return "provision_failed"
    return "provisioned" if record["event"].endswith("create") else "revoked"


_USER = party(name("user"), kind=if_known("user_kind", USER_KINDS))
_HAND = first(party(name("updated_by")), _USER)
# Free text of a plugin (a Slack name, an e-mail address): never comparable with a user name.
_DELEGATOR = party(text("delegator"), namespace=constant("name"))
_LIST = entitlement(
    name("access_list_name", "name"), type=constant("access_list"), system=text("cluster_name")
)
_EVERY: Mapping[str, Term] = {
    "id": computed("uid, event and ei", _event_id),
    "occurred_at": _TIME,
}
_OF_A_REQUEST: Mapping[str, Term] = {**_EVERY, "case": needed(name("id"))}

CREATED = Form(
    title="access_request.create (T5000I)",
    recognised_by="event access_request.create",
    words=frozenset({"access_request.create"}),
    rows={
        **_OF_A_REQUEST,
        "action": constant("requested"),
        "actor": needed(_USER),
        "beneficiary": _USER,
        "on_behalf_of": _DELEGATOR,
        "entitlement": entitlement(
            computed("roles[0], if it is all", _only_role),
            type=constant("role"),
            system=text("cluster_name"),
        ),
        "scope": computed("roles[], resource_ids[].{kind, cluster, name}", _asked_for),
        "duration": _lasting("max_duration"),
        "justification": text("reason"),
        "outcome": text("state"),
    },
)
REVIEWED = Form(
    title="access_request.review (T5002I)",
    recognised_by="event access_request.review",
    words=frozenset({"access_request.review"}),
    rows={
        **_OF_A_REQUEST,
        "action": needed(
            computed(
                "proposed_state, reviewer", _decision, words=("approved", "auto_approved", "denied")
            ),
            one_of_words(STATES),
            field="proposed_state",
        ),
        "actor": needed(
            party(
                name("reviewer"),
                kind=when("reviewer", AUTOMATIC_REVIEWER, constant(ActorKind.SERVICE.value)),
            )
        ),
        "on_behalf_of": _DELEGATOR,
        "stage": constant("review"),
        "justification": text("reason"),
        "outcome": text("proposed_state"),
    },
)
UPDATED = Form(
    # Somebody set the state by hand (tctl, a plugin): no review took place.
    title="access_request.update (T5001I)",
    recognised_by="event access_request.update",
    words=frozenset({"access_request.update"}),
    rows={
        **_OF_A_REQUEST,
        "action": needed(one_of("state", {**STATES, "PENDING": "amended"}), one_of_words(STATES)),
        "actor": _HAND,
        "on_behalf_of": _DELEGATOR,
        "stage": constant("state set without a review"),
        "justification": text("reason"),
        "outcome": text("state"),
    },
)
ENDED = Form(
    title="access_request.delete (T5003I), .expire",
    recognised_by="event access_request.delete or .expire",
    words=frozenset({"access_request.delete", "access_request.expire"}),
    rows={
        **_OF_A_REQUEST,
        "action": one_of(
            "event", {"access_request.delete": "cancelled", "access_request.expire": "expired"}
        ),
        "actor": _HAND,
    },
)
GRANTED = Form(
    # `identity.access_requests` is in the schema; no record that has it was at hand.
    title="cert.create (TC000I) for an access request",
    recognised_by="event cert.create with identity.access_requests",
    words=frozenset({"cert.create"}),
    fits=lambda record: bool(reach(record, ("identity", "access_requests"))),
    each=(("request", "identity.access_requests"),),
    rows={
        **_EVERY,
        "id": _part_of_event(_REQUEST),
        "case": needed(_REQUEST),
        "action": constant("provisioned"),
        "beneficiary": party(name("identity.user")),
        "scope": computed("identity.roles[]", _held),
        "duration": _lasting("identity.expires"),
    },
)
LOCKED = Form(
    title="lock.created (TLK00I) on an access request",
    recognised_by="event lock.created with target.access_request",
    words=frozenset({"lock.created"}),
    fits=lambda record: bool(reach(record, ("target", "access_request"))),
    rows={
        **_EVERY,
        "case": name("target.access_request"),
        "action": constant("revoked"),
        "actor": _HAND,
    },
)
LISTED = Form(
    title="access_list.member.create, .delete (TAL)",
    recognised_by="event access_list.member.create or .delete",
    words=frozenset({"access_list.member.create", "access_list.member.delete"}),
    each=(("member", "members"),),
    rows={
        **_EVERY,
        "id": _part_of_event(_MEMBER),
        "action": computed(
            "event, success, code",
            _membership,
            words=("provisioned", "revoked", "provision_failed"),
        ),
        "actor": _HAND,
        "beneficiary": needed(party(name("member.member_name"))),
        "entitlement": _LIST,
        "justification": text("member.reason"),
    },
)
CERTIFIED = Form(
    title="access_list.review (TAL)",
    recognised_by="event access_list.review",
    words=frozenset({"access_list.review"}),
    fits=lambda record: record.get("success") is not False,
    rows={
        **_EVERY,
        "action": constant("certified"),
        "actor": _HAND,
        "entitlement": _LIST,
        "justification": text("message"),
    },
)

TELEPORT = Connector(
    name="teleport",
    title="Teleport audit events",
    forms=(CREATED, REVIEWED, UPDATED, ENDED, GRANTED, LOCKED, LISTED, CERTIFIED),
    word=lambda record: record.get("event"),
    scope_fields=("event",),
    joins=(
        "By the request's `id`. A review names neither requester nor roles; they come from the "
        "create event of the same request. Changes of access lists name no request."
    ),
    delay=timedelta(minutes=2),
    never={
        "evidence": "A request has a reason in words and nothing attached.",
        "workflow": "No event says which version of a role or rule decided; the rule that "
        "approved by itself is named only inside the reason.",
        "step": "Calls of plugins and webhooks are not audited as such.",
        "entitlement.privileged": "A role's weight is not in the events.",
    },
)
