"""Who and what SailPoint names, in the two ways that it names them."""

from rules.events import ActorKind
from stream.connectors.table import (
    Record,
    Term,
    computed,
    constant,
    every,
    first,
    if_known,
    party,
    tagged,
    text,
)

KINDS = {
    "IDENTITY": ActorKind.HUMAN.value,
    # The search documents write it so.
    "Identity": ActorKind.HUMAN.value,
    "MACHINE_IDENTITY": ActorKind.SERVICE.value,
    "SYSTEM": ActorKind.SERVICE.value,
}
"""A GOVERNANCE_GROUP is left out: it is people, but not one of them."""
SYSTEM_ACTORS = frozenset({"System", "SYSTEM", "system"})

_AUDIT_NAME = text("actor.name")


def identity(place: str) -> Term:
    """An identity named by its id."""
    return party(
        text(f"{place}.id"),
        kind=if_known(f"{place}.type", KINDS),
        name=text(f"{place}.name", f"{place}.displayName"),
    )


def only_named(place: str) -> Term:
    """An identity of which only a name is told: never comparable with an id."""
    return party(text(place), namespace=constant("name"))


def tracking(*places: str) -> Term:
    """The number that joins provisioning to its request, where a search document tells both."""
    return every(tagged("sailpoint-tracking", text(*places)))


def _kind_of_actor(record: Record) -> str | None:
    name = _AUDIT_NAME.read(record)
    return ActorKind.SERVICE.value if name in SYSTEM_ACTORS else None


_KIND = computed("actor.name 'System'", _kind_of_actor, words=("service",))
AUDIT_ACTOR = first(
    party(text("actor.id"), kind=_KIND, name=text("actor.name")),
    party(text("actor.name"), kind=_KIND, namespace=constant("name")),
)
"""Whoever an audit event names: by id only sometimes."""
