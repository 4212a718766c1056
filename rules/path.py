"""The path that a decision took: its events folded, in their own order, whatever their arrival."""

from bisect import insort
from collections.abc import Iterable
from dataclasses import fields
from datetime import datetime
from enum import Enum, auto
from typing import NamedTuple

from rules.events import Action, Entitlement, Event, Told, named
from rules.shown import BIT, SEVERAL_RIGHTS, TOLD_TWICE, mask_of, shown_by

_NO_SEQUENCE = -(2**53)
_NOTHING: list[Event] = []
_REQUESTED, _APPROVED, _PROVISIONED = Action.REQUESTED, Action.APPROVED, Action.PROVISIONED
HIGH_CRITICALITIES = frozenset({"high", "critical"})
_NAMING_A_BENEFICIARY = frozenset(
    {Action.REQUESTED, Action.AMENDED, Action.PROVISIONED, Action.CHANGED_OUTSIDE}
)


def _is_privileged(entitlement: Entitlement) -> bool:
    return bool(entitlement.privileged) or entitlement.criticality in HIGH_CRITICALITIES


_LONG = 16
"""From so many events on an index pays for itself."""


class Added(Enum):
    """What became of an event that was offered to a path."""

    NEW = auto()
    REPEAT = auto()
    CONFLICT = auto()


class _Wanted(NamedTuple):
    """Several actions that are asked for together, in the forms in which that is quick."""

    mask: int
    actions: frozenset[Action]


_WANTED: dict[tuple[Action, ...], _Wanted] = {}
"""What rules have asked for so far: they name the same few groups over and over."""


def _want(actions: tuple[Action, ...]) -> _Wanted:
    wanted = _Wanted(mask_of(*actions), frozenset(actions))
    return _WANTED.setdefault(actions, wanted)


class Whole(NamedTuple):
    """What a path says of its case as a whole, each as the path's own attribute says it."""

    privileged: bool
    workflow: str | None
    entitlements: tuple[Entitlement, ...]
    requesters: tuple[Told, ...]
    beneficiaries: tuple[Told, ...]


def order(event: Event) -> tuple[datetime, int, str, str]:
    """Order within a case: time, then the source's own order, then id. Never arrival."""
    sequence = event.sequence
    return event.occurred_at, _NO_SEQUENCE if sequence is None else sequence, event.id, event.source


def _is_before(event: Event, other: Event) -> bool:
    """Whether an event comes before another: its time alone nearly always says so."""
    return event.occurred_at <= other.occurred_at and order(event) < order(other)


_COMPARED = tuple(each.name for each in fields(Event) if each.name not in {"observed_at", "raw"})
_PARTIES = frozenset({"actor", "on_behalf_of", "beneficiary", "assignee"})
_TOLD = tuple(name for name in _COMPARED if name not in {"occurred_at", "entitlement", *_PARTIES})


def _content(event: Event) -> tuple[object, ...]:
    """The event as its source told it, but for its time.

    What intake adds is left out, since an event that is sent again may find other facts known:
    who stands behind an account, what kind it is of, how critical a right is and what it is called.
    """
    parties = tuple(
        (party.account, party.namespace, party.name) if party is not None else None
        for party in (getattr(event, name) for name in sorted(_PARTIES))
    )
    right = event.entitlement
    named = (right.id, right.system) if right is not None else None
    return (*parties, named, *(getattr(event, name) for name in _TOLD))


def _is_repeat(one: Event, other: Event) -> bool:
    """Whether two events of one id are one telling, whenever and in whatever bytes they came.

    A source that tells no time is stamped with the time of arrival, which a repeat does not share.
    """
    at_one_time = one.occurred_at == other.occurred_at
    return (at_one_time or (_is_timeless(one) and _is_timeless(other))) and (
        _content(one) == _content(other)
    )


def _is_timeless(event: Event) -> bool:
    return event.occurred_at == event.observed_at


def _rank(event: Event) -> tuple[object, ...]:
    return (*order(event), repr([getattr(event, name) for name in _COMPARED]))


class DecisionPath:
    """A case's events in order, and what is asked of them most.

    Changed in place, by `add` only. The same set of events gives the same path in any order of
    arrival: of several events with one id and different content, the one that sorts first takes
    the step, and `variants` keeps them all. Of an event that is sent again the first one to arrive
    stays, with what intake knew then.
    """

    __slots__ = (
        "_beneficiaries",
        "_deciders",
        "_index",
        "_lists",
        "_requesters",
        "_whole",
        "approvals",
        "entitlements",
        "events",
        "grants",
        "mask",
        "privileged",
        "requests",
        "variants",
        "workflow",
    )

    def __init__(self, events: Iterable[Event] = ()) -> None:
        self.events: list[Event] = []
        self.variants: dict[tuple[str, str], list[Event]] = {}
        """(source, id) → the different contents told under that id; only where there are two."""
        self._lists: dict[Action, list[Event]] | None = None
        self._index: dict[tuple[str, str], Event] | None = None
        self._begin()
        for event in events:
            self.add(event)

    def __len__(self) -> int:
        return len(self.events)

    def _begin(self) -> None:
        self.mask = BIT[TOLD_TWICE] if self.variants else 0
        self.privileged = False
        """Whether anybody has said that something privileged is at stake."""
        self.workflow: str | None = None
        """The workflow that carries the case: the first one that a step names."""
        self.entitlements: tuple[Entitlement, ...] = ()
        """The rights the case is about, as they are told, without repetition."""
        self.requests: tuple[Event, ...] = ()
        """Every request of the case."""
        self.approvals: tuple[Event, ...] = ()
        """Every approval by somebody who is named or should be."""
        self.grants: tuple[Event, ...] = ()
        """Every time access was in fact given."""
        self._requesters: tuple[Told, ...] = ()
        self._deciders: tuple[Told, ...] = ()
        self._beneficiaries: tuple[Told, ...] = ()
        self._whole: Whole | None = None

    def add(self, event: Event) -> Added:
        """Fold one event in; a repeat changes nothing."""
        events = self.events
        known = self._find(event)
        if known is not None:
            return self._add_variant(known, event)
        if self._index is not None:
            self._index[event.source, event.id] = event
        if events and _is_before(event, events[-1]):
            insort(events, event, key=order)
            self._fold()
        else:
            events.append(event)
            self._fold_in(event)
        self._lists = None
        return Added.NEW

    def forget(self) -> None:
        """Let go of what was looked up so far: a path that rests should be small."""
        self._lists = None

    def _find(self, event: Event) -> Event | None:
        """Look an event's id up: by walking a short path, by an index in a long one."""
        if self._index is not None:
            return self._index.get((event.source, event.id))
        if len(self.events) >= _LONG:
            self._index = {(each.source, each.id): each for each in self.events}
            return self._index.get((event.source, event.id))
        for known in self.events:
            if known.id == event.id and known.source == event.source:
                return known
        return None

    def _add_variant(self, known: Event, event: Event) -> Added:
        told = self.variants.get((known.source, known.id), [known])
        if any(_is_repeat(event, other) for other in told):
            return Added.REPEAT
        told = sorted([*told, event], key=_rank)
        self.variants[known.source, known.id] = told
        if told[0] is not known:
            self.events.remove(known)
            insort(self.events, told[0], key=order)
            if self._index is not None:
                self._index[known.source, known.id] = told[0]
        self._fold()
        self._lists = None
        return Added.CONFLICT

    def _fold_in(self, event: Event) -> None:
        action = event.action
        self.mask |= shown_by(event)
        entitlement = event.entitlement
        if entitlement is not None and entitlement not in self.entitlements:
            self._fold_in_right(entitlement)
        if self.workflow is None and event.workflow is not None:
            self.workflow, self._whole = event.workflow.id, None
        if action in _NAMING_A_BENEFICIARY and event.beneficiary is not None:
            self._beneficiaries += (Told(event.beneficiary, event),)
            self._whole = None
        if action is _REQUESTED:
            self._whole = None
            self.requests += (event,)
            parties = (event.actor, event.on_behalf_of)
            self._requesters += tuple(Told(each, event) for each in parties if each is not None)
        elif action is _APPROVED:
            self.approvals += (event,)
            if event.actor is not None and event.on_behalf_of is None:
                self._deciders += (Told(event.actor, event),)
        elif action is _PROVISIONED:
            self.grants += (event,)

    def _fold_in_right(self, entitlement: Entitlement) -> None:
        self._whole = None
        if self.entitlements:
            self.mask |= BIT[SEVERAL_RIGHTS]
        self.entitlements += (entitlement,)
        self.privileged = self.privileged or _is_privileged(entitlement)

    def _fold(self) -> None:
        self._begin()
        for event in self.events:
            self._fold_in(event)

    def steps(self, *actions: Action) -> list[Event]:
        """The events of these actions, in order. The list is the path's own: do not change it."""
        if len(actions) == 1:
            return self._of(actions[0])
        wanted = _WANTED.get(actions) or _want(actions)
        if not self.mask & wanted.mask:
            return _NOTHING
        return [event for event in self.events if event.action in wanted.actions]

    def shows(self, *actions: Action) -> bool:
        """Whether there is an event of one of these actions."""
        return any(self.mask & BIT[action] for action in actions)

    def _of(self, action: Action) -> list[Event]:
        if not self.mask & BIT[action]:
            return _NOTHING
        if self._lists is None:
            self._lists = {}
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

    def whole(self) -> Whole:
        """Give what it says as a whole by now: later events change the path, and not this.

        The same one as before, where nothing of it has changed.
        """
        if self._whole is None:
            self._whole = Whole(
                self.privileged,
                self.workflow,
                self.entitlements,
                self._requesters,
                self._beneficiaries,
            )
        return self._whole

    def requesters(self) -> tuple[Told, ...]:
        """Who asked, and for whom they asked in their name."""
        return self._requesters

    def beneficiaries(self) -> tuple[Told, ...]:
        """Who gets the access, as a request or a grant names them."""
        return self._beneficiaries

    def deciders(self) -> tuple[Told, ...]:
        """The hand behind each approval that was given in its own name, machines included."""
        return self._deciders

    def what(self) -> str:
        """Name what the case is about, for a reader."""
        for entitlement in self.entitlements:
            return named(entitlement)
        return "access that no step names"
