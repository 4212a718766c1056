"""Checks an export with nothing but the file and the keys that are trusted; names every defect."""

from collections.abc import Iterable, Iterator, Mapping
from contextlib import closing
from datetime import datetime
from hashlib import sha256
from pathlib import Path

from rules.canary import is_canary
from rules.catalog import CATALOG_VERSION
from rules.errors import FoureyesError
from rules.ledger.checkpoint import NOTE_BYTES_MAX, InvalidNoteError, read_note
from stream.exports.annex import check_names, destroyed
from stream.exports.comparing import Comparing
from stream.exports.container import Container, UnfitFileError
from stream.exports.defects import Report
from stream.exports.entries import Entry
from stream.exports.gone import in_words as gone_in_words
from stream.exports.gone import unexplained
from stream.exports.hearing import Bench, Heard
from stream.exports.layout import (
    DERIVED,
    MANIFEST,
    MANIFEST_BYTES_MAX,
    NAMES,
    NOTE,
    STATEMENT,
    Manifest,
    entries_of,
    note_of,
    read_manifest,
    signed_lines,
)
from stream.exports.logs import LogCheck
from stream.exports.selecting import fits, in_words, is_also, joined
from stream.exports.spool import Spool
from stream.exports.statement import Population, write_statement
from stream.exports.telling import Part, heads, parts
from stream.exports.trust import Trust
from stream.progress import UNWATCHED, Steps

MALFORMED = (
    FoureyesError,
    ArithmeticError,
    AttributeError,
    LookupError,
    RecursionError,
    TypeError,
    ValueError,
)
"""What reading an entry may raise that nobody who wrote it in earnest would have written."""


def verify(path: Path, trust: Trust, steps: Steps = UNWATCHED) -> Report:
    """Check a file. Raises OSError where it can not be read."""
    report = Report()
    with path.open("rb") as file, closing(Spool()) as spool:
        try:
            container = Container(file)
            _Verifier(container, trust, (spool, report, steps)).run()
            for name in sorted(container.damaged):
                report.defect("structure", name, "its bytes have another CRC-32 than it says")
        except UnfitFileError as error:
            report.defect("structure", error.where, f"{error.found}; expected {error.expected}")
    return report


class _Verifier:
    def __init__(
        self, container: Container, trust: Trust, onto: tuple[Spool, Report, Steps]
    ) -> None:
        self._container = container
        self._trust = trust
        self._spool, self._report, self._steps = onto
        self._untold = 0
        """Cases of which entries were forgotten: what is recorded of them stands."""

    def run(self) -> None:
        """Check everything, in the order in which one thing rests on another."""
        raw = self._container.whole(MANIFEST, MANIFEST_BYTES_MAX)
        manifest = read_manifest(raw)
        self._steps.expect("entries", manifest.entries)
        self._steps.expect("cases", manifest.cases)
        self._check_signature(raw, manifest)
        self._check_members(manifest)
        logs = self._check_logs(manifest)
        if any(log.is_broken for log in logs):
            return
        self._spool.seal()
        cases, populations = self._hear(manifest, logs)
        self._check_counts(manifest, logs, cases)
        told = {*check_names(self._container, self._report)}
        total = sum(log.shown for log in logs)
        made = f"as {manifest.archive} told it at {manifest.made_at:%Y-%m-%d %H:%M:%SZ}"
        judged = f"{cases - self._untold:,} cases judged again by rules {CATALOG_VERSION}"
        judged += f", {self._untold:,} not judged again: erased" if self._untold else ""
        self._report.checked += [
            f"{in_words(manifest.selection)}, {made}",
            f"{len(logs)} logs, {total:,} entries in their places, {judged}",
            *(words for each in populations for words in _population(each)),
            *(words for each in populations for words in _departed(each)),
            *_named(told, populations),
        ]

    # --- the manifest -------------------------------------------------------------------------

    def _check_signature(self, raw: bytes, manifest: Manifest) -> None:
        try:
            note = read_note(self._container.whole(NOTE, NOTE_BYTES_MAX))
        except InvalidNoteError as error:
            raise UnfitFileError(where=NOTE, found=str(error), expected="a signed note") from error
        if note.text != signed_lines(sha256(raw).hexdigest()):
            self._report.defect("manifest", MANIFEST, "its digest is not the one that was signed")
        for signer in self._trust.check(note, NOTE, manifest.made_at, self._report):
            if signer != manifest.archive:
                words = f"it speaks for {manifest.archive}, and {signer} signed it"
                self._report.defect("other-log", MANIFEST, words)
        if manifest.rules != CATALOG_VERSION:
            words = f"judged by rules {manifest.rules}; this verifier has {CATALOG_VERSION}"
            self._report.unknown("rules-unknown", MANIFEST, words)

    def _check_members(self, manifest: Manifest) -> None:
        told = [each.name for each in manifest.files]
        if [*told, MANIFEST, NOTE] != list(self._container.members):
            self._report.defect("digest", MANIFEST, "it lists other members than there are")
        for each in manifest.files:
            if each.name not in self._container.members:
                continue
            digest = sha256()
            for piece in self._container.pieces(each.name):
                digest.update(piece)
            if digest.hexdigest() != each.sha256:
                self._report.defect("digest", each.name, "it has another digest than was signed")
        for name in [*DERIVED, *(entries_of(log.partition) for log in manifest.logs)]:
            if name not in self._container.members:
                raise UnfitFileError(where=name, found="nothing", expected="this member")

    # --- the logs -----------------------------------------------------------------------------

    def _check_logs(self, manifest: Manifest) -> list[LogCheck]:
        partitions = [each.partition for each in manifest.logs]
        if partitions != sorted({*partitions}):
            raise UnfitFileError(where=MANIFEST, found="logs twice", expected="each once, in order")
        logs = []
        known = {*DERIVED, MANIFEST, NAMES, NOTE}
        for told in manifest.logs:
            notes = self._notes_of(told.partition)
            known |= {entries_of(told.partition), *notes}
            log = LogCheck(told, manifest.archive, self._spool, self._report)
            log.steps = self._steps
            log.check(self._container, notes, self._trust, manifest.made_at)
            logs.append(log)
        for name in self._container.members:
            if name not in known:
                self._report.defect("structure", name, "a member that says nothing")
        for checkpoint in self._trust.held:
            if checkpoint.origin not in [log.origin for log in logs]:
                words = "you hold a checkpoint of it, and the file does not tell it"
                self._report.unknown("held", checkpoint.origin, words)
        return logs

    def _notes_of(self, partition: int) -> list[str]:
        first, last = note_of(partition, 0).split("0.note")[0], ".note"
        return [
            name
            for name in self._container.members
            if name.startswith(first) and name.endswith(last)
        ]

    # --- the cases ----------------------------------------------------------------------------

    def _hear(self, manifest: Manifest, logs: list[LogCheck]) -> tuple[int, list[Population]]:
        comparing = {name: Comparing(self._container, name, self._report) for name in DERIVED}
        _compare(comparing, heads(), "its columns")
        count, populations = 0, []
        for log in logs:
            try:
                bench = log.bench()
                population = Population(log.origin, log.told, bench)
            except MALFORMED as error:
                self._report.defect("entry", f"{log.origin}, its headers", _words(error))
                continue
            populations.append(population)
            self._check_gone(log, population)
            for heard in self._heard(log, bench):
                count += 1
                self._steps.told("cases", 1)
                self._check_case(log.origin, manifest, heard, bench)
                self._untold += heard.judged_again is None
                population.take(heard)
                _compare(comparing, parts(log.origin, heard), f"case {heard.name[1]}")
        self._check_population(comparing[STATEMENT], manifest, populations)
        for each in comparing.values():
            each.end()
        return count, populations

    def _check_gone(self, log: LogCheck, population: Population) -> None:
        partition = log.told.partition
        population.told_gone = self._spool.count_gone(partition)
        gone = self._spool.gone(partition)
        for number, words in unexplained(partition, population.decisions, gone):
            self._report.defect("erasure", f"{log.origin}, entry {number}", words)

    def _heard(self, log: LogCheck, bench: Bench) -> Iterator[Heard]:
        for entries in self._spool.cases(log.told.partition):
            if isinstance(entries, str):
                self._report.unknown("too-large", log.origin, f"case {entries[:200]}")
                continue
            if is_canary((entries[0].about or ("",))[0]):
                continue
            heard = self._heard_case(log, bench, entries)
            if heard is not None:
                yield heard

    def _heard_case(self, log: LogCheck, bench: Bench, entries: list[Entry]) -> Heard | None:
        try:
            return bench.hear(entries, log.told.size)
        except MALFORMED as error:
            where = f"{log.origin}, entry {entries[0].number}"
            self._report.defect("entry", where, _words(error))
        return None

    def _check_case(self, log: str, manifest: Manifest, heard: Heard, bench: Bench) -> None:
        case = f"{log}, case {heard.name[1]}"
        if not fits(manifest.selection, heard):
            words = f"it is none of {in_words(manifest.selection)}"
            self._report.defect("not-selected", case, words)
        elif is_also(manifest.selection, heard) and heard.name not in joined(bench):
            words = "no entry of its log says that it is the same case as another"
            self._report.defect("not-selected", case, words)
        for problem in heard.problems:
            note = self._report.unknown if problem.is_unknown else self._report.defect
            note(problem.kind, f"{case}, entry {problem.number}", problem.words)

    def _check_population(
        self, comparing: Comparing, manifest: Manifest, populations: list[Population]
    ) -> None:
        for population in populations:
            for words in population.miscounts():
                self._report.defect("population", population.log, words)
        try:
            statement = write_statement(manifest.selection, populations)
        except MALFORMED as error:
            self._report.defect("population", STATEMENT, _words(error))
            return
        comparing.take(statement, "what was offered, and what became of it,")

    def _check_counts(self, manifest: Manifest, logs: list[LogCheck], cases: int) -> None:
        found = cases, sum(log.shown for log in logs)
        if found != (manifest.cases, manifest.entries):
            words = (
                f"it says {manifest.cases} cases and {manifest.entries} entries; "
                f"there are {found[0]} and {found[1]}"
            )
            self._report.defect("population", MANIFEST, words)
        if manifest.selection.kind == "everything" and any(log.has_gaps for log in logs):
            words = "it says everything, and there are gaps that no entry explains"
            self._report.defect("not-selected", MANIFEST, words)


def _compare(comparing: Mapping[str, Comparing], told: Iterator[Part], where: str) -> None:
    for part in told:
        comparing[part.name].take(part.piece, where)


def _words(error: Exception) -> str:
    return f"{type(error).__name__}: {error}"[:300]


_PARTS = {
    "judged": "judged",
    "not_selected": "not selected",
    "forgotten": "forgotten",
    "set_aside": "set aside",
    "refused": "refused",
    "repeats": "repeats",
}


def _named(told: set[str], populations: Iterable[Population]) -> Iterator[str]:
    """How many pseudonyms are told with their names, and how many of them nobody should have."""
    gone = destroyed(each for some in populations for each in some.decisions.values())
    if told:
        yield f"{len(told):,} pseudonyms are told with the names that they were made of"
    if late := told & gone:
        yield f"{len(late):,} of them by who had them before their keys were destroyed"


def _departed(population: Population) -> Iterator[str]:
    for number, each in sorted(population.decisions.items()):
        yield gone_in_words(population.log, number, each, population.told_gone[number])


def _population(population: Population) -> Iterator[str]:
    for source in population.told()["sources"]:
        until: datetime | None = source["reported_until"]
        reported = f"{until:%Y-%m-%d %H:%M:%SZ}" if until else "no time yet"
        sum_of = " + ".join(f"{source[name]:,} {words}" for name, words in _PARTS.items())
        yield (
            f"{population.log}: {source['source']} had reported up to {reported}; "
            f"{source['offered']:,} offered = {sum_of}"
        )
