"""What is kept and what may go: two people's decisions about the archive, each itself an entry."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any

from rules.machines.contract import Codec
from rules.machines.set_aside import OnePersonError

RECORD = "keeping"
PLACES_MAX = 20_000
"""Entries, or pseudonyms, that one decision names at most: it has to fit into a record."""


class Act(StrEnum):
    """What is decided."""

    HOLD = "hold"
    RELEASE = "release"
    EXPIRE = "expire"
    FORGET = "forget"
    DESTROY_KEYS = "destroy_keys"


@dataclass(frozen=True, slots=True, kw_only=True)
class Keeping:
    """A case held for a court, or released; closed cases that have had their time; or a person.

    `hold` and `release` name the `case` and its `tenant`. `expire` takes from the archive the bytes
    of every closed case whose last step is before `until` and that is not held; `policy` is the
    version that asks for it. `forget` takes the bytes of the entries `places` of the trail's
    `partition`, which name a person: the person is not named here. `destroy_keys` destroys the keys
    of `pseudonyms`, where names are kept apart: they name nobody from then on. Raises
    OnePersonError.
    """

    act: Act
    reason: str
    author: str
    approver: str
    decided_at: datetime
    case: str | None = None
    tenant: str | None = None
    until: datetime | None = None
    policy: str | None = None
    partition: int | None = None
    places: tuple[int, ...] = ()
    pseudonyms: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        """Refuse a decision of one person, however it is spelled."""
        author, approver = (each.strip().casefold() for each in (self.author, self.approver))
        if not author or not approver or author == approver:
            raise OnePersonError(author=self.author, approver=self.approver)


def write_keeping(codec: Codec, keeping: Keeping) -> bytes:
    """Write a decision as a record of the journal, and so as an entry of the trail."""
    return codec.write({"record": RECORD, RECORD: keeping})


def read_keeping(header: dict[str, Any]) -> Keeping:
    """Read a decision from its header. Raises KeyError, TypeError and ValueError."""
    told = header[RECORD]
    times = {name: datetime.fromisoformat(told[name]) for name in _TIMES if told.get(name)}
    lists = {name: tuple(told.get(name, ())) for name in _LISTS}
    return Keeping(**{**told, **times, **lists, "act": Act(told["act"])})


_TIMES = ("decided_at", "until")
_LISTS = ("places", "pseudonyms")
