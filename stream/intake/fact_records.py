"""What reference feeds tell: who is behind an account, whose a machine is, how critical a right."""

from collections.abc import Iterator, Mapping
from datetime import datetime
from sys import intern
from typing import Annotated, Any, Self

from pydantic import ConfigDict, Field, PlainValidator, TypeAdapter, ValidationError
from pydantic import model_validator as validator
from pydantic.dataclasses import dataclass

from rules.stamping import CRITICALITIES
from stream.faults import Fault, FaultyInputError, shown
from stream.kinds import (
    FLAG,
    MOMENT,
    TEXT,
    TEXT_EXPECTED,
    UnreadableValueError,
    found_and_expected,
    read_by,
    refusal,
    text,
    word,
)

SHARED = Annotated[str, read_by(lambda value: intern(text(value)), TEXT_EXPECTED)]
"""A text that many records have in common is kept once."""

Identity = tuple[str | datetime | None, ...]
"""What a later record must share with an earlier one to replace it."""

_RECORD = ConfigDict(extra="forbid")


@dataclass(frozen=True, slots=True, kw_only=True, config=_RECORD)
class Held:
    """Something that was so during [from, until); None is "since ever" and "still".

    A record whose `until` is its `from` says that it never was so: that takes a wrong one back.
    """

    from_: MOMENT | None = Field(default=None, alias="from")
    until: MOMENT | None = None

    @validator(mode="after")
    def check_interval(self) -> Self:
        """Refuse an end before the beginning."""
        if self.from_ is not None and self.until is not None and self.until < self.from_:
            expected = f"not before {self.from_.isoformat()}, where it begins"
            raise UnreadableValueError(expected, key="until", found=self.until.isoformat())
        return self

    def holds(self, at: datetime) -> bool:
        """Whether it was so at that moment."""
        return (self.from_ is None or self.from_ <= at) and (self.until is None or at < self.until)


@dataclass(frozen=True, slots=True, kw_only=True, config=_RECORD)
class PersonRecord(Held):
    """A person, and one account of theirs where one is named.

    `source` is the system whose account it is (None: any), `namespace` as in `rules.events.Party`.
    `proof` says how the link is known; which proofs count is the policy's to say.
    """

    person: TEXT
    account: TEXT | None = None
    source: SHARED | None = None
    namespace: SHARED | None = None
    proof: Annotated[str | None, read_by(lambda v: intern(text(v).lower()), TEXT_EXPECTED)] = None
    name: TEXT | None = None
    department: SHARED | None = None
    manager: SHARED | None = None
    status: Annotated[str | None, PlainValidator(word(("active", "leave", "left")))] = None

    @validator(mode="after")
    def check_proof(self) -> Self:
        """A link whose origin nobody knows can be neither trusted nor distrusted."""
        if self.account is not None and self.proof is None:
            expected = "how the link is known: declared, hr, sso, verified, email, name …"
            raise UnreadableValueError(expected, key="proof", found="nothing")
        return self

    def identity(self) -> Identity:
        """What a later record must share to replace this one."""
        return ("person", self.person, self.account, self.source, self.namespace, self.from_)


@dataclass(frozen=True, slots=True, kw_only=True, config=_RECORD)
class MachineRecord(Held):
    """A machine account: what kind, and which person answers for it."""

    account: TEXT
    kind: Annotated[str, PlainValidator(word(("service", "agent")))]
    source: SHARED | None = None
    namespace: SHARED | None = None
    owner: SHARED | None = None

    def identity(self) -> Identity:
        """What a later record must share to replace this one."""
        return ("machine", self.account, self.source, self.namespace, self.from_)


@dataclass(frozen=True, slots=True, kw_only=True, config=_RECORD)
class EntitlementRecord(Held):
    """A right and its risk. `system` is where it is held, `source` who reports it; None: any."""

    id: TEXT
    system: SHARED | None = None
    source: SHARED | None = None
    name: TEXT | None = None
    type: SHARED | None = None
    privileged: FLAG | None = None
    criticality: Annotated[str | None, PlainValidator(word(CRITICALITIES))] = None
    owner: SHARED | None = None

    def identity(self) -> Identity:
        """What a later record must share to replace this one."""
        return ("entitlement", self.id, self.system, self.source, self.from_)


FactRecord = PersonRecord | MachineRecord | EntitlementRecord

RECORD_KEYS: Mapping[str, type[FactRecord]] = {
    "person": PersonRecord,
    "kind": MachineRecord,
    "id": EntitlementRecord,
}
"""The column that only this kind of record has."""

_READERS: Mapping[type[FactRecord], TypeAdapter[Any]] = {
    kind: TypeAdapter(kind) for kind in RECORD_KEYS.values()
}


def columns(kind: type[FactRecord]) -> tuple[str, ...]:
    """List what a record of this kind may have, as it is written."""
    fields: Mapping[str, Any] = kind.__pydantic_fields__  # type: ignore[union-attr]
    return tuple(each.alias or name for name, each in fields.items())


def columns_needed(kind: type[FactRecord]) -> tuple[str, ...]:
    """List what a record of this kind must have."""
    fields: Mapping[str, Any] = kind.__pydantic_fields__  # type: ignore[union-attr]
    return tuple(name for name, each in fields.items() if each.is_required())


def kind_of(record: Mapping[str, object], place: str) -> type[FactRecord]:
    """Tell which feed a record belongs to. Raises FaultyInputError."""
    kinds = [kind for key, kind in RECORD_KEYS.items() if not _is_empty(record.get(key))]
    if len(kinds) != 1:
        fault = Fault(
            place=place,
            key="the record",
            found=shown(sorted(record)),
            expected=f"exactly one of {', '.join(RECORD_KEYS)} to say what it is about",
        )
        raise FaultyInputError(what="a reference fact", faults=[fault])
    return kinds[0]


def read_record(
    kind: type[FactRecord], told: Mapping[str, object], place: str
) -> FactRecord | tuple[Fault, ...]:
    """Read one record; an empty value is one that is not there. What is wrong comes as faults."""
    try:
        record: FactRecord = _READERS[kind].validate_python(
            {key: value for key, value in told.items() if not _is_empty(value)}
        )
    except ValidationError as error:
        return tuple(_faults(kind, error, place))
    return record


def _is_empty(value: object) -> bool:
    return value is None or (isinstance(value, str) and not value.strip())


def _faults(kind: type[FactRecord], error: ValidationError, place: str) -> Iterator[Fault]:
    for each in error.errors(include_url=False):
        ours = refusal(dict(each))
        key = getattr(ours, "key", None) or str(each["loc"][0])
        found, expected = found_and_expected(dict(each), columns(kind))
        yield Fault(place=place, key=key, found=found, expected=expected)
