"""What an entity took part in, across cases: its facts in order, each as it was told last."""

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Collection, Sequence
from operator import attrgetter

from rules.events import Action, Event
from rules.path import Added, DecisionPath, order
from rules.shown import BIT

FactName = tuple[str, str, str]
"""A fact is named by its case, its source and its event's id."""


def name_of(fact: Event) -> FactName:
    """Name a fact."""
    return fact.case or "", fact.source, fact.id


_MOMENT = attrgetter("occurred_at")


def place_of(event: Event, events: Sequence[Event]) -> int:
    """Where in their order an event belongs; its time nearly always says so, which is quick."""
    at = event.occurred_at
    first = bisect_left(events, at, key=_MOMENT)
    last = bisect_right(events, at, first, key=_MOMENT)
    return bisect_left(events, order(event), first, last, key=order)


class History(DecisionPath):
    """An entity's facts. A fact that is told again replaces what it said before.

    Of what a path knows about its case as a whole (its workflow, its rights, what is at stake) a
    history knows nothing: each fact has its own.
    """

    __slots__ = ("_counts", "_named")

    def __init__(self) -> None:
        self._named: dict[FactName, Event] = {}
        self._counts: Counter[Action] = Counter()
        super().__init__()

    def add(self, event: Event) -> Added:
        """Put a fact in its place; the same again changes nothing."""
        return self.put(name_of(event), event)

    def put(self, name: FactName, event: Event) -> Added:
        """Put a fact in its place, by its name."""
        known = self._named.get(name)
        if known is not None:
            if known == event:
                return Added.REPEAT
            self._take_out(known)
        self._named[name] = event
        if self.events and event.occurred_at <= self.events[-1].occurred_at:
            self.events.insert(place_of(event, self.events), event)
        else:
            self.events.append(event)
        self._counts[event.action] += 1
        self.mask |= BIT[event.action]
        self._lists = None
        return Added.NEW

    def drop(self, name: FactName) -> bool:
        """Take a fact out; whether it was there."""
        known = self._named.pop(name, None)
        if known is not None:
            self._take_out(known)
        return known is not None

    def drop_all(self, facts: Collection[Event]) -> None:
        """Take out facts that are there, many of them at once."""
        gone = {id(fact) for fact in facts}
        for fact in facts:
            del self._named[name_of(fact)]
            self._discount(fact)
        self.events[:] = [fact for fact in self.events if id(fact) not in gone]
        self._lists = None

    def holds(self, name: FactName) -> bool:
        """Whether a fact is there."""
        return name in self._named

    def _take_out(self, known: Event) -> None:
        place = place_of(known, self.events)
        while self.events[place] is not known:
            place += 1
        del self.events[place]
        self._discount(known)
        self._lists = None

    def _discount(self, gone: Event) -> None:
        self._counts[gone.action] -= 1
        if not self._counts[gone.action]:
            self.mask &= ~BIT[gone.action]
