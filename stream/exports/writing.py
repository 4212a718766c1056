"""Writes an export out of the archive: a pass over the cases, one over the logs, then the zip."""

import os
from array import array
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, NamedTuple

import msgspec

from rules.catalog import CATALOG_VERSION
from rules.ledger.bundle import gap_hashes
from rules.ledger.checkpoint import Note, read_checkpoint, read_note, write_note
from rules.ledger.proofs import Node
from stream.archive.leaves import Kind
from stream.archive.notary import Notary
from stream.archive.reader import Archive, Stored
from stream.canonical import dumps
from stream.exports.container import FILE_BYTES_MAX, PIECE_BYTES, Packing
from stream.exports.entries import Entry, read_entry
from stream.exports.hearing import Bench, Heard, Problem
from stream.exports.layout import (
    DERIVED,
    FORMAT,
    MANIFEST,
    NOTE,
    STATEMENT,
    FileTold,
    LogTold,
    Manifest,
    Selection,
    UnfitSelectionError,
    entries_of,
    note_of,
    signed_lines,
    write_manifest,
)
from stream.exports.selecting import fits, in_words
from stream.exports.statement import Population, write_statement
from stream.exports.telling import heads, parts

CHECKPOINTS_LOOKED_AT = 64
"""So many of a log's last checkpoints are looked through for a witness' cosignature."""
ROWS_AT_ONCE = 2_000
_STEADY = (
    Kind.SOURCE,
    Kind.POLICY,
    Kind.RULES,
    Kind.SET_ASIDE,
    Kind.FACTS,
    Kind.KEEPING,
    Kind.JOINED,
)
_EVER = 1 << 62

Told = Callable[[str, int], None]
"""Hears of each step (`cases`, `entries`) that so many more are done."""
"""Hears of each step (`cases`, `entries`) how many have been done."""


class Exported(NamedTuple):
    """What became of an export: its manifest, and what did not join when its cases were judged."""

    manifest: Manifest
    problems: Sequence[tuple[str, Problem]]


class _Log:
    """One partition while it is exported."""

    def __init__(self, archive: Archive, partition: int, note: Note) -> None:
        self.partition = partition
        checkpoint = read_checkpoint(note.text)
        self.size, self.origin = checkpoint.size, checkpoint.origin
        self.notes = {self.size: note}
        self.numbers = array("Q")
        self._archive = archive
        self._reports: set[int] = set()
        headers = sorted(n for kind in _STEADY for n in archive.headers(kind, partition, self.size))
        self.headers = [read_entry(n, body) for n, body in archive.bodies(partition, headers)]
        self.bench = Bench(self.headers, self.last_report, self._body)
        told = LogTold(partition, self.size)
        self.population = Population(self.origin, told, self.bench)

    def last_report(self, before: int) -> int | None:
        """Give the last report before an entry, and note that it has to be shown."""
        number = self._archive.last_header(Kind.REPORTED, self.partition, before)
        if number is not None:
            self._reports.add(number)
        return number

    def _body(self, number: int) -> bytes:
        return next(self._archive.bodies(self.partition, [number]))[1]

    def shown(self) -> Sequence[int]:
        """The numbers of the entries that are shown, in order."""
        return sorted({*self.numbers, *self._reports, *(each.number for each in self.headers)})


class Exporter:
    """Writes what is selected of an archive into one file. Raises UnfitSelectionError."""

    def __init__(self, archive: Archive, notary: Notary, tell: Told = lambda _step, _n: None):
        self._archive = archive
        self._notary = notary
        self._tell = tell

    def write(
        self, selection: Selection, path: Path, made_at: datetime, since: Sequence[Path] = ()
    ) -> Exported:
        """Write a file, all of it or nothing; `since` are checkpoints that its reader holds."""
        selection = self._with_kind(selection)
        held = [read_note(each.read_bytes()) for each in since]
        with ExitStack() as stack:
            spool = Path(stack.enter_context(TemporaryDirectory(dir=path.parent, prefix=".export")))
            files = {name: stack.enter_context((spool / name).open("w+b")) for name in DERIVED}
            logs, count, problems = self._tell_cases(selection, files)
            for file in files.values():
                file.flush()
            packed = spool / "packed"
            for log in logs:
                log.notes |= self._notes(log, held)
            manifest = self._pack(packed, selection, logs, spool, (count, made_at))
            packed.replace(path)
        return Exported(manifest, problems)

    # --- cases ------------------------------------------------------------------------------

    def _tell_cases(
        self, selection: Selection, files: Mapping[str, BinaryIO]
    ) -> tuple[list[_Log], int, list[tuple[str, Problem]]]:
        ids = self._ids(selection)
        logs = self._logs(selection, ids)
        for part in heads():
            files[part.name].write(part.piece)
        count, problems = 0, []
        for log, heard in self._heard(logs, ids):
            if not fits(selection, heard):
                continue
            count += 1
            self._tell("cases", 1)
            log.numbers.extend(each.number for each in heard.entries)
            log.population.take(heard)
            problems += [(log.origin, problem) for problem in heard.problems]
            for part in parts(log.origin, heard):
                files[part.name].write(part.piece)
        if not count:
            raise UnfitSelectionError(
                found=f"the archive holds nothing of {in_words(selection)}",
                expected="what is on record by now",
            )
        populations = [log.population for log in logs.values()]
        files[STATEMENT].write(write_statement(selection, populations))
        if selection.kind == "everything":
            for log in logs.values():
                gone = self._archive.gone(log.partition, log.size)
                log.numbers = array("Q", (n for n in range(log.size) if n not in gone))
        return list(logs.values()), count, problems

    def _with_kind(self, selection: Selection) -> Selection:
        """A case's own name goes before that of a link or an event."""
        if selection.kind != "case" or self._archive.named("case", selection.name or ""):
            return selection
        return msgspec.structs.replace(selection, kind="id")

    def _logs(self, selection: Selection, ids: Sequence[int]) -> dict[int, _Log]:
        notes = self._notary.issue()
        wanted = sorted(notes)
        if selection.kind in ("case", "id"):
            wanted = sorted({self._archive.partition_of(each) for each in ids} & {*notes})
        return {each: _Log(self._archive, each, notes[each]) for each in wanted}

    def _ids(self, selection: Selection) -> Sequence[int]:
        name = selection.name or ""
        match selection.kind:
            case "case" | "id" | "workflow":
                return self._archive.named(selection.kind, name)
            case "person":
                accounts = self._archive.named("account", name)
                return sorted({*accounts, *self._archive.named("person", name)})
            case _:
                begin, end = selection.begin, selection.end
                return self._archive.between(
                    -_EVER if begin is None else _microseconds(begin),
                    _EVER if end is None else _microseconds(end),
                )

    def _heard(self, logs: dict[int, _Log], ids: Sequence[int]) -> Iterator[tuple[_Log, Heard]]:
        sizes = {each.partition: each.size for each in logs.values()}
        for case, stored in zip(ids, self._archive.of_cases(ids, sizes), strict=True):
            entries = [_entry(each) for each in stored]
            if any(each.sort == "event" for each in entries):
                log = logs[self._archive.partition_of(case)]
                yield log, log.bench.hear(entries, log.size)

    # --- the file -----------------------------------------------------------------------------

    def _pack(
        self,
        path: Path,
        selection: Selection,
        logs: Sequence[_Log],
        spool: Path,
        made: tuple[int, datetime],
    ) -> Manifest:
        packing = _Digesting(path)
        entries = 0
        for log in logs:
            for size, note in sorted(log.notes.items()):
                packing.add(note_of(log.partition, size), [write_note(note)])
            numbers = log.shown()
            entries += len(numbers)
            packing.add(entries_of(log.partition), self._lines(log, numbers))
        for name in DERIVED:
            packing.add(name, _pieces(spool / name))
        manifest = Manifest(
            format=FORMAT,
            archive=self._notary.name,
            rules=CATALOG_VERSION,
            selection=selection,
            made_at=made[1],
            cases=made[0],
            entries=entries,
            logs=[LogTold(log.partition, log.size) for log in logs],
            files=[*packing.files],
        )
        raw = write_manifest(manifest)
        packing.add(MANIFEST, [raw])
        packing.add(NOTE, [write_note(self._notary.sign(signed_lines(sha256(raw).hexdigest())))])
        packing.close()
        return manifest

    def _notes(self, log: _Log, held: Sequence[Note]) -> dict[int, Note]:
        """What else is shown of a log: the last cosigned checkpoint, and those the reader holds."""
        own = {key.id for key in self._notary.keys}
        notes = {}
        for note in held:
            checkpoint = read_checkpoint(note.text)
            if checkpoint.origin == log.origin and checkpoint.size < log.size:
                notes[checkpoint.size] = note
        for raw in self._archive.checkpoints(log.partition, log.size, CHECKPOINTS_LOOKED_AT):
            note = read_note(raw.encode())
            if any(each.id not in own for each in note.signatures):
                notes[read_checkpoint(note.text).size] = note
                break
        return notes

    def _lines(self, log: _Log, numbers: Sequence[int]) -> Iterator[bytes]:
        """The log from its first entry to its last: entries as they are, gaps as hashes."""
        sizes = sorted(log.notes)
        node = self._archive.node(log.partition)
        at = 0
        for number, body in self._archive.bodies(log.partition, numbers):
            yield from _gap(at, number, sizes, node)
            self._tell("entries", 1)
            yield body + b"\n"
            at = number + 1
        yield from _gap(at, log.size, sizes, node)


def _gap(start: int, end: int, sizes: Iterable[int], node: Node) -> Iterator[bytes]:
    """A gap line for what is not shown, cut where a checkpoint stands."""
    for to in [*(size for size in sizes if start < size < end), end]:
        if start < to:
            hashes = [each.hex() for each in gap_hashes(start, to, node)]
            yield dumps({"gap": to - start, "hashes": hashes}) + b"\n"
            start = to


def _entry(stored: Stored) -> Entry:
    return read_entry(stored.number, stored.body)


def _microseconds(at: datetime) -> int:
    return round(at.timestamp() * 1_000_000)


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE_BYTES):
            yield piece


class _Digesting:
    """Packs members, and writes down what the manifest says of them."""

    def __init__(self, path: Path) -> None:
        self._file = os.fdopen(os.open(path, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600), "w+b")
        self._packing = Packing(self._file)
        self._bytes = 0
        self.files: list[FileTold] = []

    def add(self, name: str, pieces: Iterable[bytes]) -> None:
        """Add a member."""
        digest = sha256()
        size = 0

        def digested() -> Iterator[bytes]:
            nonlocal size
            for piece in pieces:
                digest.update(piece)
                size += len(piece)
                self._count(len(piece))
                yield piece

        self._packing.add(name, digested())
        self.files.append(FileTold(name, size, digest.hexdigest()))

    def _count(self, size: int) -> None:
        self._bytes += size
        if self._bytes > FILE_BYTES_MAX - (1 << 20):
            raise UnfitSelectionError(found="more than 4 GiB", expected="a shorter period")

    def close(self) -> None:
        """Write the directory."""
        self._packing.close()
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()
