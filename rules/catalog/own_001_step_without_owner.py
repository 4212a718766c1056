"""Somebody answers for every step that decides or acts by itself."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, ActorKind, Event, called
from rules.finding import Severity
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, rule

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
)
def step_without_owner(file: CaseFile) -> Iterator[Answer]:
    """A workflow decided or acted by itself, and nobody is named who answers for that.

    Fires when: an automatic approval, or a step that a machine took, belongs to a workflow whose
    owner its source tells, and tells to be nobody (an empty name), and the machine has none.

    Stays quiet when: a person took the step; the workflow's step or the machine has an owner;
    policy lists the workflow, the step or the extension as its vendor's
    (`ownership.vendor_steps`), or demands no owner (`ownership.owner_for`); an exception is
    recorded. Where no source says in which workflow the step ran, or a source does not tell
    owners at all, the answer is: cannot tell.

    Withdrawn by: an owner that becomes known late for the moment at which the step ran.

    Next step: have the team that runs the workflow name an owner; until then treat its decisions
    as nobody's.
    """
    if not file.is_demanded(file.policy.ownership.owner_for):
        return
    seen: set[tuple[str, ...]] = set()
    for event in file.path.events:
        if not _is_automatic(event) or event.action not in _STEPS or _has_owner(event):
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
