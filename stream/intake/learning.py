"""Facts as their topics tell them: what reaches back is told to every partition of the journal."""

import json
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, datetime
from hashlib import sha256
from typing import TYPE_CHECKING, Any

from rules.machines.contract import Output, Record
from rules.machines.routing import Layout
from stream.faults import FaultyInputError
from stream.intake.fact_records import FactRecord, kind_of, read_record
from stream.intake.facts import Facts
from stream.intake.reaching_back import (
    late_fact,
    records_of,
    subjects_of,
    to_every_partition,
    ways_of,
)
from stream.intake.scim import pushed

if TYPE_CHECKING:
    # Only where names are kept apart SQL is needed.
    from stream.pseudonyms.veil import Veil

_HEAD = "head"
_RECORD = "record/"


class Learning:
    """Reads one topic of facts (see `rules.machines.contract.Machine`), on top of what is `known`.

    Intake stamps what comes from now on; this tells of what came before. A record that can not be
    read is passed over: whoever stamps says so. Accounts are told of on one topic and rights on
    the other: each is read alone.
    """

    def __init__(self, layout: Layout, known: Facts, veil: "Veil | None" = None) -> None:
        self._layout = layout
        self._veil = veil
        self._facts = known
        self._touched: dict[str, bytes] = {}
        self._read = 0
        self._chain = bytes(32)
        """A hash over everything that was said, in order."""

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Learn records in order. Each is told of by itself, whatever they come with."""
        out = []
        for record in records:
            self._read += 1
            at = datetime.fromtimestamp(record.at_ms / 1000, UTC)
            late = self._learn(record.value, at)
            for value in records_of(late):
                # As it is in clear: pseudonyms are others once a key was destroyed.
                self._chain = sha256(self._chain + value).digest()
            for value in records_of(late, self._veil):
                out += to_every_partition(value, self._layout.journal)
        if self._veil is not None:
            self._veil.keep()
        return out

    def _learn(self, value: bytes, now: datetime) -> list[dict[str, Any]]:
        records = _read(value)
        subjects = [each for record in records for each in subjects_of(self._facts, record)]
        before = {subject: ways_of(self._facts, subject) for subject in subjects}
        if not self._take(records):
            return []
        self._touched[f"{_RECORD}{self._read:012d}"] = value
        late = (late_fact(each, before[each], ways_of(self._facts, each), now) for each in before)
        return [fact for fact in late if fact is not None]

    def _take(self, records: Sequence[FactRecord]) -> bool:
        try:
            self._facts.take(records, "a record")
        except FaultyInputError:
            return False
        return bool(records)

    def head(self) -> bytes:
        """How much was read, and a hash over what was said."""
        return b"%d:%b" % (self._read, self._chain.hex().encode())

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The records that are news, and where this stands."""
        yield from sorted(self._touched.items())
        self._touched.clear()
        yield _HEAD, self.head()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows that `changes` gave."""
        # Of two records about the same the later one counts: their names are in their order.
        for name, row in sorted(rows):
            if name == _HEAD:
                read, _, chain = row.decode().partition(":")
                self._read, self._chain = int(read), bytes.fromhex(chain)
            else:
                self._take(_read(row))


def _read(value: bytes) -> Sequence[FactRecord]:
    """The facts in a record of the topic; none where it can not be read."""
    try:
        told = json.loads(value)
        if isinstance(told, dict) and "scim" in told:
            return pushed(told, "a record")
        record = read_record(kind_of(told, "a record"), told, "a record")
    except (FaultyInputError, ValueError, AttributeError):
        return ()
    return () if isinstance(record, tuple) else (record,)
