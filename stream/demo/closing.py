"""The last lines of the day as a person reads them: sums, places, and what to try next."""

import shlex
from collections import Counter
from collections.abc import Iterator
from enum import Enum, auto
from pathlib import Path

from rules.catalog import CATALOG
from rules.finding import Finding, Severity
from rules.verdict import Verdict
from stream.demo.chronicle import Chronicle
from stream.demo.directory import RAW
from stream.demo.page import Opening
from stream.demo.reference import ENTITLEMENTS, MACHINES, PEOPLE, POLICY
from stream.demo.summary import Aside, Summary
from stream.demo.vendors.entra import STREAM as ENTRA_STREAM
from stream.hosts.store import FILE
from stream.telling import decisions_text, sum_text


class Kind(Enum):
    """How a line is to be set: `VERBATIM` is there to be copied and must not be broken."""

    TITLE = auto()
    TEXT = auto()
    VERBATIM = auto()


Lines = Iterator[tuple[str, Kind]]

_WORST_FIRST = tuple(reversed(Severity))
_DESK_CASE = "AR-"


def closing(summary: Summary, chronicle: Chronicle, opening: Opening, program: str) -> Lines:
    """Give the closing lines. `program` is how foureyes was called."""
    directory = opening.directory
    sections = (
        ("What came of it", _sums(summary, chronicle, opening.raw_events), Kind.TEXT),
        ("Set aside by policy", _aside(summary.aside), Kind.TEXT),
        ("Decisions that broke a rule, of those it applied to", _rules(summary), Kind.TEXT),
        ("The record", _record(summary, directory), Kind.VERBATIM),
        ("Try next", _next(chronicle, directory, program), Kind.VERBATIM),
    )
    for number, (title, lines, kind) in enumerate(sections):
        if number:
            yield "", Kind.TEXT
        yield title, Kind.TITLE
        for line in lines:
            yield f"  {line}", kind


def _sums(summary: Summary, chronicle: Chronicle, raw_events: int) -> Iterator[str]:
    yield f"{raw_events:,} raw events came in, and some tell of several steps:"
    yield sum_text(summary.read, "read", summary.parts())
    yield decisions_text(summary.decisions)
    standing = sum(summary.severities.values())
    yield sum_text(
        standing + summary.withdrawn,
        "findings",
        {"standing": standing, "withdrawn": summary.withdrawn},
    )
    yield sum_text(standing, "standing", {each: summary.severities[each] for each in _WORST_FIRST})
    for untold in chronicle.untold:
        yield f"cannot tell: {untold['case']} ({untold['untold']}): {untold['reason']}"


def _aside(aside: tuple[Aside, ...]) -> Iterator[str]:
    """Count by reason; name the cases of a reason that is not everyday's."""
    counts = Counter(each.reason for each in aside)
    yield f"{len(aside):,} answers looked like breaches, and the policy says why they are none:"
    for reason, count in counts.most_common():
        where = [f"{each.case}, {each.rule}" for each in aside if each.reason == reason]
        yield f"{count:>5,}  {reason}" + (f" ({where[0]})" if count == 1 else "")


def _rules(summary: Summary) -> Iterator[str]:
    for rule in CATALOG:
        counts = summary.rules[rule.id]
        yield f"{rule.id}  {counts[Verdict.BROKEN]:>2} of {sum(counts.values()):>5,}  {rule.title}"


def _record(summary: Summary, directory: Path) -> Iterator[str]:
    for partition, size, root in summary.ledgers:
        yield f"partition {partition}: ledger of {size:,} entries, root {root}"
    yield f"{directory / FILE}: the record"
    yield f"{directory / RAW}/: what the sources sent, a file each"
    yield f"{directory}/: {POLICY}, {PEOPLE}, {MACHINES}, {ENTITLEMENTS}"


def _next(chronicle: Chronicle, directory: Path, program: str) -> Iterator[str]:
    def named(*words: str | Path) -> str:
        return shlex.join([program, *map(str, words)])

    yield named("explain", _worst(chronicle.standing()).case, "--data", directory)
    yield named("policy", "check", directory / POLICY)
    yield named(
        "replay",
        directory / RAW / f"{ENTRA_STREAM}.jsonl",
        "--source",
        ENTRA_STREAM,
        "--people",
        directory / PEOPLE,
        "--entitlements",
        directory / ENTITLEMENTS,
        "--policy",
        directory / POLICY,
    )


def _worst(standing: list[Finding]) -> Finding:
    """Choose what to look at first: the worst of what has a name that one can type."""
    return min(
        standing,
        key=lambda each: (
            not each.case.startswith(_DESK_CASE),
            _WORST_FIRST.index(each.severity),
            each.rule,
        ),
    )
