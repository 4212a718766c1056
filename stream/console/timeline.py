"""A decision path as a timeline: each step with who, what, on what grounds, and what it shows."""

from collections.abc import Iterator, Sequence
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from rules.catalog.whk_001_webhook_not_logged import paired
from rules.events import Action, Event, called
from rules.finding import Finding
from rules.narrative import Narrative, call_of
from rules.rule import CaseFile
from rules.words import printable, span


class Look(StrEnum):
    """Of which sort a step is, for the eye."""

    ASKED = "asked"
    EVIDENCE = "evidence"
    DECIDED = "decided"
    GIVEN = "given"
    TAKEN = "taken"
    CALL = "call"
    OTHER = "other"


_LOOKS = {
    Look.ASKED: (Action.REQUESTED, Action.AMENDED, Action.WITHDRAWN, Action.CANCELLED),
    Look.EVIDENCE: (Action.EVIDENCED, Action.EVIDENCE_VIEWED),
    Look.DECIDED: (
        Action.APPROVED,
        Action.DENIED,
        Action.DECIDED,
        Action.AUTO_APPROVED,
        Action.BYPASSED,
        Action.CERTIFIED,
        Action.REVIEWED,
        Action.EXCEPTION_GRANTED,
    ),
    Look.GIVEN: (Action.PROVISIONED, Action.CHANGED_OUTSIDE, Action.EMERGENCY_ACTIVATED),
    Look.TAKEN: (Action.REVOKED, Action.EXPIRED, Action.EMERGENCY_ENDED, Action.EXCEPTION_ENDED),
    Look.CALL: (Action.STEP_INVOKED, Action.STEP_RECORDED),
}
LOOK_OF = {action: look for look, actions in _LOOKS.items() for action in actions}


class Step(NamedTuple):
    """One step: when, what happened, what more is known, what it brought, what it shows."""

    number: int
    at: datetime
    after: str | None
    look: Look
    action: str
    who: str | None
    what: str
    more: tuple[str, ...]
    evidence: tuple[tuple[str, str], ...]
    event: Event
    shown_by: tuple[Finding, ...]


class Call(NamedTuple):
    """One webhook or script: who tells of it as it went out, and who as it came in."""

    what: str
    sent: tuple[Step, ...]
    received: tuple[Step, ...]


def steps_of(file: CaseFile, standing: Sequence[Finding]) -> list[Step]:
    """The steps in order; `standing` are the findings that have not been withdrawn."""
    narrative = Narrative(file)
    steps = []
    before: datetime | None = None
    told = zip(file.path.events, narrative.sentences(), strict=True)
    for number, (event, (what, *more)) in enumerate(told, 1):
        steps.append(
            Step(
                number=number,
                at=event.occurred_at,
                after=None if before is None else span(event.occurred_at - before),
                look=LOOK_OF.get(event.action, Look.OTHER),
                action=event.action.replace("_", " "),
                who=printable(called(event.actor)) if event.actor else None,
                what=printable(what),
                more=tuple(map(printable, more)),
                evidence=tuple(_evidence(event)),
                event=event,
                shown_by=tuple(each for each in standing if event.id in each.evidence),
            )
        )
        before = event.occurred_at
    return steps


def _evidence(event: Event) -> Iterator[tuple[str, str]]:
    for each in event.evidence:
        yield printable(each.kind), printable(each.ref or each.digest or "")


def calls_of(file: CaseFile, steps: Sequence[Step]) -> list[Call]:
    """Every call with both its sides, as far as there are two."""
    sent = [each for each in steps if each.event.action is Action.STEP_INVOKED]
    received = [each for each in steps if each.event.action is Action.STEP_RECORDED]
    calls: list[Call] = []
    explained: set[int] = set()
    for step in sent:
        others = tuple(each for each in received if paired(step.event, each.event, file))
        explained.update(each.number for each in others)
        calls.append(Call(printable(call_of(step.event)), (step,), others))
    alone = (each for each in received if each.number not in explained)
    return [*calls, *(Call(printable(call_of(each.event)), (), (each,)) for each in alone)]
