"""What the faults came to: a row for each, shown when the tests are over."""

import os
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, fields

from rules.machines.contract import FINDINGS, TRAIL, Output, Record
from rules.machines.judge import Judge
from rules.machines.set_aside import digest_of
from stream.archive.leaves import read_trail_record
from stream.canonical import CODEC
from stream.hosts.setting_aside import Decision

VARIABLE = "FOUREYES_TEST_FAULTS"
IS_FULL = os.environ.get(VARIABLE) == "full"


def draw(*, short: int, full: int) -> int:
    """How often a fault is made: as often as the project promises, or a few times, as in CI."""
    return full if IS_FULL else short


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """What was said of one partition: the trail's entries, the findings, the ledger's root."""

    records: int
    """Of the trail, whose entries they hold."""
    entries: list[bytes]
    findings: list[bytes]
    root: str


@dataclass(slots=True, kw_only=True)
class Outcome:
    """How what was said differs from what a plain fold of the same journal says, in findings.

    `early` and `late`: before or after the entry of the trail that it has to follow.
    """

    lost: int = 0
    doubled: int = 0
    reordered: int = 0
    early: int = 0
    late: int = 0

    @property
    def is_exact(self) -> bool:
        """Whether nothing differs."""
        return not any((self.lost, self.doubled, self.reordered, self.early, self.late))

    def add(self, other: "Outcome") -> None:
        """Count another partition's."""
        self.lost += other.lost
        self.doubled += other.doubled
        self.reordered += other.reordered
        self.early += other.early
        self.late += other.late


@dataclass(slots=True, kw_only=True)
class Row:
    """How often a fault was made on a host, how much was found meanwhile, and what came of it."""

    times: int = 0
    findings: int = 0
    outcome: Outcome = field(default_factory=Outcome)


ROWS: dict[tuple[str, str], Row] = {}
"""By host and fault."""


def plain_fold(partition: int, journal: Sequence[bytes], left_out: Mapping[str, bytes]) -> Said:
    """What a judge says of a journal in a plain loop, with no host around it.

    `left_out`: the decision that stands in a record's place, by the record's digest.
    """
    judge = Judge(partition, CODEC)
    said: list[Output] = []
    for offset, value in enumerate(journal):
        record = Record(offset, value)
        decision = left_out.get(digest_of(value)) if left_out else None
        said += judge.set_aside(record, decision) if decision else judge.feed([record])
    trail = [each.value for each in said if each.log == TRAIL]
    return said_of(trail, [each.value for each in said if each.log == FINDINGS])


def left_out(decisions: Iterable[Decision]) -> dict[str, bytes]:
    """What stands in the place of each record that two people have set aside, by its digest."""
    return {each.digest: each.entry for each in decisions if each.is_applied}


def said_of(trail: Sequence[bytes], findings: Sequence[bytes]) -> Said:
    """Cut the trail's records into their entries."""
    records = [read_trail_record(value) for value in trail]
    entries = [bytes(entry) for record in records for entry in record.entries]
    root = records[-1].root if records else ""
    return Said(records=len(records), entries=entries, findings=list(findings), root=root)


def of_the_judge(findings: Sequence[bytes], patterns_trail: Sequence[bytes]) -> list[bytes]:
    """The findings of a partition but for those that the patterns machine has entered."""
    others = set(said_of(patterns_trail, []).entries)
    return [each for each in findings if each not in others]


def compared(found: Said, expected: Said) -> Outcome:
    """Count what differs."""
    outcome = Outcome(
        lost=(Counter(expected.findings) - Counter(found.findings)).total(),
        doubled=(Counter(found.findings) - Counter(expected.findings)).total(),
    )
    if not outcome.lost and not outcome.doubled:
        pairs = zip(found.findings, expected.findings, strict=True)
        outcome.reordered = sum(one != other for one, other in pairs)
    places = {entry: place for place, entry in enumerate(expected.entries)}
    said = set(found.findings)
    for place, entry in enumerate(found.entries):
        if entry in said and entry in places:
            outcome.early += place < places[entry]
            outcome.late += place > places[entry]
    return outcome


def folds(journals: Sequence[Sequence[bytes]], left_out: Mapping[str, bytes]) -> list[Said]:
    """What plain folds of all partitions say."""
    return [plain_fold(number, journal, left_out) for number, journal in enumerate(journals)]


def note(
    host: str, fault: str, times: int, expected: Sequence[Said], found: Sequence[Said]
) -> None:
    """Hold what was said to plain folds of the same journals, and add a row to the table."""
    total, findings = Outcome(), 0
    for one, other in zip(found, expected, strict=True):
        total.add(compared(one, other))
        findings += len(other.findings)
    _add(host, fault, times, findings, total)
    assert total.is_exact, total
    assert [each.root for each in found] == [each.root for each in expected]
    assert [each.entries for each in found] == [each.entries for each in expected]


def note_refused(host: str, fault: str) -> None:
    """Add a row for a fault that is refused before anything happens."""
    _add(host, fault, 1, 0, Outcome())


def _add(host: str, fault: str, times: int, findings: int, outcome: Outcome) -> None:
    row = ROWS.setdefault((host, fault), Row())
    row.times += times
    row.findings += findings
    row.outcome.add(outcome)


def shown() -> list[str]:
    """The table, line by line."""
    counts = [each.name for each in fields(Outcome)]
    lines = [f"{'host':9} {'fault':56} times findings {' '.join(counts)}"]
    for (host, fault), row in ROWS.items():
        told = " ".join(f"{getattr(row.outcome, name):{len(name)}}" for name in counts)
        lines.append(f"{host:9} {fault:56} {row.times:5} {row.findings:8} {told}")
    return lines
