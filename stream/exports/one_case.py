"""One case out of an archive, found by any of its ids and judged again: for `foureyes explain`."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import NamedTuple

import orjson

from rules.errors import FoureyesError
from rules.explain import Said
from rules.finding import Finding, read_finding
from rules.machines.keeping import Keeping
from rules.words import printable
from stream.archive.leaves import Kind
from stream.archive.reader import Archive
from stream.case_reading import CaseRecord
from stream.case_search import NAMED_MAX, UnknownCaseError
from stream.exports.entries import read_entry
from stream.exports.gone import decisions_of, gone_of
from stream.exports.hearing import Bench, Heard
from stream.exports.layout import Selection
from stream.exports.naming import Named
from stream.exports.pages import untold_page
from stream.exports.recorded import entries_of_case, has_event
from stream.exports.reports import Reports
from stream.exports.selecting import fits

GROUNDS = (Kind.SOURCE, Kind.POLICY, Kind.RULES, Kind.SET_ASIDE, Kind.FACTS, Kind.JOINED)
"""The entries about no case that a judge has to know."""
NEAR_CHARS = 3
"""So many characters of a name are looked for in others, where nothing is called by it."""


class NoCaseButEntityError(FoureyesError):
    """What was asked for is no case but an entity, of which there are findings and no path."""

    def __init__(self, *, name: str, findings: Sequence[Finding]) -> None:
        self.name = name
        self.findings = tuple(findings)
        kinds = " and ".join(f"a {kind}" for kind in sorted({str(e.entity) for e in findings}))
        lines = [
            f"\n  {each.rule}, {each.change} {each.at:%Y-%m-%d %H:%MZ}: {printable(each.summary)}"
            for each in self.findings[-NAMED_MAX:]
        ]
        more = len(self.findings) - len(lines)
        rest = f"\n  and {more} before them" if more else ""
        super().__init__(
            f"{name!r} is {kinds}, and only a case can be told; what was found about it:"
            + "".join(lines)
            + rest
        )


class ForgottenCaseError(FoureyesError):
    """A case can not be told, since somebody in it was forgotten: by whom, why, what still stands.

    `decisions` are those by which entries of it went, by the numbers of their entries.
    """

    def __init__(self, *, heard: Heard, decisions: Mapping[int, Keeping]) -> None:
        self.heard = heard
        self.decisions = decisions
        verdict = heard.closed.verdict if heard.closed else None
        words = [untold_page(heard), f"The verdict on record is {verdict or 'none'}."]
        words += [
            f"Entry {number}, by {each.author} and {each.approver}, {each.decided_at:%Y-%m-%d}: "
            f"{each.reason}."
            for number, each in decisions.items()
        ]
        words += [
            f"{each.rule}, {each.change} {each.at:%Y-%m-%d %H:%MZ}: {each.summary}"
            for each in heard.standing().values()
        ]
        super().__init__("\n\n".join(printable(each) for each in words))


class ByName(NamedTuple):
    """A case that a name leads to, its id, and the cases that turned out to be it."""

    case: int
    heard: Heard
    former: tuple[Heard, ...]

    @property
    def history(self) -> tuple[Finding, ...]:
        """What was said of it, under its former names first."""
        return tuple(said for each in (*self.former, self.heard) for said in each.history)


def read_archived_case(archive: Archive, name: str, tenant: str | None = None) -> CaseRecord:
    """Find a case by any of its ids, former names too, and judge it as of the last entry.

    Raises UnknownCaseError, AmbiguousCaseError, NoCaseButEntityError, and ForgottenCaseError.
    """
    told = hear_by_name(archive, name, tenant)
    said: tuple[Said, ...] = tuple(told.heard.judged.said)
    return CaseRecord(file=told.heard.judged.file, said=said, history=told.history)


def hear_by_name(archive: Archive, name: str, tenant: str | None = None) -> ByName:
    """Find a case as above, and hear it and those that turned out to be it. Raises the same."""
    named = Named(archive, name, tenant)
    for case, heard in _hear_cases(archive, named.id):
        if heard.judged_again is None:
            raise _forgotten(archive, case, heard)
        return ByName(case, heard, tuple(each for _, each in _hear_cases(archive, named.former)))
    if about := _about_entity(archive, name, tenant):
        raise NoCaseButEntityError(name=name, findings=about)
    near = archive.names_like(name, NAMED_MAX) or archive.names_like(name[:NEAR_CHARS], NAMED_MAX)
    raise UnknownCaseError(name=name, cases=archive.count_cases(), nearest=near)


def _forgotten(archive: Archive, case: int, heard: Heard) -> ForgottenCaseError:
    partition = archive.partition_of(case)
    numbers = sorted({gone_of(each).by for each in heard.gone})
    bodies = archive.bodies(partition, numbers)
    decisions = decisions_of(read_entry(number, body) for number, body in bodies)
    return ForgottenCaseError(heard=heard, decisions=decisions)


def _about_entity(archive: Archive, name: str, tenant: str | None) -> list[Finding]:
    """The findings about entities of a name, each as it was told last."""
    ids = archive.named("entity", name)
    sizes = {log.partition: log.size for log in archive.logs()}
    last: dict[str, Finding] = {}
    for _, stored in archive.of_cases(ids, sizes):
        for each in stored:
            told = orjson.loads(each.body) if each.gone is None else {}
            if "entity" in told and tenant in (None, told.get("tenant")):
                last[told["finding"]] = read_finding(told)
    return list(last.values())


def hear(archive: Archive, selection: Selection) -> Iterator[tuple[int, Heard]]:
    """Hear the cases that are meant, each with its id. A name's digest is looked up, and compared.

    Of a selection that is not one name's nothing is found, nor what can not be judged again.
    """
    return _judged(_hear(archive, selection))


def fitting(archive: Archive, selection: Selection) -> list[int]:
    """The ids of the cases that are meant, what can not be judged again among them."""
    return [case for case, _ in _hear(archive, selection)]


def hear_cases(archive: Archive, ids: Iterable[int]) -> Iterator[tuple[int, Heard]]:
    """Hear cases by their ids, which are in order; an entity is none, nor what is erased."""
    return _judged(_hear_cases(archive, ids))


def _judged(heard: Iterator[tuple[int, Heard]]) -> Iterator[tuple[int, Heard]]:
    return ((case, each) for case, each in heard if each.judged_again is not None)


def _hear(archive: Archive, selection: Selection) -> Iterator[tuple[int, Heard]]:
    for case, heard in _hear_cases(archive, archive.named(selection.kind, selection.name or "")):
        if fits(selection, heard):
            yield case, heard


def _hear_cases(archive: Archive, ids: Iterable[int]) -> Iterator[tuple[int, Heard]]:
    sizes = {log.partition: log.size for log in archive.logs()}
    benches: dict[int, Bench] = {}
    for case, stored in archive.of_cases(ids, sizes):
        partition = archive.partition_of(case)
        entries = entries_of_case(archive, case, stored, archive.node(partition))
        if not has_event(entries):
            continue
        if partition not in benches:
            benches[partition] = _bench(archive, partition, sizes[partition])
        yield case, benches[partition].hear(entries, sizes[partition])


def _bench(archive: Archive, partition: int, size: int) -> Bench:
    numbers = sorted(n for kind in GROUNDS for n in archive.headers(kind, partition, size))
    return Bench(
        [read_entry(number, body) for number, body in archive.bodies(partition, numbers)],
        Reports(archive, partition, size).last,
        lambda number: next(archive.bodies(partition, [number]))[1],
    )
