"""The path that a decision took: its events folded, in their own order, whatever their arrival."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from enum import Enum, auto

from rules.events import Action, Entitlement, Event, Party

BIT = {action: 1 << number for number, action in enumerate(Action)}
"""One bit per action: what a case has seen is one small integer."""

_NO_SEQUENCE = -(2**53)
_NOTHING: list[Event] = []


class Added(Enum):
    """What became of an event that was offered to a path."""

    NEW = auto()
    REPEAT = auto()
    CONFLICT = auto()


def order(event: Event) -> tuple[datetime, int, str, str]:
    """Order within a case: time, then the source's own order, then id. Never arrival."""
    sequence = event.sequence
    return event.occurred_at, _NO_SEQUENCE if sequence is None else sequence, event.id, event.source


_TOLD = tuple(each.name for each in fields(Event) if each.name not in {"observed_at", "raw"})


def _content(event: Event) -> tuple[object, ...]:
    """The event as its source told it, whenever and in whatever bytes it came.

    A source that tells no time is stamped with the time of arrival, which a repeat does not share.
    """
    timeless = event.occurred_at == event.observed_at
    return tuple(
        None if timeless and name == "occurred_at" else getattr(event, name) for name in _TOLD
    )


def _rank(event: Event) -> tuple[object, ...]:
    return (*order(event), repr(_content(event)))


class DecisionPath:
    """A case's events in order, and what is asked of them most.

    Changed in place, by `add` only. The same set of events gives the same path in any order of
    arrival: of several events with one id and different content, the one that sorts first takes
    the step, and `variants` keeps them all.
    """

    __slots__ = ("_lists", "events", "mask", "variants")

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.events: list[Event] = []
        self.mask = 0
        self.variants: dict[tuple[str, str], list[Event]] = {}
        """(source, id) → the different contents told under that id; only where there are two."""
        self._lists: dict[Action, list[Event]] = {}
        for event in events:
            self.add(event)

    def __len__(self) -> int:
        return len(self.events)

    def add(self, event: Event) -> Added:
        """Fold one event in; a repeat changes nothing."""
        for known in self.events:
            if known.id == event.id and known.source == event.source:
                return self._add_variant(known, event)
        events = self.events
        if events and order(event) < order(events[-1]):
            insort(events, event, key=order)
        else:
            events.append(event)
        self.mask |= BIT[event.action]
        self._lists.clear()
        return Added.NEW

    def _add_variant(self, known: Event, event: Event) -> Added:
        told = self.variants.get((known.source, known.id), [known])
        if any(_content(event) == _content(other) for other in told):
            return Added.REPEAT
        told = sorted([*told, event], key=_rank)
        self.variants[known.source, known.id] = told
        if told[0] is not known:
            self.events.remove(known)
            insort(self.events, told[0], key=order)
            self.mask = 0
            for step in self.events:
                self.mask |= BIT[step.action]
            self._lists.clear()
        return Added.CONFLICT

    def steps(self, *actions: Action) -> list[Event]:
        """The events of these actions, in order. The list is the path's own: do not change it."""
        if len(actions) == 1:
            return self._of(actions[0])
        return [event for event in self.events if event.action in actions]

    def _of(self, action: Action) -> list[Event]:
        if not self.mask & BIT[action]:
            return _NOTHING
        found = self._lists.get(action)
        if found is None:
            found = self._lists[action] = [e for e in self.events if e.action is action]
        return found

    @property
    def opened_at(self) -> datetime:
        """When the case began, as far as is known."""
        return self.events[0].occurred_at

    @property
    def last_at(self) -> datetime:
        """When the last known step happened."""
        return self.events[-1].occurred_at

    @property
    def requests(self) -> list[Event]:
        """Who asked: every request of the case."""
        return self._of(Action.REQUESTED)

    @property
    def approvals(self) -> list[Event]:
        """Every approval by somebody who is named or should be."""
        return self._of(Action.APPROVED)

    @property
    def grants(self) -> list[Event]:
        """Every time access was in fact given."""
        return self._of(Action.PROVISIONED)

    def beneficiaries(self) -> list[tuple[Party, str]]:
        """Who gets the access, each with the source that says so."""
        return [
            (event.beneficiary, event.source)
            for event in self.events
            if event.beneficiary is not None and event.action in _NAMING_A_BENEFICIARY
        ]

    def entitlements(self) -> list[Entitlement]:
        """The rights the case is about, as they are told, without repetition."""
        found: list[Entitlement] = []
        for event in self.events:
            if event.entitlement is not None and event.entitlement not in found:
                found.append(event.entitlement)
        return found

    @property
    def privileged(self) -> bool:
        """Whether anybody has said that something privileged is at stake."""
        return any(
            told.privileged or told.criticality in HIGH_CRITICALITIES
            for told in (event.entitlement for event in self.events)
            if told is not None
        )

    def workflow_id(self) -> str | None:
        """The workflow that carries the case, if a step names one."""
        for event in self.events:
            if event.workflow is not None:
                return event.workflow.id
        return None


HIGH_CRITICALITIES = frozenset({"high", "critical"})
_NAMING_A_BENEFICIARY = frozenset(
    {Action.REQUESTED, Action.AMENDED, Action.PROVISIONED, Action.CHANGED_OUTSIDE}
)
