"""One partition while it is exported: its checkpoints, the entries that are shown, the gaps."""

from collections.abc import Iterable, Iterator, Sequence

from rules.ledger.bundle import gap_hashes
from rules.ledger.checkpoint import Note, read_checkpoint, read_note
from rules.ledger.proofs import Node
from stream.archive.leaves import Kind
from stream.archive.reader import Archive
from stream.canonical import dumps
from stream.exports.entries import read_entry
from stream.exports.hearing import Bench, Heard
from stream.exports.layout import LogTold
from stream.exports.marks import Marks
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
        headers = sorted(n for kind in _STEADY for n in archive.headers(kind, partition, self.size))
        self.headers = [read_entry(n, body) for n, body in archive.bodies(partition, headers)]
        self.bench = Bench(self.headers, self.last_report, self._body)
        for number in headers:
            self.shown.add(number)
        told = LogTold(partition, self.size)
        self.population = Population(self.origin, told, self.bench)

    def last_report(self, before: int) -> int | None:
        """Give the last report before an entry, and note that it has to be shown."""
        number = self._archive.last_header(Kind.REPORTED, self.partition, before)
        if number is not None:
            self.shown.add(number)
        return number

    def _body(self, number: int) -> bytes:
        return next(self._archive.bodies(self.partition, [number]))[1]

    def show(self, heard: Heard) -> None:
        """Show a case, and count it."""
        for each in heard.entries:
            self.shown.add(each.number)
        self.population.take(heard)

    def show_everything(self) -> None:
        """Show every entry that still has its bytes."""
        self.shown.fill(self.size)
        for number in self._archive.gone(self.partition, self.size):
            self.shown.take_off(number)

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
        sizes = sorted(self.notes)
        node = self._archive.node(self.partition)
        at = 0
        for number, body in self._archive.bodies(self.partition, self.shown):
            yield from _gap(at, number, sizes, node)
            steps.told("entries", 1)
            yield body + b"\n"
            at = number + 1
        yield from _gap(at, self.size, sizes, node)


def _gap(start: int, end: int, sizes: Iterable[int], node: Node) -> Iterator[bytes]:
    """A gap line for what is not shown, cut where a checkpoint stands."""
    for to in [*(size for size in sizes if start < size < end), end]:
        if start < to:
            hashes = [each.hex() for each in gap_hashes(start, to, node)]
            yield dumps({"gap": to - start, "hashes": hashes}) + b"\n"
            start = to
