"""The slow, obvious join: everything known at once, one union-find over all ids and cases.

Written from what is promised, not from the linker. It holds where ids are honest: a link is
carried by the events of one decision, or belongs to a kind that is used again and was left alone
for long enough in between.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta

from rules.events import Event

Id = tuple[str, ...]
SAME = "case:"


class Joined:
    """All ids of some events, and which of them are of one decision."""

    def __init__(
        self, events: Sequence[Event], reused: Iterable[str], reused_after: timedelta
    ) -> None:
        self._above: dict[Id, Id] = {}
        self._reused = frozenset(reused)
        self._after = reused_after
        self._times = self._uses(events)
        for event in events:
            first, *others = self.ids(event)
            for other in others:
                self.unite(first, other)

    def unite(self, one: Id, other: Id) -> None:
        """Know that two ids are of one decision."""
        self._above[self._top(one)] = self._top(other)

    def first(self, id_: Id) -> Id:
        """The first of all ids that are known to be of one decision with this one."""
        top = self._top(id_)
        return min([id_, *(each for each in self._above if self._top(each) == top), top])

    def _uses(self, events: Sequence[Event]) -> dict[Id, list[datetime]]:
        """When an id of a kind that is used again was begun anew."""
        told: dict[Id, list[datetime]] = {}
        for event in events:
            for link in event.links:
                told.setdefault((event.tenant or "", link), []).append(event.occurred_at)
        return {
            name: [
                at
                for before, at in zip([None, *sorted(times)], sorted(times), strict=False)
                if before is None or at - before > self._after
            ]
            for name, times in told.items()
        }

    def ids(self, event: Event) -> list[Id]:
        """Everything an event is known by; what names a case outright is that case."""
        tenant = event.tenant or ""
        found: list[Id] = [(tenant, "case", event.case)] if event.case else []
        for link in event.links:
            if link.startswith(SAME):
                found.append((tenant, "case", link.removeprefix(SAME)))
            elif link.split(":")[0] in self._reused:
                begun = [at for at in self._times[tenant, link] if at <= event.occurred_at]
                found.append((tenant, "link", link, max(begun).isoformat()))
            else:
                found.append((tenant, "link", link))
        return found

    def _top(self, id_: Id) -> Id:
        above = self._above.get(id_, id_)
        return id_ if above == id_ else self._top(above)

    def decision(self, event: Event) -> Id:
        """What all events of one decision have in common."""
        return self._top(self.ids(event)[0])

    def name(self, event: Event, events: Iterable[Event]) -> str | None:
        """What its case is called: the first of all its names; None where nobody named it."""
        top = self.decision(event)
        named = {
            id_[2]
            for each in events
            for id_ in self.ids(each)
            if id_[1] == "case" and self._top(id_) == top
        }
        return min(named, default=None)


class Meanings:
    """What ids mean when all is known, also where they are not honest: then they mean nothing.

    An id means the case whose events carry it. Of several it means none, unless it is called by the
    name of one of them. What one event carries together belongs together, as far as no id leads on
    that several cases carry. An event is of the one case that its ids mean; if none of them is
    carried by any case, of the one that those mean which belong together with it.
    """

    def __init__(
        self, events: Sequence[Event], reused: Iterable[str], reused_after: timedelta
    ) -> None:
        self._known = Joined(events, reused, reused_after)
        self._cases: dict[Id, set[Id]] = {}
        self._bundles: list[tuple[Id, ...]] = []
        self._one = Joined([], (), timedelta(0))
        for event in events:
            ids = self._known.ids(event)
            cases = [each for each in ids if each[1] == "case"]
            links = tuple(each for each in ids if each[1] == "link")
            for case in cases:
                self._one.unite(cases[0], case)
            if not cases:
                self._bundles.append(links)
            for link in links if cases else ():
                self._cases.setdefault(link, set()).add(cases[0])

    def case_of(self, event: Event) -> str | None:
        """The case that an event is of; None: one that nobody named."""
        ids = self._known.ids(event)
        named = [each for each in ids if each[1] == "case"]
        if named:
            return self._called(named[0])[2]
        meant = {case for each in ids for case in self._meaning(each)}
        if not meant:
            unknown = {each for each in ids if not self._carriers(each)}
            meant = {case for each in self._reach(unknown) for case in self._meaning(each)}
        return meant.pop()[2] if len(meant) == 1 else None

    def _carriers(self, id_: Id) -> set[Id]:
        return {self._called(each) for each in self._cases.get(id_, ())}

    def _called(self, case: Id) -> Id:
        return self._one.first(case)

    def _meaning(self, id_: Id) -> set[Id]:
        carriers = self._carriers(id_)
        if len(carriers) > 1:
            called = id_[2].partition(":")[2]
            names = {case for case in self._cases[id_] if called.endswith(case[2])}
            carriers = {self._called(each) for each in names}
        return carriers if len(carriers) == 1 else set()

    def _reach(self, ids: set[Id]) -> set[Id]:
        leading = {each for each in ids if len(self._carriers(each)) < 2}
        more = {x for bundle in self._bundles if leading & {*bundle} for x in bundle} - ids
        return self._reach(ids | more) if more else ids
