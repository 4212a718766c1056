"""One partition while it is exported: its checkpoints, the entries that are shown, the gaps."""

from collections.abc import Iterable, Iterator, Sequence
from heapq import merge

from rules.ledger.bundle import gap_hashes
from rules.ledger.checkpoint import Note, read_checkpoint, read_note
from rules.ledger.proofs import Node
from stream.archive.leaves import Kind
from stream.archive.reader import Archive, Stored
from stream.exports.entries import GONE, Entry, read_entry
from stream.exports.gone import gone_of, write_gap
from stream.exports.hearing import Bench, Heard
from stream.exports.layout import LogTold, UnfitSelectionError
from stream.exports.marks import Marks
from stream.exports.recorded import Line, departed, departed_lines, entries_of_case
from stream.exports.statement import Population
from stream.progress import Steps

_STEADY = (
    Kind.SOURCE,
    Kind.POLICY,
    Kind.RULES,
    Kind.SET_ASIDE,
    Kind.FACTS,
    Kind.KEEPING,
    Kind.JOINED,
)


class LogPart:
    """One partition while it is exported: its checkpoints, and the entries that are shown."""

    def __init__(self, archive: Archive, partition: int, note: Note) -> None:
        self.partition = partition
        checkpoint = read_checkpoint(note.text)
        self.size, self.origin = checkpoint.size, checkpoint.origin
        self.notes = {self.size: note}
        self.shown = Marks()
        """The entries that are shown."""
        self._archive = archive
        self._node = archive.node(partition)
        self._gone: dict[int, Entry] = {}
        """What was forgotten of the cases and grounds that are shown."""
        self._is_whole = False
        self.headers = list(self._headers())
        self.bench = Bench(self.headers, self.last_report, self._body)
        told = LogTold(partition, self.size)
        self.population = Population(self.origin, told, self.bench)
        self._show(self.headers)

    def _headers(self) -> Iterator[Entry]:
        kinds = (self._archive.headers(kind, self.partition, self.size) for kind in _STEADY)
        for each in self._archive.stored(self.partition, sorted(n for some in kinds for n in some)):
            if each.gone is None:
                yield read_entry(each.number, each.body)
            else:
                yield departed(each, self._node)

    def last_report(self, before: int) -> int | None:
        """Give the last report before an entry, and note that it has to be shown."""
        number = self._archive.last_header(Kind.REPORTED, self.partition, before)
        if number is not None:
            self.shown.add(number)
        return number

    def _body(self, number: int) -> bytes:
        return next(self._archive.bodies(self.partition, [number]))[1]

    def entries(self, case: int, stored: Sequence[Stored]) -> list[Entry]:
        """A case's entries, those that were forgotten among them."""
        return entries_of_case(self._archive, case, stored, self._node)

    def show(self, heard: Heard) -> None:
        """Show a case, and count it."""
        self._show(heard.entries)
        self.population.take(heard)

    def _show(self, entries: Iterable[Entry]) -> None:
        for each in entries:
            if each.sort != GONE:
                self.shown.add(each.number)
            elif each.number not in self._gone:
                self._gone[each.number] = each
                self._count_gone(gone_of(each).by)

    def _count_gone(self, by: int) -> None:
        if by not in self.population.decisions:
            raise UnfitSelectionError(
                found=f"an entry of {self.origin} that was let go of meanwhile",
                expected="an archive that keeps what is being exported: try again",
            )
        self.population.told_gone[by] += 1

    def show_everything(self) -> None:
        """Show every entry that still has its bytes, and of the others by which decision not."""
        self._is_whole = True
        self.shown.fill(self.size)
        for each in self._archive.gone(self.partition, self.size):
            self.shown.take_off(each.number)
            if each.number not in self._gone:
                self._count_gone(-1 if each.gone is None else each.gone)

    def show_checkpoints(self, held: Sequence[Note], own: str) -> None:
        """Show those that the reader holds, and the last that somebody signed who is not `own`."""
        for note in held:
            checkpoint = read_checkpoint(note.text)
            if checkpoint.origin == self.origin and checkpoint.size < self.size:
                self.notes.setdefault(checkpoint.size, note)
        for raw in self._archive.signed_by_several(self.partition, self.size):
            note = read_note(raw.encode())
            if any(each.name != own for each in note.signatures):
                self.notes[read_checkpoint(note.text).size] = note
                return

    def lines(self, steps: Steps) -> Iterator[bytes]:
        """The log from its first entry to its last: entries as they are, gaps as hashes."""
        sizes, at = sorted(self.notes), 0
        shown = (Line(n, 1, body) for n, body in self._archive.bodies(self.partition, self.shown))
        for line in merge(self._told(shown, steps), self._departed(sizes)):
            yield from _gap(at, line.number, sizes, self._node)
            yield line.text + b"\n"
            at = line.number + line.entries
        yield from _gap(at, self.size, sizes, self._node)

    def _told(self, lines: Iterator[Line], steps: Steps) -> Iterator[Line]:
        for line in lines:
            steps.told("entries", 1)
            yield line

    def _departed(self, sizes: Sequence[int]) -> Iterator[Line]:
        if self._is_whole:
            gone = self._archive.gone(self.partition, self.size)
            return departed_lines(gone, self._node, self._gone, sizes)
        return (Line(number, 1, each.body) for number, each in sorted(self._gone.items()))


def _gap(start: int, end: int, sizes: Iterable[int], node: Node) -> Iterator[bytes]:
    """A gap line for what is not shown, cut where a checkpoint stands."""
    for to in [*(size for size in sizes if start < size < end), end]:
        if start < to:
            yield write_gap(to - start, gap_hashes(start, to, node)) + b"\n"
            start = to
