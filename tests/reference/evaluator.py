"""The slow, obvious judge: everything known at once, every rule asked once, no state, no timers.

Cases first; then, by `tests.reference.entities`, persons, workflows and so on.

Written from the docstrings and from rules.md, not from the machines. It takes a whole history,
sorts it, groups it by case and answers what a judge must have answered in the end, in whatever
order, pieces and repetitions it was told the same. Rules are pure, so they are asked as they are;
what is done with their answers is spelled out here a second time.
"""

import hashlib
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from rules.catalog import CATALOG
from rules.counted import Counts
from rules.events import UNLINKED_CASE, Action, ActorKind, Entitlement, Event, Party, called
from rules.finding import Change, Finding
from rules.machines.records import EVERY_SOURCE, SourceDeclared
from rules.path import DecisionPath, order
from rules.policy import Exemption, Policy
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, Rule, Scope, SetAside
from rules.shown import TOLD_TWICE
from rules.verdict import Verdict

CaseName = tuple[str | None, str]
Tick = tuple[str, dict[str, datetime]]


@dataclass(frozen=True, kw_only=True)
class LateFact:
    """What became known of an account or a right after it was mentioned.

    `since` says from when on (None: since ever) what was so, in the words of `Party` or
    `Entitlement`; `source` (None: any) and `where` (a namespace, a system) say of which.
    """

    account: str | None = None
    entitlement: str | None = None
    since: tuple[tuple[datetime | None, Mapping[str, Any]], ...]
    source: str | None = None
    where: str | None = None

    def at(self, moment: datetime) -> Mapping[str, Any]:
        """What was so at a moment."""
        held = [known for start, known in self.since if start is None or start <= moment]
        return held[-1]


@dataclass(frozen=True, kw_only=True)
class History:
    """All that was ever told, in any order and any number of times."""

    events: Sequence[Event]
    sources: Sequence[SourceDeclared]
    ticks: Sequence[Tick]
    policy: Policy
    facts: Sequence[LateFact] = ()
    """In the order in which they were told: of one account or right the last one counts."""
    counts: Sequence[Counts] = ()
    """What was counted of the sources, in any order."""
    joined: Sequence[tuple[CaseName, CaseName]] = ()
    """Cases that turned out to be one, in pairs."""


@dataclass(frozen=True, kw_only=True)
class Judgement:
    """What must stand in the end: the findings, and each rule's verdict about each case."""

    findings: dict[str, Finding]
    verdicts: dict[CaseName, dict[str, Verdict]]
    of_entities: dict[str, dict[str, Verdict]] = field(default_factory=dict)
    """By the entity's key, as far as it is known how late it is."""
    aside: dict[CaseName | str, dict[str, list[str]]] = field(default_factory=dict)
    """By case or entity's key and rule: why something was set aside."""


def comparable(finding: Finding) -> Finding:
    """A finding without its life: how often and why it changed is a matter of arrival."""
    return replace(finding, number=1, change=Change.OPENED, because=None)


def evaluate(history: History, catalog: Sequence[Rule] = CATALOG) -> Judgement:
    """Judge a whole history."""
    findings: dict[str, Finding] = {}
    verdicts: dict[CaseName, dict[str, Verdict]] = {}
    aside: dict[CaseName | str, dict[str, list[str]]] = {}
    time = Time(history)
    for name, events in by_case(history).items():
        file = CaseFile(reported=time.reported, tells=time.tells, policy=history.policy)
        file.tenant, file.case = name
        file.path = DecisionPath(events)
        verdicts[name], aside[name] = {}, {}
        for rule in catalog:
            if not _has_a_question(rule, file.path):
                continue
            answers = [excused(rule, file, answer) for answer in rule.ask(file)]
            verdicts[name][rule.id] = verdict_of(answers, time, history.policy)
            aside[name][rule.id] = aside_of(answers)
            for answer in answers:
                if isinstance(answer, Breach):
                    finding = finding_of(rule, file, answer)
                    findings[finding.finding] = finding
    return Judgement(findings=findings, verdicts=verdicts, aside=aside)


def _as_known(event: Event, facts: Sequence[LateFact]) -> Event:
    """An event as if everything had been known when it came."""
    accounts = {fact.account: fact for fact in facts if fact.account}
    rights = {fact.entitlement: fact for fact in facts if fact.entitlement}

    def known(party: Party | None) -> Party | None:
        if party is None or party.account not in accounts:
            return party
        return _party_as_known(party, event, accounts[party.account])

    right = event.entitlement
    if right is not None and right.id in rights:
        right = _right_as_known(right, event, rights[right.id])
    return replace(
        event,
        actor=known(event.actor),
        on_behalf_of=known(event.on_behalf_of),
        beneficiary=known(event.beneficiary),
        assignee=known(event.assignee),
        entitlement=right,
    )


def _party_as_known(party: Party, event: Event, fact: LateFact) -> Party:
    """Who stands behind it is what is known now; the kind that its source told stays."""
    if fact.source not in (None, event.source) or fact.where != party.namespace:
        return party
    known = fact.at(event.occurred_at)
    kind = known.get("kind", party.kind) if party.kind is ActorKind.UNKNOWN else party.kind
    return replace(
        party,
        kind=ActorKind(kind),
        person=known.get("person"),
        proof=known.get("proof"),
        owner=known.get("owner"),
    )


def _right_as_known(right: Entitlement, event: Event, fact: LateFact) -> Entitlement:
    """Of two risks the higher one; a name only where there was none."""
    if fact.source not in (None, event.source) or fact.where not in (None, right.system):
        return right
    known = fact.at(event.occurred_at)
    scale = (None, "low", "medium", "high", "critical")
    told, late = right.criticality, known.get("criticality")
    return replace(
        right,
        privileged=right.privileged or known.get("privileged", right.privileged),
        criticality=late if scale.index(late) > scale.index(told) else told,
        name=right.name if right.name is not None else known.get("name"),
    )


def by_case(history: History) -> dict[CaseName, list[Event]]:
    """Group by tenant and case: two tenants' cases of one name are two cases.

    Cases that turned out to be one are one from the beginning, under one of their names.
    """
    cases: dict[CaseName, list[Event]] = {}
    known = [_as_known(event, history.facts) for event in history.events]
    for event in sorted(known, key=order):
        assert event.case is not None
        name = called_at_last((event.tenant, event.case), history.joined)
        cases.setdefault(name, []).append(replace(event, case=name[1]))
    return cases


def called_at_last(name: CaseName, joined: Sequence[tuple[CaseName, CaseName]]) -> CaseName:
    """What a case is called when all is known: the name that comes first of all that it has.

    One that nobody gave, and that it only has because nobody named it, comes after all others.
    """
    names = {name}
    while more := {each for pair in joined if names & {*pair} for each in pair} - names:
        names |= more
    return min(names, key=lambda each: (each[1].startswith(UNLINKED_CASE), each[1]))


def _has_a_question(rule: Rule, path: DecisionPath) -> bool:
    """`needs`: each item one action, or several of which one is enough."""
    if rule.scope is not Scope.CASE:
        return False
    facts: set[str] = {event.action for event in path.events}
    if path.variants:
        facts.add(TOLD_TWICE)
    return all(facts & need for need in rule.needs)


class Time:
    """Up to when everybody has reported, from the last word on every lane."""

    def __init__(self, history: History) -> None:
        self._declared = _merged(history.sources)
        self._heard: dict[tuple[str, str], datetime] = {}
        for lane, until in history.ticks:
            for source, at in until.items():
                self._heard[lane, source] = max(at, self._heard.get((lane, source), at))

    @property
    def latest(self) -> datetime | None:
        """How late it is: the latest that a lane has come, together with its ways round the linker.

        What goes through the linker is reported in a lane called `<lane>><linker partition>`.
        """
        lanes = {lane for source in self._declared.values() for lane in source.lanes}
        ways: dict[str, set[str]] = {}
        for lane in lanes | {lane for lane, _ in self._heard}:
            ways.setdefault(lane.split(">")[0], set()).add(lane)
        come = [self._come(each) for each in ways.values()]
        return max((at for at in come if at is not None), default=None)

    def _come(self, ways: set[str]) -> datetime | None:
        """How far all ways of a lane have come; None while one of them has not been heard."""
        reached = []
        for way in ways:
            heard = [at for (lane, _), at in self._heard.items() if lane == way]
            if not heard:
                return None
            reached.append(max(heard))
        return min(reached)

    def heard(self, source: str) -> datetime | None:
        """Up to when one source has reported; None: it has not, or nobody knows it."""
        declared = self._declared.get(source)
        return None if declared is None else self._until(declared)

    def _until(self, source: SourceDeclared) -> datetime | None:
        """A source has reported up to the least of its lanes, and it has to be all of them.

        `"*"` speaks for every source of a lane, except for those that tell themselves; these have
        to speak in the lanes in which intake has heard them, and in all ways from there.
        """
        reached = []
        for lane in source.lanes:
            if source.told and source.heard_in and lane.split(">")[0] not in source.heard_in:
                continue
            own = self._heard.get((lane, source.source))
            if own is None and not source.told:
                own = self._heard.get((lane, EVERY_SOURCE))
            if own is None:
                return None
            reached.append(own)
        return min(reached, default=None)

    def reported(self, actions: frozenset[Action]) -> datetime | None:
        """Up to when all have reported that could bring one of `actions`; None: not all have."""
        bringing = [each for each in self._declared.values() if actions & set(each.carries)]
        reached = [self._until(each) for each in bringing]
        known = [at for at in reached if at is not None]
        return min(known) if known and len(known) == len(reached) else None

    def tells(self, source: str, field: str) -> bool:
        """Whether a source can carry a field; of one that nobody declared, nobody knows better."""
        return source not in self._declared or field in self._declared[source].tells


def _merged(sources: Iterable[SourceDeclared]) -> dict[str, SourceDeclared]:
    """What is declared of a source adds up."""
    merged: dict[str, SourceDeclared] = {}
    for each in sources:
        known = merged.get(each.source, each)
        merged[each.source] = replace(
            each,
            carries=(*known.carries, *each.carries),
            tells=(*known.tells, *each.tells),
            lanes=(*known.lanes, *each.lanes),
            heard_in=(*known.heard_in, *each.heard_in),
            told=known.told or each.told,
        )
    return merged


def verdict_of(answers: Sequence[Answer], time: Time, policy: Policy) -> Verdict:
    """A breach outweighs what is open, and that what nobody can tell.

    What waits for a source that is still silent `silence_patience` past the deadline is no longer
    open: nobody can tell. (It is asked again when the source returns: then it is not silent.)
    """
    if any(isinstance(answer, Breach) for answer in answers):
        return Verdict.BROKEN
    due = [answer.due for answer in answers if isinstance(answer, AskAgain)]
    if due:
        silent = time.latest is not None and min(due) + policy.silence_patience <= time.latest
        return Verdict.CANNOT_TELL if silent else Verdict.OPEN
    if any(isinstance(answer, CannotTell) for answer in answers):
        return Verdict.CANNOT_TELL
    return Verdict.HELD


def aside_of(answers: Sequence[Answer]) -> list[str]:
    """Why something looked like a breach and is none."""
    return [answer.reason for answer in answers if isinstance(answer, SetAside)]


def excused(rule: Rule, file: CaseFile, answer: Answer) -> Answer:
    """A recorded exception sets a breach aside; it excuses nothing else."""
    if isinstance(answer, Breach):
        for exemption in file.policy.exceptions:
            if exemption.rule == rule.id and _covers(exemption, file, answer):
                return SetAside(f"recorded exception of {exemption.owner}: {exemption.reason}")
    return answer


def _covers(exemption: Exemption, file: CaseFile, breach: Breach) -> bool:
    """Everything that an exception names must be so, and it ends on its day."""
    persons = {party.person for party in breach.parties if party}
    accounts = {party.account for party in breach.parties if party}
    rights = {event.entitlement.id for event in file.path.events if event.entitlement}
    return (
        _at(file, breach) < exemption.until
        and (exemption.person is None or exemption.person in persons)
        and (exemption.account is None or exemption.account in accounts)
        and (exemption.entitlement is None or exemption.entitlement in rights)
        and (exemption.workflow is None or exemption.workflow == _workflow(file.path.events))
    )


def finding_of(rule: Rule, file: CaseFile, breach: Breach) -> Finding:
    """What a finding must say, field by field (`rules.finding.Finding`)."""
    events = file.path.events
    about = [event for event in events if event.id == breach.evidence[0]]
    name = (rule.id, file.tenant or "", file.case, breach.subject or breach.evidence[0])
    digest = hashlib.sha256("\x1f".join(name).encode()).hexdigest()
    privileged = _is_privileged(events) if breach.privileged is None else breach.privileged
    return Finding(
        finding=f"{rule.id}-{digest[:16]}",
        number=1,
        change=Change.OPENED,
        rule=rule.id,
        rule_version=rule.version,
        severity=rule.severity_privileged if privileged else rule.severity,
        title=rule.title,
        tenant=file.tenant,
        case=file.case,
        at=_at(file, breach),
        evidence=breach.evidence,
        who=_who(breach.parties),
        summary=breach.summary,
        next_step=rule.guidance["Next step"],
        controls=rule.controls,
        policy=file.policy.version,
        source=about[0].source if about else file.case,
        workflow=_workflow(events) if file.scope is Scope.CASE else None,
        entity=None if file.scope is Scope.CASE else str(file.scope),
        shadow=True if rule.id in file.policy.shadow else None,
    )


def _at(file: CaseFile, breach: Breach) -> datetime:
    """The deadline that passed, or the last event of the evidence."""
    times = [event.occurred_at for event in file.path.events if event.id in breach.evidence]
    return breach.at or max(times)


def _who(parties: Iterable[Party | None]) -> tuple[str, ...]:
    names: list[str] = []
    for party in parties:
        if party is not None and called(party) not in names:
            names.append(called(party))
    return tuple(names)


def _is_privileged(events: Iterable[Event]) -> bool:
    """Whether anybody has said that something privileged, or highly critical, is at stake."""
    rights = [event.entitlement for event in events if event.entitlement]
    return any(right.privileged or right.criticality in {"high", "critical"} for right in rights)


def _workflow(events: Iterable[Event]) -> str | None:
    """The first workflow that a step of the case names."""
    return next((event.workflow.id for event in events if event.workflow), None)
