"""The desk of one destination: what it has been told, what still stands, and what is to be told.

Pure: no I/O and no clock. The same findings, repeated and cut in any way, give the same
deliveries.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

import msgspec

from rules.canary import is_canary
from rules.errors import UnreadableRecordError
from rules.finding import Change, Finding
from stream.canary.sighting import sent_of
from stream.desk.delivery import KIND_OF, Delivery, Kind, delivery_id
from stream.desk.reading import read_finding

Group = tuple[str | None, str]
"""Tenant and case: what a person looks at together."""

CLOSING = frozenset({Change.WITHDRAWN, Change.CONFIRMED})


@dataclass(frozen=True, slots=True, kw_only=True)
class Memory:
    """When a closed finding, withdrawn or confirmed, leaves the desk: whichever comes first."""

    closed_for: timedelta = timedelta(days=7)
    """Since the desk took the change that closed it."""
    closed_max: int = 10_000
    """More closed ones than this are not held; the one closed first leaves first."""


_NOTHING = msgspec.Raw()


class _Row(msgspec.Struct, frozen=True, omit_defaults=True):
    number: int
    closed_at: datetime | None = None
    # The line itself, byte for byte; empty where nothing needs it again.
    finding: msgspec.Raw = _NOTHING


@dataclass(frozen=True, slots=True, kw_only=True)
class _Known:
    number: int
    closed_at: datetime | None
    finding: Finding | None
    line: bytes | None


class Desk:
    """What one destination has been told so far.

    - `take` is handed findings in the log's order, any of them any number of times; it gives the
      delivery, or None for what was already taken, is in shadow or the canary's.
    - with `remembers` the desk also keeps what each finding says, so that `standing` can tell all
      alerts that stand again. A destination that is told once needs only the numbers.
    - open findings stay until they are closed: they are as many as there are open breaches.
      Closed ones leave as `Memory` says: a confirmed alert is told again until then and lapses
      afterwards; a repeat that comes later still than that is told a second time, under the
      same id.
    - of the canary nobody is told: when the latest one was sent that came is `canary_sent_at`.
    - `changes` gives the rows that changed since it was last asked (None: gone); `restore` takes
      such rows into a new desk.
    """

    def __init__(self, destination: str, *, remembers: bool, memory: Memory | None = None) -> None:
        self.destination = destination
        self.canary_sent_at: datetime | None = None
        self._remembers = remembers
        self._memory = memory or Memory()
        self._known: dict[str, _Known] = {}
        self._closed: dict[str, None] = {}
        """In the order in which they were closed."""
        self._changed: dict[str, None] = {}

    def take(self, line: bytes, now: datetime) -> Delivery | None:
        """Hear one finding change. Raises UnreadableRecordError."""
        finding = read_finding(line)
        if is_canary(finding.tenant):
            self.canary_sent_at = sent_of(finding) or self.canary_sent_at
            return None
        known = self._known.get(finding.finding)
        if known is not None and finding.number <= known.number:
            return None
        # What was told before its rule went into shadow is told to its end.
        if finding.shadow and known is None:
            return None
        self._keep(finding, line, now)
        self._forget(now)
        return self._delivery(finding, line, before=known.finding if known else None)

    def standing(self, now: datetime) -> list[Delivery]:
        """Every alert that stands, a case's alerts side by side, under the ids they had."""
        found = [
            self._delivery(known.finding, known.line, again=True)
            for known in self._known.values()
            if known.finding is not None and known.line is not None
            if not self._is_over(known, now)
        ]
        return sorted(found, key=lambda each: (*_order(each.finding), each.finding.finding))

    def groups(self, now: datetime) -> dict[Group, tuple[Finding, ...]]:
        """The alerts that stand, by tenant and case."""
        found: dict[Group, list[Finding]] = {}
        for each in self.standing(now):
            found.setdefault((each.finding.tenant, each.finding.case), []).append(each.finding)
        return {group: tuple(findings) for group, findings in found.items()}

    def stands(self, delivery: Delivery) -> bool:
        """Whether this is still the last word about a finding that stands."""
        known = self._known.get(delivery.finding.finding)
        return (
            known is not None
            and known.finding is not None
            and known.number == delivery.finding.number
        )

    def drop(self, finding: str) -> None:
        """Tell a finding no longer again: its destination has refused it for good."""
        known = self._known.get(finding)
        if known is not None:
            self._known[finding] = replace(known, finding=None, line=None)
            self._changed[finding] = None

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows that changed since this was last asked, by finding id."""
        changed, self._changed = self._changed, {}
        for finding in changed:
            known = self._known.get(finding)
            yield finding, None if known is None else _write(known)

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows of an earlier desk. Raises UnreadableRecordError."""
        for finding, row in rows:
            self._known[finding] = _read(row)
        closed = [
            (known.closed_at, finding)
            for finding, known in self._known.items()
            if known.closed_at is not None
        ]
        self._closed = {finding: None for _, finding in sorted(closed)}

    def __len__(self) -> int:
        """How many findings it remembers."""
        return len(self._known)

    def _keep(self, finding: Finding, line: bytes, now: datetime) -> None:
        closes = finding.change in CLOSING
        # A withdrawn alert has nothing more to say; only that it was heard is kept.
        says = self._remembers and finding.change is not Change.WITHDRAWN
        self._known[finding.finding] = _Known(
            number=finding.number,
            closed_at=now if closes else None,
            finding=finding if says else None,
            line=line if says else None,
        )
        self._closed.pop(finding.finding, None)
        if closes:
            self._closed[finding.finding] = None
        self._changed[finding.finding] = None

    def _forget(self, now: datetime) -> None:
        while self._closed:
            first = next(iter(self._closed))
            too_many = len(self._closed) > self._memory.closed_max
            if not too_many and not self._is_over(self._known[first], now):
                return
            del self._closed[first]
            del self._known[first]
            self._changed[first] = None

    def _is_over(self, known: _Known, now: datetime) -> bool:
        return known.closed_at is not None and now - known.closed_at >= self._memory.closed_for

    def _delivery(
        self, finding: Finding, line: bytes, *, before: Finding | None = None, again: bool = False
    ) -> Delivery:
        return Delivery(
            id=delivery_id(self.destination, finding.finding, finding.number),
            destination=self.destination,
            kind=Kind.FIRING if again else KIND_OF[finding.change],
            finding=finding,
            line=line,
            before=before,
        )


def _order(finding: Finding) -> tuple[str, str]:
    return finding.tenant or "", finding.case


def _write(known: _Known) -> bytes:
    finding = _NOTHING if known.line is None else msgspec.Raw(known.line)
    return msgspec.json.encode(_Row(known.number, known.closed_at, finding))


def _read(row: bytes) -> _Known:
    try:
        read = msgspec.json.decode(row, type=_Row)
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableRecordError(
            what="a row of the desk", found=row[:120], expected=f"a number and more ({error})"
        ) from error
    line = bytes(read.finding) or None
    return _Known(
        number=read.number,
        closed_at=read.closed_at,
        finding=None if line is None else read_finding(line),
        line=line,
    )
