"""Nobody makes a workflow ask less and then has it decide about their own access."""

from collections import defaultdict
from collections.abc import Iterator
from typing import NamedTuple

from rules.events import MACHINES, UNKNOWN, Action, Event, Party, Sameness, Told, called, sameness
from rules.facts import is_privileged, name_of_person
from rules.finding import Severity
from rules.policy import Policy
from rules.rule import (
    EVIDENCE_MAX,
    Answer,
    AskAgain,
    Breach,
    CannotTell,
    CaseFile,
    Scope,
    SetAside,
    rule,
)
from rules.windows import by_window

_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)
_DECIDED = frozenset({Action.APPROVED, Action.AUTO_APPROVED})
_AWAITED = frozenset({Action.APPROVED, Action.WORKFLOW_APPROVED})


@rule(
    id="CHG-002",
    title="Rule weakened, then used",
    severity=Severity.CRITICAL,
    controls=(
        "CSF PR.PS-01",
        "CSF DE.AE-03",
        "53 CM-3",
        "53 CM-6(2)",
        "53 AC-5",
        "ISO A.8.9",
        "ISO A.8.32",
        "TSC CC8.1",
        "TSC CC7.2",
        "ITGC PC",
    ),
    concerns={Action.WORKFLOW_PUBLISHED, Action.WORKFLOW_APPROVED, *_DECIDED},
    needs=(Action.WORKFLOW_PUBLISHED, _DECIDED),
    scope=Scope.WORKFLOW,
)
def weakened_then_used(file: CaseFile) -> Iterator[Answer]:
    """Somebody's new version of a workflow decided about their own access with less than before.

    Fires when: after somebody published a version, a request of theirs, or of the owner of the
    machine that published it, was decided by fewer people, or without a stage, than each of the
    cases before it in the same window (`patterns.window`), privileged ones compared with
    privileged; `changes.grace` after both has passed; and nobody else had approved that version.

    Stays quiet when: the request was decided with as much as before; somebody else approved that
    version by then, or the tenant is one for tests (`changes.test_tenants`), which is counted as
    set aside; an exception is recorded. Where fewer than `changes.cases_min` cases before it show
    what is usual, the publisher is not named, or nobody can say whether publisher and asker are one
    person, the answer is: cannot tell.

    Withdrawn by: further approvals of the request, or an approval of the version in time, that are
    reported late.

    Next step: put the version before it in force again, take back what this one decided for its
    publisher, and find out what else it decided.
    """
    steps = file.path.steps(Action.WORKFLOW_PUBLISHED, *_DECIDED)
    for _, facts in by_window(steps, file.policy.patterns.window):
        published = [each for each in facts if each.action is Action.WORKFLOW_PUBLISHED]
        if published:
            yield from _looked_at(file, published, _cases(facts))


class _Case(NamedTuple):
    """How one case was decided."""

    name: str
    facts: list[Event]

    @property
    def people(self) -> int:
        """How many people decided."""
        people = {
            name_of_person(fact.actor, fact.source)
            for fact in self.facts
            if fact.actor is not None and fact.actor.kind not in MACHINES
        }
        return len(people)

    @property
    def stages(self) -> frozenset[str]:
        """The stages in which it was decided, as far as they have names."""
        return frozenset(fact.stage for fact in self.facts if fact.stage)

    @property
    def is_privileged(self) -> bool:
        """Whether something privileged was decided about."""
        return any(is_privileged(fact.entitlement) for fact in self.facts)


def _version(event: Event) -> str | None:
    return event.workflow.version if event.workflow is not None else None


def _cases(facts: list[Event]) -> list[_Case]:
    by_case: dict[str, list[Event]] = defaultdict(list)
    for fact in facts:
        if fact.action in _DECIDED:
            by_case[fact.case or ""].append(fact)
    return [_Case(*each) for each in by_case.items()]


def _looked_at(file: CaseFile, published: list[Event], cases: list[_Case]) -> Iterator[Answer]:
    """Hold each case that follows a publication against those before that publication."""
    for case in cases:
        begun = case.facts[0].occurred_at
        versions = [each for each in published if each.occurred_at <= begun]
        if not versions:
            continue
        whose = _whose(versions[-1], case)
        if isinstance(whose, CannotTell):
            yield whose
        elif whose is not None:
            yield from _compared(file, versions[-1], case, cases)


def _whose(version: Event, case: _Case) -> CannotTell | Party | None:
    """Give who had published what decides about their own request; None: it is another's."""
    author, fact = version.actor, case.facts[0]
    asker = fact.beneficiary
    if asker is None:
        return None
    if author is None or _version(version) is None:
        return CannotTell(f"{version.source} does not say who published which version")
    if author.owner is not None and author.owner == asker.person:
        return author
    how = sameness(Told(author, version), Told(asker, fact))
    if how in UNKNOWN:
        return CannotTell("nobody can say whether who published a version also asked")
    return author if how in _ONE else None


def _compared(file: CaseFile, version: Event, case: _Case, cases: list[_Case]) -> Iterator[Answer]:
    before = [
        each
        for each in cases
        if each.facts[-1].occurred_at < version.occurred_at
        and each.is_privileged == case.is_privileged
    ]
    if len(before) < file.policy.changes.cases_min:
        yield CannotTell(f"{len(before)} cases before a version are too few to say what was usual")
        return
    less = _less(case, before)
    if less:
        yield _said(file, version, case, less)


def _less(case: _Case, before: list[_Case]) -> str:
    """Say what the case was decided without that every one before it had; nothing: no less."""
    people = min(each.people for each in before)
    stages = frozenset[str].intersection(*(each.stages for each in before)) - case.stages
    said = []
    if case.people < people:
        fewer = "one person" if case.people == 1 else f"{case.people} people"
        said.append(f"by {fewer} where it had always been at least {people}")
    if stages:
        said.append(f"without {', '.join(sorted(stages))}")
    return " and ".join(said)


def _said(file: CaseFile, version: Event, case: _Case, less: str) -> Answer:
    name = _version(version)
    if file.tenant is not None and file.tenant in file.policy.changes.test_tenants:
        return SetAside(f"{file.tenant} is a tenant for tests")
    agreed = _agreed(file.policy, file, version, case)
    if agreed is not None:
        return SetAside(f"{called(agreed)} approved version {name} of {file.case}")
    due = case.facts[-1].occurred_at + file.policy.changes.grace
    if not file.reached(due, _AWAITED):
        return AskAgain(due, _AWAITED)
    return Breach(
        f"{called(version.actor)} published version {name} of {file.case}, and then their own "
        f"request {case.name} was decided {less}",
        evidence=(version.id, *(fact.id for fact in case.facts[:EVIDENCE_MAX])),
        parties=(version.actor, *(fact.actor for fact in case.facts[:EVIDENCE_MAX])),
        at=due,
        subject=f"{version.source}\x1f{version.id}\x1f{case.name}",
        privileged=case.is_privileged,
    )


def _agreed(policy: Policy, file: CaseFile, version: Event, case: _Case) -> Party | None:
    """Give somebody else who approved the version in time."""
    due = version.occurred_at + policy.changes.grace
    asker = case.facts[0].beneficiary
    concerned = [Told(each, version) for each in (version.actor, asker) if each is not None]
    for each in file.path.steps(Action.WORKFLOW_APPROVED):
        is_of_it = _version(each) == _version(version)
        if each.actor is None or not is_of_it or each.occurred_at > due:
            continue
        if all(sameness(Told(each.actor, each), one) not in _ONE for one in concerned):
            return each.actor
    return None
