"""What a webhook does is told by both sides."""

from collections.abc import Iterator
from datetime import datetime

from rules.events import Action, Event
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, SetAside, rule

_INVOKED = frozenset({Action.STEP_INVOKED})
_RECORDED = frozenset({Action.STEP_RECORDED})


@rule(
    id="WHK-001",
    title="Webhook acted but was not logged",
    severity=Severity.HIGH,
    controls=(
        "CSF PR.PS-04",
        "CSF DE.CM-09",
        "53 AU-12",
        "53 AU-2",
        "ISO A.8.15",
        "TSC CC7.2",
        "NHI NHI3:2025",
    ),
    concerns={Action.STEP_INVOKED, Action.STEP_RECORDED},
    needs=(frozenset({Action.STEP_INVOKED, Action.STEP_RECORDED}),),
)
def webhook_not_logged(file: CaseFile) -> Iterator[Answer]:
    """One side of a call is on record and the other is not.

    Fires when: a gateway or receiver saw a call that no workflow step explains, or a workflow
    tells of a call that no gateway saw, and every source that could bring the other side has
    reported past the time in which the two belong together (`webhooks.pair_within`).

    Stays quiet when: the two share an invocation id or, where one of them has none (retries), a
    destination or extension within that time; the destination is ignored by policy; no source
    tells the other side at all, or within that time it tells of a call of the same case by nothing
    that this side tells as well (then the answer is: cannot tell).

    Withdrawn by: the other side's report, when it comes late.

    Next step: find out from the gateway who called and what it changed; if no workflow owns the
    call, treat its credentials as leaked.
    """
    path = file.path
    invoked, recorded = path.steps(Action.STEP_INVOKED), path.steps(Action.STEP_RECORDED)
    for call in invoked:
        yield from _other_side(file, call, recorded, _RECORDED)
    for call in recorded:
        yield from _other_side(file, call, invoked, _INVOKED)


def _other_side(
    file: CaseFile, call: Event, others: list[Event], awaiting: frozenset[Action]
) -> Iterator[Answer]:
    for other in others:
        if paired(call, other, file):
            return
    due = call.occurred_at + file.policy.webhooks.pair_within
    destination = call.step.destination if call.step else None
    if destination and destination.startswith(file.policy.webhooks.ignored_destinations):
        yield SetAside("policy ignores calls to this destination")
    elif not file.reached(due, awaiting):
        yield AskAgain(due, awaiting)
    elif unlike := _incomparable(call, others, file):
        yield CannotTell(
            f"{call.source} and {unlike.source} name a call by nothing that both tell, so whether "
            "theirs is one call can not be told"
        )
    else:
        yield _breach(call, due)


def paired(call: Event, other: Event, file: CaseFile) -> bool:
    """Whether two reports, one of each side, are of one call."""
    one, two = call.step, other.step
    if one is None or two is None:
        return False
    if one.invocation and two.invocation:
        return one.invocation == two.invocation
    near = _is_near(call, other, file)
    same = one.destination is not None and one.destination == two.destination
    return near and (same or (one.extension is not None and one.extension == two.extension))


def _is_near(call: Event, other: Event, file: CaseFile) -> bool:
    return abs(call.occurred_at - other.occurred_at) <= file.policy.webhooks.pair_within


def _incomparable(call: Event, others: list[Event], file: CaseFile) -> Event | None:
    """Find a report near in time that shares no field with this one, and is of no other call."""
    told, own_side = _told(call), file.path.steps(call.action)
    for other in others:
        is_unlike = told and _told(other) and not told & _told(other)
        if not is_unlike or not _is_near(call, other, file):
            continue
        if not any(paired(each, other, file) for each in own_side):
            return other
    return None


def _told(call: Event) -> frozenset[str]:
    """By which fields a report says which call it is of."""
    step = call.step
    if step is None:
        return frozenset()
    named = {
        "invocation": step.invocation,
        "destination": step.destination,
        "extension": step.extension,
    }
    return frozenset(field for field, value in named.items() if value is not None)


def _breach(call: Event, due: datetime) -> Breach:
    step = call.step
    what = (step.destination or step.extension or step.invocation if step else None) or "a place"
    at = f"{call.occurred_at:%Y-%m-%d %H:%M:%SZ}"
    if call.action is Action.STEP_RECORDED:
        summary = f"{call.source} saw a call to {what} at {at} that no workflow has logged"
    else:
        summary = f"{call.source} says it called {what} at {at}, and no gateway saw the call"
    return Breach(summary, evidence=(call.id,), parties=(call.actor,), at=due)
