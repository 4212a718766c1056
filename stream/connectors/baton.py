"""ConductorOne's Baton: the event feed of its connectors, in the JSON of event_feed.proto.

A feed tells what a target system did: that somebody has a right now, or has not. It carries no
request, no approver and no reason, and not who did it. Many connectors report only use.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from stream.connectors.table import (
    Connector,
    Form,
    Record,
    Term,
    computed,
    constant,
    entitlement,
    first,
    name,
    needed,
    party,
    reach,
    text,
    utc_time,
)

GRANTS = ("grantEvent", "grant_event", "createGrantEvent", "create_grant_event")
REVOCATIONS = ("revokeEvent", "revoke_event", "createRevokeEvent", "create_revoke_event")
"""Protobuf's JSON spells names either way, and newer releases of the SDK begin them anew."""
OTHERS = ("usageEvent", "usage_event", "resourceChangeEvent", "resource_change_event")
MACHINE_TYPES = frozenset({"service_account", "app", "application", "api_key", "role", "bot"})


def opened(record: Record) -> Record:
    """Put what an event tells under one name, whichever of its spellings was used."""
    kind = next((key for key in (*GRANTS, *REVOCATIONS, *OTHERS) if key in record), None)
    told = record.get(kind) if kind else None
    grant = told.get("grant") if type(told) is dict and "grant" in told else told
    return {**record, "kind": kind, "told": grant, "at": record.get("occurredAt") or record.get(
        "occurred_at"
    )}  # fmt: skip


def apart(document: object) -> Iterator[tuple[str, object]]:
    """Take an answer of ListEvents apart."""
    events = document.get("events") if type(document) is dict else None
    if type(events) is list:
        yield from ((f".events[{number}]", each) for number, each in enumerate(events))
    else:
        yield "", document


def _id_of(place: str) -> Term:
    """Write a resource's id: its type and its own id, which repeats between types."""
    spelled = (text(f"{place}.resourceType"), text(f"{place}.resource_type"))
    kind, resource = first(*spelled), text(f"{place}.resource")

    def read(record: Record) -> str | None:
        found = resource.read(record)
        return None if found is None else f"{kind.read(record) or ''}:{found}"

    return computed(f"{place}.resourceType, {place}.resource", read)


def _kind(record: Record) -> str | None:
    kind = reach(record, ("told", "principal", "id", "resourceType")) or reach(
        record, ("told", "principal", "id", "resource_type")
    )
    if kind == "user":
        return "human"
    return "service" if type(kind) is str and kind in MACHINE_TYPES else None


_RIGHT: Mapping[str, Term] = {
    "id": needed(name("id")),
    "occurred_at": needed(utc_time("at"), "a time"),
    "beneficiary": needed(
        party(
            _id_of("told.principal.id"),
            kind=computed("principal.id.resourceType", _kind, words=("human", "service")),
            name=text("told.principal.displayName", "told.principal.display_name"),
        ),
        field="told.principal.id.resource",
    ),
    "entitlement": needed(
        entitlement(
            text("told.entitlement.id"),
            type=text("told.entitlement.slug"),
            name=text("told.entitlement.displayName", "told.entitlement.display_name"),
            system=_id_of("told.entitlement.resource.id"),
        ),
        field="told.entitlement.id",
    ),
}

BATON = Connector(
    name="baton",
    title="ConductorOne Baton event feed",
    forms=(
        Form(
            title="Grant",
            recognised_by="grantEvent, createGrantEvent",
            words=frozenset(GRANTS),
            rows={**_RIGHT, "action": constant("provisioned")},
        ),
        Form(
            title="Revocation",
            recognised_by="revokeEvent, createRevokeEvent",
            words=frozenset(REVOCATIONS),
            rows={**_RIGHT, "action": constant("revoked")},
        ),
    ),
    word=lambda record: record["kind"],
    scope_fields=("kind",),
    opened=opened,
    apart=apart,
    spelled=(
        (r"\btold\b", "grantEvent.grant (or revokeEvent)"),
        (r"^at$", "occurredAt"),
        (r"^kind$", "the kind of event"),
    ),
    joins=(
        "Not at all: a feed names no request. Whoever knows that a right was asked for is another "
        "source, and only the person and the right could be compared."
    ),
    delay=timedelta(hours=1),
    never={
        "actor": "A feed tells that a right was given, not by whom.",
        "case": "No request id is carried.",
        "justification": "No reason is carried.",
        "evidence": "Nothing is attached.",
        "workflow": "A target system knows no workflow.",
        "step": "A target system does not say what called it.",
    },
)
