"""Whoever approves has looked at what it is about."""

from collections.abc import Iterator
from datetime import timedelta

from rules.events import MACHINES, Action, Event, Sameness, Told, called, sameness
from rules.facts import is_privileged
from rules.finding import Severity
from rules.moot import unless_asked
from rules.rule import (
    EVIDENCE_MAX,
    Answer,
    Breach,
    CannotTell,
    CaseFile,
    Pattern,
    Scope,
    SetAside,
    groups_of,
    rule,
)
from rules.windows import by_window

_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)


def in_a_burst(file: CaseFile) -> Iterator[Answer]:
    """Ask of a person: so many approvals in so short a time that nobody can have looked."""
    approvals = file.path.steps(Action.APPROVED)
    if len(approvals) < file.policy.haste.burst_count:
        return
    for _, facts in by_window(approvals, file.policy.patterns.window):
        burst = _burst(file, facts)
        if burst:
            yield _bursting(file, burst)


def _burst(file: CaseFile, facts: list[Event]) -> list[Event]:
    """Find the first approvals that came too fast one after the other."""
    terms = file.policy.haste
    for last in range(terms.burst_count - 1, len(facts)):
        burst = facts[last - terms.burst_count + 1 : last + 1]
        if burst[-1].occurred_at - burst[0].occurred_at <= terms.burst_within:
            return burst
    return []


def _bursting(file: CaseFile, burst: list[Event]) -> Answer:
    times = {fact.occurred_at for fact in burst}
    # Half of them at one moment: a bulk decision, or a clock that tells time in steps.
    if len(times) <= len(burst) // 2:
        return SetAside("many approvals tell one and the same time")
    sources = {fact.source for fact in burst} & {*file.policy.haste.bulk_sources}
    if sources:
        return SetAside(f"{min(sources)} shows what a list of decisions is about")
    span = burst[-1].occurred_at - burst[0].occurred_at
    return Breach(
        f"{called(burst[0].actor)} approved {len(burst)} requests within {span}",
        evidence=tuple(fact.id for fact in burst[:EVIDENCE_MAX]),
        parties=(burst[0].actor,),
        at=burst[-1].occurred_at,
        privileged=any(is_privileged(fact.entitlement) for fact in burst),
    )


@rule(
    id="APR-013",
    title="Approved without looking",
    severity=Severity.LOW,
    severity_privileged=Severity.MEDIUM,
    controls=(
        "CSF DE.CM-03",
        "CSF GV.RR-02",
        "53 AU-6",
        "53 AC-6(7)",
        "ISO A.5.18",
        "TSC CC4.1",
        "TSC CC6.3",
        "AI MAP 3.5",
    ),
    # Any step may carry evidence.
    concerns=frozenset(Action),
    needs=(Action.APPROVED,),
    moot=unless_asked(lambda policy: policy.haste.least or policy.haste.views_told_by),
    patterns=(Pattern(scope=Scope.PERSON, needs=groups_of(Action.APPROVED), ask=in_a_burst),),
)
def approved_without_looking(file: CaseFile) -> Iterator[Answer]:
    """A person approved faster than anybody can read, or many at once, or with evidence unopened.

    Fires when: one person approved `haste.burst_count` requests within `haste.burst_within`; a
    person approved sooner after the request than `haste.least`; or there was evidence, the source
    tells who opens it (`haste.views_told_by`), and the approver had not.

    Stays quiet when: at least half of the approvals tell one and the same time, or their source
    shows what a list of decisions is about (`haste.bulk_sources`), which is counted as set aside;
    policy asks nothing of single decisions (the default); the approver is a machine (APR-005,
    APR-014); an exception is recorded. Where policy asks for a least time and no request tells
    when it was asked, the answer is: cannot tell.

    Withdrawn by: an earlier request, or the opening of the evidence, that is reported late.

    Next step: have the approver say what the decisions rested on, and sample some of them.
    """
    for approval in file.path.approvals:
        if approval.actor is None or approval.actor.kind in MACHINES:
            continue
        for answer in (_too_soon(file, approval), _unopened(file, approval)):
            if answer is not None:
                yield answer


def _too_soon(file: CaseFile, approval: Event) -> Answer | None:
    least = file.policy.haste.least
    if not least:
        return None
    asked = [
        each.occurred_at for each in file.path.requests if each.occurred_at <= approval.occurred_at
    ]
    if not asked:
        return CannotTell("no request tells when it was asked")
    taken = approval.occurred_at - asked[0]
    if taken >= least:
        return None
    return Breach(
        f"{called(approval.actor)} approved {file.path.what()} {_seconds(taken)} after the request",
        evidence=(approval.id,),
        parties=(approval.actor,),
        subject=f"soon\x1f{approval.source}\x1f{approval.id}",
    )


def _seconds(span: timedelta) -> str:
    return f"{span.total_seconds():g} seconds"


def _unopened(file: CaseFile, approval: Event) -> Answer | None:
    if approval.source not in file.policy.haste.views_told_by or approval.actor is None:
        return None
    before = [e for e in file.path.events if e.occurred_at <= approval.occurred_at]
    if not any(each.evidence for each in before if each is not approval):
        return None
    me = Told(approval.actor, approval)
    for view in before:
        if (
            view.action is Action.EVIDENCE_VIEWED
            and view.actor is not None
            and sameness(Told(view.actor, view), me) in _ONE
        ):
            return None
    return Breach(
        f"{called(approval.actor)} approved {file.path.what()} and had not opened the evidence",
        evidence=(approval.id,),
        parties=(approval.actor,),
        subject=f"unopened\x1f{approval.source}\x1f{approval.id}",
    )
