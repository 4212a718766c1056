"""The steps of a decision path, told one after the other in plain sentences."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta

from rules.events import Action, Event, Evidence, Party, Sameness, Told, called, sameness
from rules.rule import CaseFile
from rules.words import (
    WORDS,
    acting,
    after,
    backing,
    count,
    duration,
    listed,
    moment,
    quoted,
    right,
    risk,
    sentence,
    shortened,
    some,
    span,
)

LATE_AFTER = timedelta(minutes=5)
"""A report that takes longer than this to arrive is told with its delay."""

_DECISIONS = (Action.APPROVED, Action.DENIED, Action.AUTO_APPROVED, Action.BYPASSED)
_APPROVALS = (Action.APPROVED, Action.AUTO_APPROVED)
_HANDED = {
    Action.ASSIGNED: "given",
    Action.DELEGATED: "delegated",
    Action.ESCALATED: "escalated",
    Action.REASSIGNED: "handed over",
}
_CALLS = (Action.STEP_INVOKED, Action.STEP_RECORDED)
_AUTOMATIC = frozenset(
    {
        Action.AUTO_APPROVED,
        Action.ASSIGNED,
        Action.ESCALATED,
        Action.EXPIRED,
        Action.STEP_INVOKED,
    }
)
"""What a system does by itself: where nobody is named, its source is."""
_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)


class Narrative:
    """A path's steps, numbered from 1, and the sentences about each."""

    def __init__(self, file: CaseFile) -> None:
        self._file = file
        self._events = file.path.events
        self._numbers = {(e.source, e.id): n for n, e in enumerate(self._events, start=1)}
        self._described: set[str] = set()

    def steps(self) -> Iterator[str]:
        """Tell every step in order, each with the id under which the source knows it."""
        for event, told in zip(self._events, self.sentences(), strict=True):
            yield f"{' '.join(told)} (Event {event.id} of {event.source}.)"

    def sentences(self) -> Iterator[list[str]]:
        """Tell of every step in order what happened, and then what more is known of it."""
        before: datetime | None = None
        for event in self._events:
            yield [self._happened(event, before), *self._more(event)]
            before = event.occurred_at

    def step(self, event: Event) -> str:
        """Point at a step: "step 3"."""
        return f"step {self._numbers[event.source, event.id]}"

    def steps_named(self, ids: tuple[str, ...]) -> str:
        """Point at events by id: "steps 1 and 2". An id that two sources use is both."""
        numbers = sorted(number for (_, name), number in self._numbers.items() if name in ids)
        return f"{'step' if len(numbers) == 1 else 'steps'} {listed(map(str, numbers))}"

    # --- what happened ----------------------------------------------------------------------

    def _happened(self, event: Event, before: datetime | None) -> str:
        when = after(event.occurred_at, before)
        clause = WORDS[event.action].clause.format_map(_Filling(event))
        stage = f", at the stage {quoted(event.stage)}" if event.stage else ""
        return sentence(f"{when[0].upper()}{when[1:]}, {clause}{_extent(event)}{stage}")

    def _more(self, event: Event) -> Iterator[str]:
        yield from self._stake(event)
        if event.justification:
            yield f"The reason given: {quoted(event.justification)}."
        elif event.action is Action.REQUESTED and self._file.tells(event.source, "justification"):
            yield "No reason was given with it."
        yield from _said_with_it(event)
        if event.action in _DECISIONS:
            yield from self._grounds(event)
        elif event.action is Action.PROVISIONED:
            yield from self._basis(event)
        elif event.action is Action.REVOKED:
            yield from self._held_for(event)
        yield from _arrival(event)
        yield from self._variants(event)

    def _stake(self, event: Event) -> Iterator[str]:
        entitlement = event.entitlement
        if entitlement is None:
            return
        at_stake = risk(entitlement)
        if at_stake and f"{entitlement.id} {at_stake}" not in self._described:
            self._described.add(f"{entitlement.id} {at_stake}")
            yield f"{right(entitlement)} is {at_stake}."

    def _variants(self, event: Event) -> Iterator[str]:
        told = self._file.path.variants.get((event.source, event.id))
        if told:
            yield (
                f"{event.source} has told this event in {count(len(told), 'different way')}; "
                "this is the one that counts, and all of them stay in the record."
            )

    # --- on what grounds --------------------------------------------------------------------

    def _before(self, event: Event, *actions: Action) -> list[Event]:
        known = self._events[: self._numbers[event.source, event.id] - 1]
        return [each for each in known if not actions or each.action in actions]

    def _grounds(self, decision: Event) -> Iterator[str]:
        """Tell how the decision came to whoever took it, and what was on record by then."""
        yield from self._handed(decision)
        known = self._before(decision)
        grounds = self._reasons_in(known)
        grounds += self._evidence_in(known) or self._no_evidence(grounds)
        if grounds:
            yield f"On record at that moment: {some(grounds)}."
        elif self._can("justification") or self._can("evidence"):
            yield "At that moment neither a reason nor evidence was on record."
        else:
            yield "No source of this case can carry a reason or evidence."
        yield from self._looked(decision)

    def _reasons_in(self, known: list[Event]) -> list[str]:
        given: dict[str, list[str]] = {}
        for event in known:
            if event.justification:
                given.setdefault(event.justification, []).append(self.step(event))
        return [f"the reason {quoted(text)} ({some(steps)})" for text, steps in given.items()]

    def _evidence_in(self, known: list[Event]) -> list[str]:
        """Name each piece of evidence once, with the step that brought it."""
        brought: set[Evidence] = set()
        found = []
        for event in known:
            new = [piece for piece in event.evidence if piece not in brought]
            brought.update(new)
            if new or (event.action is Action.EVIDENCED and not event.evidence):
                found.append(f"{backing(new)} ({self.step(event)})")
        return found

    def _no_evidence(self, reasons: list[str]) -> list[str]:
        return ["no evidence"] if reasons and self._can("evidence") else []

    def _looked(self, decision: Event) -> Iterator[str]:
        """Tell whether whoever decided is known to have looked at the evidence before."""
        viewed = [
            self.step(event)
            for event in self._before(decision, Action.EVIDENCE_VIEWED)
            if event.actor is not None
            and decision.actor is not None
            and sameness(Told(event.actor, event), Told(decision.actor, decision)) in _ONE
        ]
        if viewed:
            yield f"They had looked at the evidence before ({some(viewed)})."

    def _handed(self, decision: Event) -> Iterator[str]:
        if decision.actor is None:
            return
        decider = Told(decision.actor, decision)
        for event in self._before(decision, *_HANDED):
            if event.assignee and sameness(decider, Told(event.assignee, event)) in _ONE:
                giver = event.on_behalf_of or event.actor
                by = f" by {called(giver)}" if giver else ""
                yield (
                    f"The decision had been {_HANDED[event.action]} to them{by} "
                    f"({self.step(event)})."
                )

    def _can(self, field: str) -> bool:
        return any(self._file.tells(event.source, field) for event in self._events)

    # --- what changed -----------------------------------------------------------------------

    def _basis(self, grant: Event) -> Iterator[str]:
        approvals = self._before(grant, *_APPROVALS)
        if approvals:
            yield from self._since(approvals[-1], grant, "the approval")
        else:
            yield "No approval was on record at that moment."

    def _held_for(self, revocation: Event) -> Iterator[str]:
        grants = self._before(revocation, Action.PROVISIONED)
        if grants:
            yield from self._since(grants[-1], revocation, "the grant")

    def _since(self, earlier: Event, later: Event, what: str) -> Iterator[str]:
        """Tell how long after an earlier step; of the step just before it has been told."""
        if self._before(later)[-1] is not earlier:
            length = span(later.occurred_at - earlier.occurred_at)
            yield f"That is {length} after {what} in {self.step(earlier)}."


class _Filling(dict[str, str]):
    """What a clause may need, in words: each is made when the clause asks for it."""

    def __init__(self, event: Event) -> None:
        super().__init__()
        self._event = event

    def __missing__(self, field: str) -> str:
        return _FILLINGS[field](self._event)


def _thing(event: Event, lead: str = "", untold: str = "") -> str:
    return f"{lead}{right(event.entitlement)}" if event.entitlement else untold


def _named(event: Event, lead: str) -> str:
    name = _receiver(event, event.beneficiary)
    return f"{lead}{name}" if name else ""


def _who(event: Event) -> str:
    by_itself = event.actor is None and event.action in _AUTOMATIC
    return event.source if by_itself else acting(event.actor, event.on_behalf_of)


def _receiver(event: Event, receiver: Party | None) -> str:
    if receiver is None:
        return ""
    actor = event.actor
    if actor is None or event.on_behalf_of is not None:
        return called(receiver)
    is_same = (actor.account, actor.namespace) == (receiver.account, receiver.namespace)
    return "themselves" if is_same else called(receiver)


def _workflow(event: Event) -> str:
    if event.workflow is None:
        return "a workflow that is not named"
    version = f", version {event.workflow.version}," if event.workflow.version else ""
    return f"workflow {event.workflow.id}{version}"


def call_of(event: Event) -> str:
    """Name what was called, tested or published: the extension, where it is, which call it was."""
    step = event.step
    if step is None:
        return "something that is not named"
    named = f"extension {step.extension}" if step.extension else ""
    if named and step.version:
        named += f", version {step.version},"
    if named and step.digest:
        named += f" (digest {shortened(step.digest)})"
    place = f"{' at ' if named else ''}{step.destination}" if step.destination else ""
    which = f" (invocation {step.invocation})" if step.invocation else ""
    return f"{named}{place}".rstrip(",") + which if named or place else f"something{which}"


_FILLINGS: dict[str, Callable[[Event], str]] = {
    "who": _who,
    "source": lambda event: event.source,
    "right": lambda event: _thing(event, untold="access that is not named"),
    "request": lambda event: _thing(event, "the request for ", untold="the request"),
    "about": lambda event: _thing(event, " for "),
    "whom": lambda event: _named(event, " for "),
    "to_whom": lambda event: _named(event, " to "),
    "from_whom": lambda event: _named(event, " from "),
    "of_whom": lambda event: f" of {called(event.beneficiary)}" if event.beneficiary else "",
    "to": lambda event: called(event.assignee or event.beneficiary),
    "evidence": lambda event: backing(event.evidence),
    "workflow": _workflow,
    "call": call_of,
}


def _extent(event: Event) -> str:
    """Tell how far and for how long access was asked for, approved or given."""
    if event.action in _CALLS:
        return ""
    within = f", within {listed(event.scope)}" if event.scope else ""
    return f"{within}, for {duration(event.duration)}" if event.duration else within


def _said_with_it(event: Event) -> Iterator[str]:
    if event.evidence and event.action not in (Action.EVIDENCED, Action.EVIDENCE_VIEWED):
        yield f"With it came {backing(event.evidence)}."
    if event.action in _CALLS and event.duration:
        yield f"The call took {duration(event.duration)}."
    if event.action in _CALLS and event.scope:
        yield f"Told with the call: {listed(event.scope)}."
    if event.outcome and event.outcome.lower() != event.action.value:
        yield f"The outcome told: {quoted(event.outcome)}."


def _arrival(event: Event) -> Iterator[str]:
    """Tell when a report came late, or that its time is that of its arrival."""
    observed = event.observed_at
    if observed is None:
        return
    if observed == event.occurred_at:
        yield "The source tells no time; this is when the report arrived."
    elif (late := observed - event.occurred_at) > LATE_AFTER:
        yield f"The report of it arrived {span(late)} later, on {moment(observed)}."
