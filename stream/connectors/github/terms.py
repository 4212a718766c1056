"""Who and what GitHub names: numbers as text, and ids with the repository before them."""

from datetime import UTC, datetime
from typing import Any

from rules.events import ActorKind
from stream.connectors.table import (
    Record,
    Term,
    computed,
    constant,
    first,
    if_known,
    party,
    reach,
    text,
    whole,
)

KINDS = {"User": ActorKind.HUMAN.value, "Bot": ActorKind.SERVICE.value}
BOT = "[bot]"
MILLISECONDS_MAX = 7_258_118_400_000
"""The year 2200."""


def digits(place: str) -> Term:
    """A number that names something, as text."""
    number = whole(place)

    def read(record: Record) -> str | None:
        found = number.read(record)
        return None if found is None else str(found)

    return computed(place, read)


def user(place: str) -> Term:
    """A user by number, which stays when the login changes; by login where that is all."""
    kind, login = if_known(f"{place}.type", KINDS), text(f"{place}.login")
    return first(
        party(digits(f"{place}.id"), kind=kind, name=login),
        party(login, kind=kind, namespace=constant("login")),
    )


def audited(login: str, number: str) -> Term:
    """A user of the audit log: its number is told in newer logs only."""
    name = text(login)

    def kind(record: Record) -> str | None:
        return ActorKind.SERVICE.value if (name.read(record) or "").endswith(BOT) else None

    is_bot = computed(f"{login} that ends in {BOT}", kind, words=("service",))
    return first(
        party(digits(number), kind=is_bot, name=name),
        party(name, kind=is_bot, namespace=constant("login")),
    )


def team(place: str) -> Term:
    """A team: never taken for a user of the same number."""
    return party(
        digits(f"{place}.id"),
        namespace=constant("team"),
        name=text(f"{place}.slug", f"{place}.name"),
    )


def in_repository(kind: str, number: str, repository: str = "repository.full_name") -> Term:
    """An id that counts in one repository: `github:acme/infra:run:7`."""
    named, found = text(repository), digits(number)

    def read(record: Record) -> str | None:
        where, what = named.read(record), found.read(record)
        return None if where is None or what is None else f"github:{where}:{kind}:{what}"

    return computed(f"github:<{repository}>:{kind}:<{number}>", read)


def beside(place: str, repository: str = "repository.full_name") -> Term:
    """A name that is unique in one repository: `acme/infra:production`."""
    named, found = text(repository), text(place)

    def read(record: Record) -> str | None:
        where, what = named.read(record), found.read(record)
        return None if where is None or what is None else f"{where}:{what}"

    return computed(f"<{repository}>:<{place}>", read)


def milliseconds(*places: str) -> Term:
    """A time as milliseconds since 1970."""
    paths = [tuple(place.split(".")) for place in places]

    def read(record: Record) -> datetime | None:
        for path in paths:
            found: Any = reach(record, path)
            if type(found) is int and 0 <= found < MILLISECONDS_MAX:
                return datetime.fromtimestamp(found / 1000, UTC)
        return None

    return computed(" or ".join(places), read)
