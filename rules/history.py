"""What an entity took part in, across cases: its facts in order, each as it was told last."""

from bisect import bisect_left, insort
from collections import Counter

from rules.events import Action, Event
from rules.path import Added, DecisionPath, order
from rules.shown import BIT

FactName = tuple[str, str, str]
"""A fact is named by its case, its source and its event's id."""


def name_of(fact: Event) -> FactName:
    """Name a fact."""
    return fact.case or "", fact.source, fact.id


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
        name = name_of(event)
        known = self._named.get(name)
        if known is not None:
            if known == event:
                return Added.REPEAT
            self._take_out(known)
        self._named[name] = event
        if self.events and order(event) < order(self.events[-1]):
            insort(self.events, event, key=order)
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

    def holds(self, name: FactName) -> bool:
        """Whether a fact is there."""
        return name in self._named

    def _take_out(self, known: Event) -> None:
        place = bisect_left(self.events, order(known), key=order)
        while self.events[place] is not known:
            place += 1
        del self.events[place]
        self._counts[known.action] -= 1
        if not self._counts[known.action]:
            self.mask &= ~BIT[known.action]
        self._lists = None
