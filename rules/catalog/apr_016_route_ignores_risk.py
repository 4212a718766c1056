"""A route asks more of access that is privileged."""

from collections import defaultdict
from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

from rules.events import MACHINES, Action, Event
from rules.facts import is_privileged, name_of_person
from rules.finding import Severity
from rules.rule import EVIDENCE_MAX, Answer, Breach, CannotTell, CaseFile, Scope, SetAside, rule
from rules.windows import by_window

_DECIDING = (Action.APPROVED, Action.AUTO_APPROVED)


@rule(
    id="APR-016",
    title="The route does not look at the risk",
    severity=Severity.MEDIUM,
    severity_privileged=Severity.HIGH,
    controls=(
        "CSF PR.AA-05",
        "CSF ID.RA-07",
        "53 AC-3",
        "53 AC-6",
        "53 AC-6(1)",
        "ISO A.5.15",
        "ISO A.5.18",
        "TSC CC6.3",
    ),
    concerns=set(_DECIDING),
    needs=(frozenset(_DECIDING),),
    scope=Scope.WORKFLOW,
)
def route_ignores_risk(file: CaseFile) -> Iterator[Answer]:
    """Privileged access is decided by the very route that decides about ordinary access.

    Fires when: within one window (`patterns.window`) of one workflow at least
    `static_route.cases_min` privileged and as many ordinary cases were decided, all of them by the
    same stages and number of approvers, some approver decided about both kinds, and policy asks
    for more approvers of privileged access (`approvals.quorum_privileged`) than that.

    Stays quiet when: the routes differ in stages, number or people; the one route is already as
    strict as policy asks for privileged access, which is counted as set aside; an exception is
    recorded. Where too few cases of a kind were decided, or nobody says what is privileged, the
    answer is: cannot tell.

    Withdrawn by: further stages or approvers of these cases that are reported late.

    Next step: give privileged access a stage of its own in the workflow; decide about these again.
    """
    for begin, facts in by_window(file.path.steps(*_DECIDING), file.policy.patterns.window):
        yield from _looked_at(file, begin, _cases(facts))


class _Case(NamedTuple):
    """How one case was decided."""

    facts: list[Event]
    is_privileged: bool
    stages: tuple[str, ...]
    people: frozenset[str]

    @property
    def shape(self) -> tuple[tuple[str, ...], int]:
        """What is the same for cases that took one route."""
        return self.stages, len(self.people)


def _cases(facts: list[Event]) -> list[_Case]:
    by_case: dict[str, list[Event]] = defaultdict(list)
    for fact in facts:
        by_case[fact.case or ""].append(fact)
    return [
        _Case(
            facts=each,
            is_privileged=any(is_privileged(fact.entitlement) for fact in each),
            stages=tuple(sorted({fact.stage or fact.action for fact in each})),
            people=frozenset(
                name_of_person(fact.actor, fact.source)
                for fact in each
                if fact.actor is not None and fact.actor.kind not in MACHINES
            ),
        )
        for each in by_case.values()
    ]


def _looked_at(file: CaseFile, begin: datetime, cases: list[_Case]) -> Iterator[Answer]:
    privileged = [each for each in cases if each.is_privileged]
    ordinary = [each for each in cases if not each.is_privileged]
    least = file.policy.static_route.cases_min
    if len(privileged) < least or len(ordinary) < least:
        yield CannotTell(
            f"{len(privileged)} privileged and {len(ordinary)} ordinary cases from "
            f"{begin:%Y-%m-%d} on are too few to say"
        )
        return
    shapes = {each.shape for each in cases}
    if len(shapes) > 1 or not _shared(privileged, ordinary):
        return
    _, people = shapes.pop()
    wanted = file.policy.approvals.quorum_privileged
    if people >= wanted:
        yield SetAside(f"its one route has {people} approvers, as privileged access needs")
        return
    facts = [fact for each in privileged for fact in each.facts][:EVIDENCE_MAX]
    yield Breach(
        f"{file.case} decided {len(privileged)} privileged and {len(ordinary)} ordinary cases "
        f"by one and the same route of {people} approvers from {begin:%Y-%m-%d} on; policy wants "
        f"{wanted} where access is privileged",
        evidence=tuple(fact.id for fact in facts),
        parties=(),
        at=privileged[least - 1].facts[-1].occurred_at,
        subject=f"{begin:%Y-%m-%d}",
        privileged=True,
    )


def _shared(privileged: list[_Case], ordinary: list[_Case]) -> bool:
    """Whether anybody, or nobody at all, decides about both kinds, of as many people each."""
    one = frozenset[str]().union(*(each.people for each in privileged))
    two = frozenset[str]().union(*(each.people for each in ordinary))
    return bool(one & two) or not one
