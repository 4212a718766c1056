"""One case out of a record: which one is meant, and what a judge of its own says about it."""

import re
import shlex
from collections.abc import Iterable
from dataclasses import dataclass
from difflib import get_close_matches
from typing import NamedTuple

import orjson

from rules.catalog import CATALOG
from rules.errors import FoureyesError
from rules.events import Event
from rules.explain import Said
from rules.finding import Finding, read_finding
from rules.machines.contract import FINDINGS, Output, Record
from rules.machines.judge import Judge
from rules.machines.routing import partition_of_case
from rules.rule import CaseFile, Rule
from rules.verdict import reach
from rules.words import printable
from stream.canonical import CODEC, read_event
from stream.journals import Journal

NAMED_MAX = 10
"""So many cases are listed where several are meant, or none is and these come near."""
COMPARED_MAX = 20_000
"""So many names of cases are compared with a misspelt one."""


class CaseName(NamedTuple):
    """A case as the record names it: several tenants may have one of the same name."""

    tenant: str | None
    case: str

    def __str__(self) -> str:
        """As it is written on a command line."""
        case = _written(self.case)
        return f"{case} --tenant {_written(self.tenant)}" if self.tenant else case


def _written(name: str) -> str:
    return printable(shlex.quote(name))


class UnknownCaseError(FoureyesError):
    """No case of the record has that name, and no event or link of one has.

    `waiting` are the events that name no case and may still find theirs, where that is known.
    """

    def __init__(self, *, name: str, cases: int, nearest: Iterable[str], waiting: int = 0) -> None:
        self.name = name
        self.cases = cases
        self.nearest = tuple(nearest)
        self.waiting = waiting
        held = "1 case" if cases == 1 else f"{cases:,} cases"
        near = f"; near to it are: {', '.join(map(_written, self.nearest))}" if self.nearest else ""
        wait = f"; events that still wait for their case: {waiting:,}" if waiting else ""
        super().__init__(
            f"{name!r} names no case, link or event among the {held} that are on record{near}{wait}"
        )


class AmbiguousCaseError(FoureyesError):
    """Several cases are called by what was asked for; one has to be chosen."""

    def __init__(self, *, name: str, cases: Iterable[CaseName]) -> None:
        self.name = name
        self.cases = tuple(cases)
        shown = "".join(f"\n  foureyes explain {case}" for case in self.cases[:NAMED_MAX])
        more = len(self.cases) - NAMED_MAX
        rest = f"\n  and {more} more" if more > 0 else ""
        super().__init__(f"{name!r} is of {len(self.cases)} cases; ask for one:{shown}{rest}")


class Search:
    """Looks for the cases that a name is of: their own, a link's, or an event's id.

    Hand it chunks: records of the journal, or rows of a judge. A chunk that does not hold the
    name's bytes is not decoded. A case's own name goes before a link's or an event's.
    """

    def __init__(self, name: str, tenant: str | None = None) -> None:
        self._name = name
        self._tenant = tenant
        self._needle = orjson.dumps(name)
        self._cases: dict[CaseName, int] = {}
        self._other: dict[CaseName, int] = {}

    def take(self, chunk: bytes, partition: int = 0) -> None:
        """Look through one chunk; `partition` is remembered for what is found in it."""
        if self._needle not in chunk:
            return
        for line in chunk.split(b"\n")[1:]:
            if self._needle in line:
                self._look(read_event(line), partition)

    def _look(self, event: Event, partition: int) -> None:
        if event.case is None or (self._tenant is not None and event.tenant != self._tenant):
            return
        if event.case == self._name:
            self._cases[CaseName(event.tenant, event.case)] = partition
        elif self._name in event.links or event.id == self._name:
            self._other[CaseName(event.tenant, event.case)] = partition

    def found(self) -> tuple[CaseName, int] | None:
        """Give the one case that is meant and its partition; None for none.

        Raises AmbiguousCaseError for several.
        """
        cases = self._cases or self._other
        if len(cases) > 1:
            raise AmbiguousCaseError(name=self._name, cases=sorted(cases, key=str))
        return next(iter(cases.items()), None)


_NAME = re.compile(rb'"case":("(?:[^"\\]|\\.)*")')
_TENANT = re.compile(rb'"tenant":("(?:[^"\\]|\\.)*")')


class Names:
    """Counts the cases that there are, and says which come near to a name that none has."""

    def __init__(self) -> None:
        self._seen: set[tuple[bytes, bytes]] = set()

    def take(self, chunk: bytes, _partition: int = 0) -> None:
        """Note the cases of one chunk. Quotes inside a text are escaped, so keys are keys."""
        for line in chunk.split(b"\n")[1:]:
            case, tenant = _NAME.search(line), _TENANT.search(line)
            if case:
                self._seen.add((case[1], tenant[1] if tenant else b""))

    def seen(self) -> list[CaseName]:
        """Every case that came by."""
        return sorted(
            (
                CaseName(orjson.loads(tenant) if tenant else None, orjson.loads(case))
                for case, tenant in self._seen
            ),
            key=str,
        )

    def unknown(self, name: str, waiting: int = 0) -> UnknownCaseError:
        """Say that a name is unknown, and what comes near to it."""
        names = list(dict.fromkeys(each.case for each in self.seen()))
        low = name.lower()
        near = [each for each in names if low in each.lower() or each.lower() in low]
        near = near or get_close_matches(name, names[:COMPARED_MAX], NAMED_MAX)
        return UnknownCaseError(
            name=name, cases=len(self._seen), nearest=near[:NAMED_MAX], waiting=waiting
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """What `rules.explain` asks for: a case, what each rule says of it, each finding's changes."""

    file: CaseFile
    said: tuple[Said, ...]
    history: tuple[Finding, ...]


class Rejudged:
    """Judges one case anew from its partition of the journal.

    Hand it the partition's records in order. Of the events only the case's are fed, of the rest
    everything: ticks, sources, policies. So the verdict and the findings are what the host's own
    judge says once it has come as far.
    """

    def __init__(self, name: CaseName) -> None:
        self._name = name
        self._needle = b'"case":' + orjson.dumps(name.case)
        self._judge = Judge(0, CODEC)
        self._history = History()

    def take(self, record: bytes, _partition: int = 0) -> None:
        """Judge what one record of the journal has for the case."""
        # Only frames of events have more than one line.
        if b"\n" in record:
            if self._needle not in record:
                return
            first, *rest = record.split(b"\n")
            lines = [line for line in rest if self._concerns(line)]
            record = b"\n".join([first, *lines])
        for output in self._judge.feed([Record(0, record)]):
            self._history.take(output)

    def _concerns(self, line: bytes) -> bool:
        if self._needle not in line:
            return False
        event = read_event(line)
        return (event.tenant, event.case) == self._name

    def result(self) -> CaseRecord | None:
        """What is to be told of the case; None if no event of it came by."""
        return case_record(self._judge, self._name, self._history)


def read_case(journal: Journal, name: str, tenant: str | None = None) -> CaseRecord:
    """Find a case in a journal and judge it. Raises UnknownCaseError or AmbiguousCaseError."""
    found = _find(journal, name, tenant)
    if found is not None:
        rejudged = Rejudged(found[0])
        journal.read(found[1], rejudged.take)
        record = rejudged.result()
        if record is not None:
            return record
    names = Names()
    for partition in journal.partitions:
        journal.read(partition, names.take)
    raise names.unknown(name)


def _find(journal: Journal, name: str, tenant: str | None) -> tuple[CaseName, int] | None:
    search = Search(name, tenant)
    partitions = list(journal.partitions)
    if tenant is not None and partitions:
        # Named in full, a case can only be here, and the others need not be read.
        likely = partitions.pop(partition_of_case(tenant, name, len(partitions)))
        journal.read(likely, search.take)
        if found := search.found():
            return found
    for partition in partitions:
        journal.read(partition, search.take)
    return search.found()


class History:
    """Keeps every change of every finding, in the order in which a judge said them."""

    def __init__(self) -> None:
        self._said: list[tuple[bytes | None, bytes]] = []

    def take(self, output: Output) -> None:
        """Keep an output if it is a finding."""
        if output.log == FINDINGS:
            self._said.append((output.key, output.value))

    def of(self, key: str) -> tuple[Finding, ...]:
        """The changes of one case's findings, by the case's key."""
        wanted = key.encode()
        return tuple(read_finding(orjson.loads(line)) for of, line in self._said if of == wanted)


def case_record(judge: Judge, name: CaseName, history: History) -> CaseRecord | None:
    """Take one case out of a judge, with what was said of it; None if it knows none such."""
    case = judge.case(*name)
    if case is None:
        return None
    file = judge.file(case)
    said = [
        Said(
            rule=CATALOG[number],
            verdict=answered.verdict,
            asks=answered.asks,
            unknown=answered.unknown,
            set_aside=_set_aside(CATALOG[number], file),
        )
        for number, answered in sorted(case.answers.items())
    ]
    return CaseRecord(file=file, said=tuple(said), history=history.of(case.key))


def _set_aside(rule: Rule, file: CaseFile) -> tuple[str, ...]:
    """Ask once more: a judge does not keep why something that looked like a breach is none."""
    return reach(rule, file).set_aside if rule.applies(file.path) else ()
