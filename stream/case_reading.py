"""One case out of a record: what a judge of its own says about it."""

from collections.abc import Iterable
from dataclasses import dataclass, replace

import orjson

from rules.catalog import CATALOG
from rules.explain import Said
from rules.finding import Finding, read_finding
from rules.machines.cases import case_key
from rules.machines.contract import FINDINGS, Output, Record
from rules.machines.judge import Judge
from rules.machines.routing import partition_of_case
from rules.rule import CaseFile
from stream.canonical import CODEC, read_event
from stream.case_search import CaseName, Names, Search
from stream.journals import Journal


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseRecord:
    """What `rules.explain` asks for: a case, what each rule says of it, each finding's changes."""

    file: CaseFile
    said: tuple[Said, ...]
    history: tuple[Finding, ...]


class Rejudged:
    """Judges one case anew from its partition of the journal.

    Hand it the partition's records in order. Of the events only the case's are fed, and those of
    the cases that turned out to be it; of the rest everything: ticks, sources, policies. So the
    verdict and the findings are what the host's own judge says once it has come as far.
    """

    def __init__(self, name: CaseName, also: Iterable[CaseName] = (), partition: int = 0) -> None:
        self._name = name
        self._names = {name, *also}
        self._needles = [b'"case":' + orjson.dumps(each.case) for each in self._names]
        self._judge = Judge(partition, CODEC)
        self.history = History()

    def take(self, record: bytes, _partition: int = 0) -> None:
        """Judge what one record of the journal has for the case."""
        # Only what holds events has more than one line.
        if b"\n" in record:
            if not self._holds(record):
                return
            first, *rest = record.split(b"\n")
            lines = [line for line in rest if self._concerns(line)]
            if not lines:
                return
            record = b"\n".join([first, *lines])
        for output in self._judge.feed([Record(0, record)]):
            self.history.take(output)

    def _holds(self, text: bytes) -> bool:
        return any(needle in text for needle in self._needles)

    def _concerns(self, line: bytes) -> bool:
        if not self._holds(line):
            return False
        event = read_event(line)
        return (event.tenant, event.case) in self._names

    def result(self) -> CaseRecord | None:
        """What is to be told of the case; None if no event of it came by."""
        return case_record(self._judge, self._name, self.history)


def read_case(journal: Journal, name: str, tenant: str | None = None) -> CaseRecord:
    """Find a case in a journal and judge it. Raises UnknownCaseError or AmbiguousCaseError."""
    search = Search(name, tenant)
    found = _find(journal, search, None if tenant is None else CaseName(tenant, name))
    if found is not None:
        record = _judged(journal, search, *found)
        if record is not None:
            return record
    names = Names()
    for partition in journal.partitions:
        journal.read(partition, names.take)
    raise names.unknown(name)


def _find(journal: Journal, search: Search, name: CaseName | None) -> tuple[CaseName, int] | None:
    partitions = list(journal.partitions)
    if name is not None and partitions:
        # Named in full, a case can only be here, and the others need not be read.
        likely = partitions.pop(partition_of_case(*name, len(partitions)))
        journal.read(likely, search.take)
        found = search.found()
        if found and found[1] == likely:
            return found
    for partition in partitions:
        journal.read(partition, search.take)
    return search.found()


def _judged(journal: Journal, search: Search, name: CaseName, partition: int) -> CaseRecord | None:
    """Judge a case, and what was said of it elsewhere before it was known to be the same."""
    also = search.also(name)
    own = [name, *(each for each, home in also.items() if home == partition)]
    here = Rejudged(name, [*own, *search.before(own)], partition)
    journal.read(partition, here.take)
    record = here.result()
    if record is None:
        return None
    before: list[Finding] = []
    for each, home in also.items():
        rejudged = here
        if home != partition:
            rejudged = Rejudged(each, search.before([each]), home)
            journal.read(home, rejudged.take)
        before += rejudged.history.of(case_key(each.tenant, each.case))
    return replace(record, history=(*before, *record.history))


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
            set_aside=answered.set_aside,
        )
        for number, answered in sorted(case.answers.items())
    ]
    return CaseRecord(file=file, said=tuple(said), history=history.of(case.key))
