"""One log of an export, read from its first line to its last: its tree, its entries, its notes."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from rules.ledger.bundle import InvalidGapError, fill_gap
from rules.ledger.checkpoint import (
    NOTE_BYTES_MAX,
    Checkpoint,
    InvalidNoteError,
    Note,
    read_checkpoint,
    read_note,
)
from rules.ledger.tree import Frontier
from stream.exports.container import Container, UnfitFileError
from stream.exports.defects import Report
from stream.exports.entries import CASE_SORTS, HEADERS, OTHER_SORTS, Entry, read_entry
from stream.exports.gone import Departed, Gap, gone_entry, read_gap
from stream.exports.hearing import Bench
from stream.exports.layout import (
    LINE_BYTES_MAX,
    NOTES_OF_A_LOG_MAX,
    LogTold,
    entries_of,
    is_canonical,
)
from stream.exports.spool import Spool
from stream.exports.trust import Trust
from stream.progress import Steps, Unwatched

HEADERS_MAX = 100_000
_GAP = b'{"gap":'
HASH_BYTES = 32
TOLD_ENTRIES = 1_000
"""How far it is is said after so many entries."""


class LogCheck:
    """Checks a log, and keeps its entries for whoever hears its cases."""

    def __init__(self, told: LogTold, archive: str, spool: Spool, report: Report) -> None:
        self.told = told
        self.origin = f"{archive}/{told.partition}"
        self.shown = 0
        self.steps: Steps = Unwatched()
        self.has_gaps = False
        """Whether there are entries of which it is not said why they are not shown."""
        self.is_broken = False
        self.headers: list[Entry] = []
        self._archive = archive
        self._spool = spool
        self._report = report
        self._member = entries_of(told.partition)
        self._roots: dict[int, bytes] = {}
        self.counted: dict[str, int] = {}

    def bench(self) -> Bench:
        """Whoever hears the log's cases."""
        partition = self.told.partition
        return Bench(
            self.headers,
            lambda before: self._spool.last_report(partition, before),
            lambda number: self._spool.report(partition, number),
        )

    # --- checkpoints ------------------------------------------------------------------------

    def check(self, container: Container, names: Sequence[str], trust: Trust, at: datetime) -> None:
        """Check its checkpoints, then its entries. Raises UnfitFileError where it can not go on."""
        notes = dict(self._notes(container, names))
        told = {name: read_checkpoint(note.text) for name, note in notes.items()}
        if self.told.size not in [each.size for each in told.values()]:
            self._report.defect("size", self.origin, f"no checkpoint of {self.told.size} entries")
        for name, checkpoint in told.items():
            self._check_note(name, notes[name], checkpoint, trust, at)
        trust.check_witnesses(notes, self.origin, self._report)
        self._read(container, {each.size for each in told.values()} | self._held(trust))
        if self.is_broken:
            return
        for name, checkpoint in told.items():
            self._compare(name, checkpoint)
        for checkpoint in trust.held:
            if checkpoint.origin == self.origin:
                self._compare_held(checkpoint)

    def _notes(self, container: Container, names: Sequence[str]) -> Iterator[tuple[str, Note]]:
        if len(names) > NOTES_OF_A_LOG_MAX:
            raise UnfitFileError(
                where=self.origin,
                found=f"{len(names)} checkpoints",
                expected=f"{NOTES_OF_A_LOG_MAX} at most",
            )
        for name in names:
            try:
                note = read_note(container.whole(name, NOTE_BYTES_MAX))
                read_checkpoint(note.text)
            except InvalidNoteError as error:
                raise UnfitFileError(
                    where=name, found=str(error), expected="a checkpoint"
                ) from error
            yield name, note

    def _check_note(
        self, name: str, note: Note, checkpoint: Checkpoint, trust: Trust, at: datetime
    ) -> None:
        if checkpoint.origin != self.origin:
            words = f"it is of {checkpoint.origin}, and the log is {self.origin}"
            self._report.defect("other-log", name, words)
        for signer in trust.check(note, name, at, self._report):
            if signer != self._archive:
                self._report.defect("other-log", name, f"{signer} signs for {self._archive}")

    def _held(self, trust: Trust) -> set[int]:
        return {each.size for each in trust.held if each.origin == self.origin}

    def _compare(self, name: str, checkpoint: Checkpoint) -> None:
        found = self._roots.get(checkpoint.size)
        if found is None:
            words = f"a checkpoint of {checkpoint.size} entries, at which no line ends"
            self._report.defect("size", name, words)
        elif found != checkpoint.root:
            words = (
                f"the first {checkpoint.size} entries have root {found.hex()[:16]}…, the "
                f"checkpoint says {checkpoint.root.hex()[:16]}…"
            )
            self._report.defect("root", name, words)

    def _compare_held(self, checkpoint: Checkpoint) -> None:
        found = self._roots.get(checkpoint.size)
        if checkpoint.size > self.told.size:
            words = f"you hold a checkpoint of {checkpoint.size} entries; here are {self.told.size}"
            self._report.defect("held", self.origin, words)
        elif found is None:
            words = f"no line ends at {checkpoint.size} entries: ask for an export --since yours"
            self._report.unknown("held", self.origin, words)
        elif found != checkpoint.root:
            words = f"the first {checkpoint.size} entries are not those that you have seen"
            self._report.defect("held", self.origin, words)

    # --- entries ------------------------------------------------------------------------------

    def _read(self, container: Container, sizes: set[int]) -> None:
        tree = Frontier()
        for line in container.lines(self._member, LINE_BYTES_MAX):
            if line.startswith(_GAP):
                if not self._fill(tree, line):
                    self.is_broken = True
                    return
            else:
                self._take(tree.size, line)
                tree.append(line)
            if tree.size in sizes:
                self._roots[tree.size] = tree.root()
        if tree.size != self.told.size:
            words = f"its lines tell {tree.size} entries; the manifest says {self.told.size}"
            self._report.defect("size", self.origin, words)

    def _fill(self, tree: Frontier, line: bytes) -> bool:
        """Grow the tree by a gap; whether it can stand here."""
        where = f"{self._member}, the gap at entry {tree.size}"
        try:
            gap = read_gap(line)
            number = tree.size
            fill_gap(tree, gap.gap, [_hash(each) for each in gap.hashes])
        except (msgspec.DecodeError, InvalidGapError, ValueError, RecursionError) as error:
            self._report.defect("gap", where, error)
            return False
        if not is_canonical(line):
            self._report.defect("entry", where, "it is not in its canonical form")
        self._miss(number, line, gap)
        return True

    def _miss(self, number: int, line: bytes, gap: Gap) -> None:
        """Note what is not shown, and what is said of why."""
        gone = gap.gone
        if gone is None:
            self.has_gaps = True
            return
        self._spool.put_gone(self.told.partition, Departed(number, gap.gap, gone.by))
        entry = gone_entry(number, line, gone)
        if gap.gap != 1:
            return
        if entry.about is not None:
            self._spool.put(self.told.partition, entry)
        elif gone.sort == "facts" and len(self.headers) < HEADERS_MAX:
            self.headers.append(entry)

    def _count(self) -> None:
        self.shown += 1
        if self.shown % TOLD_ENTRIES == 0:
            self.steps.told("entries", TOLD_ENTRIES)

    def _take(self, number: int, line: bytes) -> None:
        self._count()
        where = f"{self.origin}, entry {number}"
        try:
            entry = read_entry(number, line)
        except (ValueError, RecursionError) as error:
            self._report.defect("entry", where, error)
            return
        if not is_canonical(line):
            self._report.defect("entry", where, "it is not in its canonical form")
        elif entry.sort in CASE_SORTS:
            self._spool.put(self.told.partition, entry)
        elif entry.sort == "reported":
            self._spool.put_report(self.told.partition, entry)
        elif entry.sort in HEADERS and len(self.headers) < HEADERS_MAX:
            self.headers.append(entry)
        elif entry.sort not in OTHER_SORTS:
            self._report.unknown(
                "rules-unknown", where, f"an entry of the kind {entry.sort[:40]!r}"
            )


def _hash(text: str) -> bytes:
    found = bytes.fromhex(text)
    if len(found) != HASH_BYTES or found.hex() != text:
        message = f"{text[:80]!r} is no hash"
        raise ValueError(message)
    return found
