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
                self._above[self._top(first)] = self._top(other)

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
