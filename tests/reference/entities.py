"""The slow, obvious judge of entities: every fact of everybody, gathered anew from all cases."""

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import datetime

from rules.catalog import CATALOG
from rules.events import Event
from rules.facts import Stake, depends_on_stake, filled_in, stake_of, told_to
from rules.finding import Finding
from rules.history import History as Facts
from rules.path import DecisionPath
from rules.policy import Policy
from rules.rule import Answer, Breach, CaseFile, Rule, Scope
from rules.verdict import Verdict
from tests.reference.evaluator import (
    History,
    Judgement,
    Time,
    aside_of,
    by_case,
    evaluate,
    excused,
    finding_of,
    verdict_of,
)

Entity = tuple[Scope, str | None, str]


def evaluate_all(history: History, catalog: Sequence[Rule] = CATALOG) -> Judgement:
    """Judge a whole history: cases, and the entities behind them."""
    cases = evaluate(history, catalog)
    time = Time(history)
    if time.latest is None:
        return cases
    findings = dict(cases.findings)
    verdicts: dict[str, dict[str, Verdict]] = {}
    for (scope, tenant, name), facts in _gathered(history).items():
        file = CaseFile(
            reported=time.reported,
            tells=time.tells,
            policy=history.policy,
            heard=time.heard,
            scope=scope,
        )
        file.tenant, file.case, file.path, file.now = tenant, name, Facts(), time.latest
        for fact in facts:
            file.path.add(fact)
        for counts in history.counts:
            if (scope, counts.source) == (Scope.SOURCE, name):
                file.counted.take(counts)
        key = f"{scope}/{tenant or ''}\x1f{name}"
        said, aside = verdicts.setdefault(key, {}), cases.aside.setdefault(key, {})
        for rule, answers, found in _asked(catalog, file, time, history.policy):
            said[rule] = verdict_of(answers, time, history.policy)
            aside[rule] = aside_of(answers)
            findings.update({each.finding: each for each in found})
    return replace(cases, findings=findings, of_entities=verdicts)


def _asked(
    catalog: Sequence[Rule], file: CaseFile, time: Time, policy: Policy
) -> Iterable[tuple[str, list[Answer], list[Finding]]]:
    told = {fact.action.value for fact in file.path.events}
    for rule in catalog:
        for pattern in rule.patterns:
            if pattern.scope is file.scope and all(told & need for need in pattern.needs):
                answers = [excused(rule, file, answer) for answer in pattern.ask(file)]
                breaches = [answer for answer in answers if isinstance(answer, Breach)]
                found = [finding_of(rule, file, breach) for breach in breaches]
                yield (
                    rule.id,
                    answers,
                    [each for each in found if each.at >= _open_since(time.latest, policy)],
                )


def _open_since(now: datetime | None, policy: Policy) -> datetime:
    """The window that it is now, and the one before: what is older is settled."""
    assert now is not None
    window = policy.patterns.window
    begin = datetime.fromisoformat("1970-01-01T00:00:00+00:00")
    return begin + ((now - begin) // window - 1) * window


def _gathered(history: History) -> dict[Entity, list[Event]]:
    """Everybody's facts; every source that is known is somebody, even if nothing is told of it."""
    gathered: dict[Entity, list[Event]] = {
        (Scope.SOURCE, None, each.source): [] for each in history.sources
    }
    for (tenant, _), events in by_case(history).items():
        path = DecisionPath(events)
        stake = stake_of(path.whole())
        for event in path.events:
            for scope, name in told_to(event, stake, history.policy):
                of = None if scope is Scope.SOURCE else tenant
                gathered.setdefault((scope, of, name), []).append(_filled(event, stake))
    return gathered


def _filled(event: Event, stake: Stake) -> Event:
    """A fact says what its case knows where the event itself does not."""
    if not depends_on_stake(event):
        return event
    return replace(event, **filled_in(event, stake))
