"""Writes an export out of the archive: a pass over the cases, one over the logs, then the zip."""

import os
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from datetime import datetime
from hashlib import sha256
from heapq import merge
from itertools import groupby
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import BinaryIO, NamedTuple

import msgspec

from rules.catalog import CATALOG_VERSION
from rules.ledger.checkpoint import read_note, write_note
from stream.archive.notary import Notary
from stream.archive.reader import Archive
from stream.exports.annex import Gathering
from stream.exports.container import FILE_BYTES_MAX, PIECE_BYTES, Packing
from stream.exports.hearing import Heard, Problem
from stream.exports.layout import (
    DERIVED,
    FORMAT,
    MANIFEST,
    NAMES,
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
from stream.exports.log_parts import LogPart
from stream.exports.naming import same_cases
from stream.exports.one_case import fitting
from stream.exports.recorded import has_event
from stream.exports.selecting import fits, in_words
from stream.exports.statement import write_statement
from stream.exports.telling import heads, parts
from stream.progress import UNWATCHED, Steps
from stream.pseudonyms.form import Meanings

PROBLEMS_TOLD_MAX = 1_000
"""So much that does not join is told to whoever exports; the file shows all of it."""
_EVER = 1 << 62


class Exported(NamedTuple):
    """What became of an export: its manifest, and what did not join when its cases were judged."""

    manifest: Manifest
    problems: Sequence[tuple[str, Problem]]


class Exporter:
    """Writes what is selected of an archive into one file. Raises UnfitSelectionError."""

    def __init__(
        self,
        archive: Archive,
        notary: Notary,
        steps: Steps = UNWATCHED,
        vault: Meanings | None = None,
    ):
        """`vault` has the names, where they are kept apart: those in the file are told with it."""
        self._archive = archive
        self._vault = vault
        self._notary = notary
        self._steps = steps

    def write(
        self, selection: Selection, path: Path, made_at: datetime, since: Sequence[Path] = ()
    ) -> Exported:
        """Write a file, all of it or nothing; `since` are checkpoints that its reader holds."""
        selection = self._resolved(selection)
        held = [read_note(each.read_bytes()) for each in since]
        with ExitStack() as stack:
            spool = Path(stack.enter_context(TemporaryDirectory(dir=path.parent, prefix=".export")))
            files = {name: stack.enter_context((spool / name).open("w+b")) for name in DERIVED}
            logs, count, problems = self._tell_cases(selection, files)
            for file in files.values():
                file.flush()
            packed = spool / "packed"
            for log in logs:
                log.show_checkpoints(held, self._notary.name)
            manifest = self._pack(packed, selection, logs, spool, (count, made_at))
            packed.replace(path)
        return Exported(manifest, problems)

    # --- cases ------------------------------------------------------------------------------

    def _tell_cases(
        self, selection: Selection, files: Mapping[str, BinaryIO]
    ) -> tuple[list[LogPart], int, list[tuple[str, Problem]]]:
        logs = self._logs(selection)
        for part in heads():
            files[part.name].write(part.piece)
        count = 0
        problems: list[tuple[str, Problem]] = []
        for log, heard in self._heard(logs, selection):
            count += 1
            self._steps.told("cases", 1)
            log.show(heard)
            room = PROBLEMS_TOLD_MAX - len(problems)
            problems += [(log.origin, problem) for problem in heard.problems[:room]]
            for part in parts(log.origin, heard):
                files[part.name].write(part.piece)
        if not count:
            raise UnfitSelectionError(
                found=f"the archive holds nothing of {in_words(selection)}",
                expected="what is on record by now",
            )
        if selection.kind == "everything":
            for log in logs.values():
                log.show_everything()
        populations = [log.population for log in logs.values()]
        files[STATEMENT].write(write_statement(selection, populations))
        return list(logs.values()), count, problems

    def _resolved(self, selection: Selection) -> Selection:
        """A case's own name goes before that of a link or an event; what is the same goes along.

        So a case is told by each name that it ever had, with what was said of it under the others.
        """
        if selection.kind != "case":
            return selection
        is_case = self._archive.is_named("case", selection.name or "")
        named = msgspec.structs.replace(selection, kind="case" if is_case else "id")
        same = same_cases(self._archive, fitting(self._archive, named), selection.tenant)
        also = tuple((each.tenant or "", each.case) for each in same)
        return msgspec.structs.replace(named, also=also)

    def _logs(self, selection: Selection) -> dict[int, LogPart]:
        notes = self._notary.issue()
        wanted = {*notes}
        if selection.kind in ("case", "id"):
            wanted &= {self._archive.partition_of(each) for each in self._ids(selection)}
        return {each: LogPart(self._archive, each, notes[each]) for each in sorted(wanted)}

    def _ids(self, selection: Selection) -> Iterator[int]:
        name = selection.name or ""
        match selection.kind:
            case "case" | "id":
                return iter(sorted(self._of_case(selection.kind, name, selection.also)))
            case "workflow":
                return self._archive.named(selection.kind, name)
            case "person":
                accounts = self._archive.named("account", name)
                either = merge(accounts, self._archive.named("person", name))
                return (case for case, _ in groupby(either))
            case _:
                begin, end = selection.begin, selection.end
                return self._archive.between(
                    -_EVER if begin is None else _microseconds(begin),
                    _EVER if end is None else _microseconds(end),
                )

    def _of_case(self, kind: str, name: str, also: Iterable[tuple[str, str]]) -> set[int]:
        same = (each for _, called in also for each in self._archive.named("case", called))
        return {*self._archive.named(kind, name), *same}

    def _heard(
        self, logs: dict[int, LogPart], selection: Selection
    ) -> Iterator[tuple[LogPart, Heard]]:
        sizes = {each.partition: each.size for each in logs.values()}
        for case, stored in self._archive.of_cases(self._ids(selection), sizes):
            log = logs[self._archive.partition_of(case)]
            entries = log.entries(case, stored)
            if has_event(entries):
                heard = log.bench.hear(entries, log.size)
                if fits(selection, heard):
                    yield log, heard

    # --- the file -----------------------------------------------------------------------------

    def _pack(
        self,
        path: Path,
        selection: Selection,
        logs: Sequence[LogPart],
        spool: Path,
        made: tuple[int, datetime],
    ) -> Manifest:
        packing = _Digesting(path)
        self._steps.expect("entries", sum(len(log.shown) for log in logs))
        entries, gathering = 0, Gathering()
        for log in logs:
            for size, note in sorted(log.notes.items()):
                packing.add(note_of(log.partition, size), [write_note(note)])
            entries += len(log.shown)
            lines = log.lines(self._steps)
            # Only where names are told it matters whose there are.
            passing = lines if self._vault is None else gathering.over(lines)
            packing.add(entries_of(log.partition), passing)
        for name in DERIVED:
            packing.add(name, _pieces(spool / name))
        if self._vault is not None:
            packing.add(NAMES, gathering.lines(self._vault))
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
