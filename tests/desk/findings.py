"""Findings to deliver, told by hand or drawn at random, and the log they lie in."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise

from hypothesis import strategies as st

from rules.finding import Change, Finding, Severity
from rules.machines.contract import Record
from stream import canonical

NOON = datetime(2026, 11, 24, 12, tzinfo=UTC)

OPENED = Finding(
    finding="APR-001-0011223344556677",
    number=1,
    change=Change.OPENED,
    rule="APR-001",
    rule_version=1,
    severity=Severity.HIGH,
    title="Approved own request",
    tenant="acme",
    case="REQ-7",
    at=NOON,
    evidence=("REQ-7-1", "REQ-7-2"),
    who=("Ann Ng",),
    summary="Ann Ng approved her own request for Payments operator",
    next_step="Ask somebody else of the team to decide again, then revoke or keep.",
    controls=("NIST CSF 2.0 PR.AA-05", "NIST SP 800-53 AC-5"),
    policy="built-in-1",
    source="iga/acme",
    workflow="wf-access",
)


def changed(finding: Finding, change: Change, **told: object) -> Finding:
    """The next change in a finding's life, a minute later."""
    later = {"number": finding.number + 1, "at": finding.at + timedelta(minutes=1), **told}
    return replace(finding, change=change, **later)  # type: ignore[arg-type]


def line(finding: Finding) -> bytes:
    """The finding as the log has it."""
    return canonical.write(finding)


def records(lines: Sequence[bytes], *, start: int = 0) -> list[Record]:
    """Lines as a partition of the log holds them."""
    return [Record(start + number, each) for number, each in enumerate(lines)]


@st.composite
def lives(draw: st.DrawFn) -> list[Finding]:
    """The lives of some findings, interleaved as a log interleaves them: each in its own order."""
    waiting = [draw(_life(f"APR-001-{number:016x}")) for number in range(draw(st.integers(1, 4)))]
    told = []
    while waiting := [life for life in waiting if life]:
        told.append(waiting[draw(st.integers(0, len(waiting) - 1))].pop(0))
    return told


@st.composite
def with_repeats(draw: st.DrawFn, told: Sequence[Finding]) -> list[Finding]:
    """The same, and some of them again at any later place."""
    repeated = list(told)
    for number in sorted(draw(st.sets(st.integers(0, len(told) - 1))), reverse=True):
        repeated.insert(draw(st.integers(number + 1, len(repeated))), told[number])
    return repeated


@st.composite
def chunks(draw: st.DrawFn, told: Sequence[bytes]) -> list[Sequence[bytes]]:
    """The same, cut anywhere."""
    cuts = sorted(draw(st.sets(st.integers(0, len(told)))) | {0, len(told)})
    return [told[start:end] for start, end in pairwise(cuts)]


@st.composite
def _life(draw: st.DrawFn, id: str) -> list[Finding]:
    cases = st.sampled_from(["REQ-7", "REQ-8"])
    life = [
        replace(OPENED, finding=id, case=draw(cases), tenant=draw(st.sampled_from(["a", None])))
    ]
    for _ in range(draw(st.integers(0, 2))):
        severity = draw(st.sampled_from(Severity))
        life.append(changed(life[-1], Change.UPDATED, severity=severity, because="late evidence"))
    end = draw(st.sampled_from([None, Change.CONFIRMED, Change.WITHDRAWN]))
    if end is not None:
        life.append(changed(life[-1], end, because="the case is settled"))
    if end is Change.WITHDRAWN and draw(st.booleans()):
        life.append(changed(life[-1], Change.OPENED))
    return life
