"""What people say about alerts: who looks after one, and what two of them have silenced."""

import hashlib
import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from datetime import datetime
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Any

import msgspec

from rules.errors import UnreadableRecordError
from rules.finding import Finding

_NAME_AND_ACCOUNT = re.compile(r"(.+) \((.+)\)", re.DOTALL)
RECORD = "note"
ACKNOWLEDGED_MAX = 10_000
"""Findings of which it is remembered who looks after them; the earliest word goes first."""
SILENCES_MAX = 1_000
"""Silences that are remembered; the earliest proposal goes first."""


InClear = Callable[[Finding], Finding | None]
"""Gives a finding by the names that people say; None where those can not be had at present."""


def as_recorded(finding: Finding) -> Finding:
    """A finding of a record that has names."""
    return finding


class Said(StrEnum):
    """What a note says."""

    ACKNOWLEDGED = "acknowledged"
    ASSIGNED = "assigned"
    PROPOSED = "proposed"
    APPROVED = "approved"
    ENDED = "ended"


class Manner(StrEnum):
    """A silence holds what it covers until its end; a suppression drops it."""

    SILENCE = "silence"
    SUPPRESSION = "suppression"


class Cover(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Which findings a silence covers: all that it names must match; patterns may hold `*`."""

    rule: str | None = None
    severity: str | None = None
    source: str | None = None
    tenant: str | None = None
    workflow: str | None = None
    case: str | None = None
    person: str | None = None

    def covers(self, finding: Finding) -> bool:
        """Whether a finding is meant."""
        asked = (
            (self.rule, (finding.rule,)),
            (self.severity, (finding.severity.value,)),
            (self.source, (finding.source,)),
            (self.tenant, (finding.tenant,)),
            (self.workflow, (finding.workflow,)),
            (self.case, (finding.case,)),
            (self.person, finding.who),
        )
        return all(
            pattern is None or any(fnmatchcase(each or "", pattern) for each in told)
            for pattern, told in asked
        )

    def __str__(self) -> str:
        """In words."""
        told = [(name, getattr(self, name)) for name in self.__struct_fields__]
        return " and ".join(f"{name} {value}" for name, value in told if value) or "everything"


class Note(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One word of one person. `about` is a finding, or the id of a silence.

    `to` is who a finding is assigned to. A proposal says what it `covers`, `until` when, in which
    `manner` and for which `reason`; the end of a silence has a reason too.
    """

    id: str
    said: Said
    by: str
    at: datetime
    about: str
    to: str | None = None
    reason: str | None = None
    until: datetime | None = None
    manner: Manner = Manner.SILENCE
    covers: Cover | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Silence:
    """A proposal, and what became of it."""

    proposed: Note
    approved: Note | None = None
    ended: Note | None = None

    @property
    def until(self) -> datetime:
        """When it is over by itself."""
        return self.proposed.until or self.proposed.at

    @property
    def makers(self) -> frozenset[str]:
        """Whose word it is: it never covers a finding about one of them."""
        notes = (self.proposed, self.approved)
        return frozenset(_folded(each.by) for each in notes if each is not None)

    def can_be_approved_by(self, name: str) -> bool:
        """Whether a person is somebody else than who proposed it, however it is spelled."""
        return bool(_folded(name)) and _folded(name) != _folded(self.proposed.by)

    def is_in_force(self, now: datetime) -> bool:
        """Whether two people want it, and its time has not come."""
        return self.approved is not None and self.ended is None and now < self.until

    def waits(self, now: datetime) -> bool:
        """Whether somebody else can still agree to it."""
        return self.approved is None and self.ended is None and now < self.until

    @property
    def names_its_maker(self) -> bool:
        """Whether the person whom it is about is one of those who want it: CHG-003 says so too."""
        cover = self.proposed.covers
        return cover is not None and _folded(cover.person or "") in self.makers

    def covers(self, finding: Finding, in_clear: Finding) -> bool:
        """Whether a finding is meant, and is not about who wants the silence.

        `in_clear` is the same with names where the record has pseudonyms: people say either.
        """
        cover = self.proposed.covers
        about = {_folded(n) for each in (*finding.who, *in_clear.who) for n in _parts(each)}
        is_meant = cover is not None and (cover.covers(finding) or cover.covers(in_clear))
        return is_meant and not about & self.makers

    def __str__(self) -> str:
        """In words, for a decision."""
        approver = self.approved.by if self.approved else "nobody"
        return (
            f"{self.proposed.manner} {self.proposed.about} by {self.proposed.by}, agreed by "
            f"{approver}: {self.proposed.reason}"
        )


@dataclass(slots=True)
class Notes:
    """All notes, folded in the order in which they were recorded.

    Only who is somebody else approves a silence, and only once; what no proposal came before is
    passed over. `acknowledged` and `assigned` name, for a finding, the latest word.
    """

    silences: dict[str, Silence] = field(default_factory=dict)
    acknowledged: dict[str, Note] = field(default_factory=dict)
    assigned: dict[str, Note] = field(default_factory=dict)

    def take(self, note: Note) -> None:
        """Hear one more."""
        match note.said:
            case Said.ACKNOWLEDGED:
                _remember(self.acknowledged, note)
            case Said.ASSIGNED:
                _remember(self.assigned, note)
                _remember(self.acknowledged, note)
            case Said.PROPOSED:
                self.silences.setdefault(note.about, Silence(proposed=note))
                while len(self.silences) > SILENCES_MAX:
                    del self.silences[next(iter(self.silences))]
            case Said.APPROVED | Said.ENDED:
                self._move_on(note)

    def joined_by(self, more: Iterable[Note]) -> "Notes":
        """The same with more, which leaves these as they are."""
        joined = Notes({**self.silences}, {**self.acknowledged}, {**self.assigned})
        for note in more:
            joined.take(note)
        return joined

    def over(
        self, finding: Finding, now: datetime, in_clear: InClear = as_recorded
    ) -> Silence | None:
        """The silence that covers a finding now: the one that lasts longest.

        None does while nobody can tell the names in it: it might be about who wants the silence.
        """
        found = [each for each in self.silences.values() if each.is_in_force(now)]
        named = in_clear(finding) if found else None
        covering = (each for each in found if named and each.covers(finding, named))
        return max(covering, key=lambda each: each.until, default=None)

    def looked_after_by(self, finding: str) -> str | None:
        """Who looks after a finding."""
        note = self.acknowledged.get(finding)
        return None if note is None else note.to or note.by

    def _move_on(self, note: Note) -> None:
        silence = self.silences.get(note.about)
        if silence is None:
            return
        proposed, approved = silence.proposed, silence.approved
        if note.said is Said.ENDED:
            self.silences[note.about] = Silence(proposed=proposed, approved=approved, ended=note)
        elif approved is None and silence.can_be_approved_by(note.by):
            self.silences[note.about] = Silence(
                proposed=proposed, approved=note, ended=silence.ended
            )


def note_id(*told: object) -> str:
    """Name a note by what it says: who says the same again at another time says something new."""
    text = "\x1f".join(map(str, told))
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def fold(notes: Iterable[Note]) -> Notes:
    """All of them, in order."""
    folded = Notes()
    for note in notes:
        folded.take(note)
    return folded


def is_note(value: bytes) -> bool:
    """Whether a record of the control lane is a note."""
    return b'"record":"note"' in value


class _Record(msgspec.Struct, frozen=True):
    note: Note
    record: str = RECORD


def write_note(note: Note) -> bytes:
    """Write a note as a record of the control lane."""
    return msgspec.json.encode(_Record(note), order="sorted")


def read_note(value: bytes) -> Note:
    """Read such a record. Raises UnreadableRecordError."""
    try:
        return msgspec.json.decode(value, type=_Record).note
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableRecordError(
            what="a note about alerts", found=value[:120], expected=f"one note ({error})"
        ) from error


def _remember(notes: dict[str, Note], note: Note) -> None:
    notes.pop(note.about, None)
    notes[note.about] = note
    while len(notes) > ACKNOWLEDGED_MAX:
        del notes[next(iter(notes))]


def _parts(who: str) -> Iterator[str]:
    """What a finding calls somebody, whole and in parts: "Ann Lee (ann)", "Ann Lee", "ann"."""
    yield who
    if parts := _NAME_AND_ACCOUNT.fullmatch(who):
        yield from parts.groups()


def _folded(name: Any) -> str:
    return str(name).strip().casefold()
