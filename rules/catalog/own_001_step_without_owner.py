"""Somebody answers for every step that decides or acts by itself."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, ActorKind, Event, called
from rules.finding import Severity
from rules.moot import unless_shown
from rules.policy import Demand
from rules.rule import (
    Answer,
    AskAgain,
    Breach,
    CannotTell,
    CaseFile,
    Pattern,
    Scope,
    SetAside,
    groups_of,
    rule,
)
from rules.shown import BY_MACHINE

_STEPS = frozenset(
    {
        Action.APPROVED,
        Action.DENIED,
        Action.AUTO_APPROVED,
        Action.PROVISIONED,
        Action.REVOKED,
        Action.STEP_INVOKED,
    }
)
_ASSIGNED = frozenset({Action.OWNER_ASSIGNED})


def workflow_left_alone(file: CaseFile) -> Iterator[Answer]:
    """Ask of a workflow: whoever answered for it left, and nobody took over."""
    asked = file.policy.ownership
    for left in file.path.steps(Action.OWNER_LEFT):
        is_privileged = bool(left.entitlement and left.entitlement.privileged)
        if asked.owner_for is Demand.NONE or (
            asked.owner_for is Demand.PRIVILEGED and not is_privileged
        ):
            continue
        due = left.occurred_at + asked.replace_within
        if any(
            left.occurred_at <= each.occurred_at <= due
            for each in file.path.steps(Action.OWNER_ASSIGNED)
        ):
            continue
        if file.case in asked.vendor_steps:
            yield SetAside(f"its vendor answers for {file.case}")
        elif not file.reached(due, _ASSIGNED):
            yield AskAgain(due, _ASSIGNED)
        else:
            yield Breach(
                f"whoever answered for workflow {file.case} left at "
                f"{left.occurred_at:%Y-%m-%d %H:%M:%SZ}, and nobody took over by "
                f"{due:%Y-%m-%d %H:%M:%SZ}",
                evidence=(left.id,),
                parties=(left.assignee,),
                at=due,
                privileged=is_privileged,
            )


@rule(
    id="OWN-001",
    title="Automated step without a named owner",
    severity=Severity.MEDIUM,
    severity_privileged=Severity.HIGH,
    controls=(
        "CSF GV.RR-02",
        "53 CM-3",
        "53 AC-2",
        "ISO A.5.2",
        "ISO A.8.32",
        "TSC CC8.1",
        "AI GOVERN 2.1",
        "AI GOVERN 3.2",
    ),
    concerns=_STEPS,
    needs=(_STEPS,),
    matters=lambda event, _policy: _is_automatic(event),
    moot=unless_shown(BY_MACHINE, Action.AUTO_APPROVED, Action.STEP_INVOKED),
    patterns=(
        Pattern(scope=Scope.WORKFLOW, needs=groups_of(Action.OWNER_LEFT), ask=workflow_left_alone),
    ),
)
def step_without_owner(file: CaseFile) -> Iterator[Answer]:
    """A workflow decided or acted by itself, and nobody is named who answers for that.

    Fires when: an automatic approval, or a step that a machine took, belongs to a workflow whose
    owner its source tells, and tells to be nobody (an empty name), and the machine has none. Or
    the owner of a workflow left and, once every source that tells of owners has reported past
    `ownership.replace_within` after that, nobody had been named in their place.

    Stays quiet when: a person took the step; the workflow's step or the machine has an owner;
    policy lists the workflow, the step or the extension as its vendor's
    (`ownership.vendor_steps`), or demands no owner (`ownership.owner_for`; of an owner that left
    the right that was named with it counts); somebody took over in time; an exception is
    recorded. Where no source says in which workflow the step ran, or a source does not tell
    owners at all, the answer is: cannot tell.

    Withdrawn by: an owner that becomes known late for the moment at which the step ran; a new
    owner, named in time, that becomes known late.

    Next step: have the team that runs the workflow name an owner; until then treat its decisions
    as nobody's.
    """
    if not file.is_demanded(file.policy.ownership.owner_for):
        return
    seen: set[tuple[str, ...]] = set()
    for event in file.path.events:
        if event.action not in _STEPS or not _is_automatic(event) or _has_owner(event):
            continue
        step = _step(event)
        if step in seen:
            continue
        seen.add(step)
        yield _ownerless(file, event, step)


def _is_automatic(event: Event) -> bool:
    kind = event.actor.kind if event.actor is not None else None
    if event.action is Action.AUTO_APPROVED or kind in MACHINES:
        return True
    return event.action is Action.STEP_INVOKED and kind is not ActorKind.HUMAN


def _has_owner(event: Event) -> bool:
    return bool(
        (event.workflow is not None and event.workflow.owner)
        or (event.actor is not None and event.actor.owner)
    )


def _step(event: Event) -> tuple[str, ...]:
    """Name what is owned: a step of a workflow, told apart from others by one event of each."""
    workflow, step = event.workflow, event.step
    return (
        event.source,
        event.action,
        (workflow.id if workflow else "") or "",
        (workflow.step if workflow else "") or "",
        (step.extension if step else "") or "",
    )


def _ownerless(file: CaseFile, event: Event, names: tuple[str, ...]) -> Answer:
    for vendors in file.policy.ownership.vendor_steps:
        if vendors in names[2:]:
            return SetAside(f"its vendor answers for {vendors}")
    workflow = event.workflow
    if workflow is None:
        return CannotTell(
            f"{event.source} does not say which workflow let {called(event.actor)} act"
        )
    if workflow.owner is None:
        return CannotTell(f"{event.source} does not say who owns workflow {workflow.id}")
    step = f'step "{workflow.step}" of workflow' if workflow.step else "workflow"
    return Breach(
        f'{step} {workflow.id} did "{event.action.replace("_", " ")}" by itself, and nobody is '
        "named who answers for it",
        evidence=(event.id,),
        parties=(event.actor,),
        subject="\x1f".join(names),
    )
