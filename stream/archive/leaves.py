"""What an entry of the trail is to the archive: its kind, its case, the names it is found by."""

from collections.abc import Iterator
from datetime import datetime
from enum import IntEnum
from hashlib import sha256
from typing import Any

import msgspec

from rules.canary import is_canary
from rules.events import PERSONAL, UNLINKED_CASE
from rules.rule import Scope
from stream.archive.schema import ArchiveError


class DamagedTrailError(ArchiveError):
    """The trail does not say what its own root says, goes on at another place, or is unreadable."""

    is_defect = True


class Kind(IntEnum):
    """The kinds of entries; the numbers are kept in the archive."""

    EVENT = 0
    FINDING = 1
    SOURCE = 2
    POLICY = 3
    REFUSED = 4
    REPORTED = 5
    CLOSED = 6
    RULES = 7
    SET_ASIDE = 8
    FACTS = 9
    KEEPING = 10
    JOINED = 11
    PARTED = 12


_APART = "\x1f"
_ENTITIES = frozenset(Scope) - {Scope.CASE}
_RECORDS = {kind.name.lower(): kind for kind in Kind}


class _Party(msgspec.Struct, gc=False):
    account: str = ""
    person: str | None = None


class _Workflow(msgspec.Struct, gc=False):
    id: str = ""


class _Closed(msgspec.Struct, gc=False):
    case: str
    entries: int
    chain: str
    tenant: str | None = None
    verdict: str | None = None


class Leaf(msgspec.Struct, gc=False):
    """What is looked at of an entry, whichever kind it is of."""

    record: str | None = None
    case: str | None = None
    tenant: str | None = None
    source: str | None = None
    id: str | None = None
    action: str | None = None
    occurred_at: datetime | None = None
    links: tuple[str, ...] = ()
    actor: _Party | None = None
    workflow: _Workflow | str | None = None
    finding: str | None = None
    entity: str | None = None
    number: int = 0
    change: str = ""
    rule: str = ""
    rule_version: int = 0
    severity: str = ""
    closed: _Closed | None = None
    policy: Any = None
    reported: Any = None
    to: str | None = None

    @property
    def kind(self) -> Kind:
        """Which kind of entry it is. Raises DamagedTrailError."""
        if self.record is not None:
            if self.record in _RECORDS:
                return _RECORDS[self.record]
        elif self.finding is not None:
            return Kind.FINDING
        elif self.action is not None and self.case is not None:
            return Kind.EVENT
        raise DamagedTrailError(
            where="an entry of the trail", found=f"record {self.record!r}", expected="a known kind"
        )

    @property
    def about(self) -> tuple[str, str] | None:
        """The tenant (empty for none) and the case that the entry is about, if it is about one.

        An entity is filed under a name that no case has: `entity_name`. The canary is filed
        nowhere: its entries are in the tree, and nobody finds a case there.
        """
        told = self.closed or self
        if told.case is None or is_canary(told.tenant):
            return None
        name = told.case if self.entity is None else entity_name(self.entity, told.case)
        return told.tenant or "", name

    @property
    def version(self) -> str | None:
        """The version that a header tells of: of a policy, or of the rules."""
        for told, name in ((self.policy, "version"), (self.reported, "rules")):
            if isinstance(told, dict):
                return str(told.get(name, ""))
        return self.to

    def names(self) -> Iterator[int]:
        """The digests under which an event's case is found."""
        if self.id is not None:
            yield name_digest("id", self.id)
        for link in self.links:
            yield name_digest("id", link)
        if isinstance(self.workflow, _Workflow):
            yield name_digest("workflow", self.workflow.id)
        if self.actor is not None and self.action in PERSONAL:
            yield name_digest("account", self.actor.account)
            if self.actor.person is not None:
                yield name_digest("person", self.actor.person)


class TrailRecord(msgspec.Struct, gc=False):
    """One record of the trail: entries in order, and the ledger's size and root after them."""

    entries: list[msgspec.Raw]
    first: int
    partition: int
    root: str
    size: int


_RECORD = msgspec.json.Decoder(TrailRecord)
_LEAF = msgspec.json.Decoder(Leaf)


def read_trail_record(value: bytes) -> TrailRecord:
    """Cut a record of the trail into its entries' own bytes. Raises DamagedTrailError."""
    try:
        return _RECORD.decode(value)
    except (msgspec.DecodeError, ValueError) as error:
        raise DamagedTrailError(
            where="a record of the trail", found=str(error), expected="entries, size and root"
        ) from error


def read_leaf(body: bytes) -> Leaf:
    """Look at an entry. Raises DamagedTrailError."""
    try:
        return _LEAF.decode(body)
    except (msgspec.DecodeError, ValueError) as error:
        raise DamagedTrailError(
            where="an entry of the trail", found=str(error), expected="an entry"
        ) from error


def entity_name(kind: str, name: str) -> str:
    """How an entity is filed among the cases: a workflow may be called what a case is called."""
    return f"{kind}{_APART}{name}"


def is_entity(name: str) -> bool:
    """Whether what is filed under a name is an entity, of which its name tells who it is."""
    return name.partition(_APART)[0] in _ENTITIES and _APART in name


def case_names(name: str) -> Iterator[int]:
    """The digests under which a case, or an entity, is found by its own name."""
    kind, is_entity, entity = name.partition(_APART)
    if is_entity and kind in _ENTITIES:
        yield name_digest("entity", entity)
        return
    yield name_digest("case", name)
    yield name_digest("id", name)
    if name.startswith(UNLINKED_CASE):
        yield name_digest("id", name.removeprefix(UNLINKED_CASE))


def name_digest(kind: str, name: str) -> int:
    """A name as the archive looks it up: eight bytes of its digest, as a signed number."""
    digest = sha256(f"{kind}\x1f{name}".encode()).digest()
    return int.from_bytes(digest[:8], "big", signed=True)
