"""A case takes every step of its workflow, in their order, and comes to an end."""

from collections.abc import Iterator
from datetime import datetime

from rules.events import Action, Event
from rules.finding import Severity
from rules.moot import unless_asked
from rules.rule import Answer, AskAgain, Breach, CaseFile, SetAside, rule
from rules.terms import Route

_BEGINS = frozenset(
    {
        Action.REQUESTED,
        Action.APPROVED,
        Action.AUTO_APPROVED,
        Action.DENIED,
        Action.PROVISIONED,
        Action.STEP_INVOKED,
    }
)
_BROKEN_OFF = (Action.DENIED, Action.WITHDRAWN, Action.CANCELLED, Action.EXPIRED)
_ACTIONS = frozenset(Action)


@rule(
    id="EVD-003",
    title="Decision path has a hole",
    severity=Severity.HIGH,
    controls=(
        "CSF PR.PS-04",
        "CSF DE.AE-03",
        "53 AU-12",
        "53 AU-12(1)",
        "53 AU-3",
        "ISO A.8.15",
        "ISO A.5.28",
        "TSC CC7.2",
    ),
    concerns=_ACTIONS,
    needs=(_BEGINS,),
    moot=unless_asked(lambda policy: policy.workflows),
)
def path_has_a_hole(file: CaseFile) -> Iterator[Answer]:
    """Steps that the workflow demands are missing or in the wrong order, or the case never ends.

    Fires when: policy lists the steps of the workflow (`workflows`, by our actions or its own
    step names), the last of them is on record, every source that could bring the others has
    reported past it, and a demanded one is missing or came after one that it belongs before; or
    the case has not ended `ends_within` after it began.

    Stays quiet when: policy lists no steps for the workflow and its version; the step is optional;
    two steps have one and the same time; the case was denied, withdrawn, cancelled or expired
    before its last step; it ran in two versions of the workflow, which is counted as set aside; an
    exception is recorded.

    Withdrawn by: the missing step, or the end, when it is reported late.

    Next step: find the step at its source: if it was taken, why was it not logged; if not, who let
    the case go on without it.
    """
    routes = [each for each in file.policy.workflows if each.id == file.path.workflow]
    if not routes:
        return
    versions = _versions(file)
    if len(versions) > 1:
        yield SetAside("the case ran in two versions of its workflow")
        return
    own = [each for each in routes if each.version in versions]
    for route in (own or [each for each in routes if each.version is None])[:1]:
        yield from _walked(file, route)


def _versions(file: CaseFile) -> set[str]:
    told = [each.workflow for each in file.path.events if each.workflow is not None]
    return {each.version for each in told if each.id == file.path.workflow and each.version}


def _taken(file: CaseFile, word: str) -> list[Event]:
    if word in _ACTIONS:
        return file.path.steps(Action(word))
    return [each for each in file.path.events if each.workflow and each.workflow.step == word]


def _awaited(word: str) -> frozenset[Action]:
    """What could bring a step: a step by the workflow's own name may be any action."""
    return frozenset({Action(word)}) if word in _ACTIONS else _ACTIONS


def _walked(file: CaseFile, route: Route) -> Iterator[Answer]:
    ends = _taken(file, route.steps[-1])
    if ends:
        yield from _holes(file, route, ends[0])
    elif route.ends_within is not None and not file.path.steps(*_BROKEN_OFF):
        yield _unended(file, route, file.path.opened_at + route.ends_within)


def _unended(file: CaseFile, route: Route, due: datetime) -> Answer:
    last = route.steps[-1]
    awaited = _awaited(last) | frozenset(_BROKEN_OFF)
    if not file.reached(due, awaited):
        return AskAgain(due, awaited)
    return Breach(
        f"the case about {file.path.what()} was to end by {due:%Y-%m-%d %H:%M:%SZ}, and its last "
        f'step "{last}" is not on record',
        evidence=(file.path.events[0].id,),
        at=due,
        subject="end",
    )


def _holes(file: CaseFile, route: Route, end: Event) -> Iterator[Answer]:
    before: Event | None = None
    for word in route.steps:
        taken = _taken(file, word)
        if not taken:
            if word not in route.optional:
                yield _missing(file, word, end)
            continue
        first = taken[0]
        if before is not None and first.occurred_at < before.occurred_at:
            yield Breach(
                f'"{word}" came before a step that it belongs after in workflow {route.id}',
                evidence=(first.id, before.id),
                parties=(first.actor, before.actor),
                subject=f"order\x1f{word}",
            )
        before = first


def _missing(file: CaseFile, word: str, end: Event) -> Answer:
    awaited = _awaited(word)
    if not file.reached(end.occurred_at, awaited):
        return AskAgain(end.occurred_at, awaited)
    return Breach(
        f'the case ended at {end.occurred_at:%Y-%m-%d %H:%M:%SZ} and its step "{word}" is not on '
        "record",
        evidence=(end.id,),
        parties=(end.actor,),
        at=end.occurred_at,
        subject=f"missing\x1f{word}",
    )
