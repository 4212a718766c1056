"""The cases before a judge: open ones as objects, settled ones as bytes, and who changed."""

from collections.abc import Iterator, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush

from rules.events import Event
from rules.machines.cases import Case, freeze, thaw
from rules.machines.contract import Codec
from rules.rule import Rule

OPEN = "open/"
SETTLED = "settled/"


class Docket:
    """Every open case has exactly one entry in the order of settling, at its `settle_at`."""

    __slots__ = ("_catalog", "_codec", "_gone", "_order", "_settled", "_touched", "open")

    def __init__(self, catalog: Sequence[Rule], codec: Codec) -> None:
        self.open: dict[str, Case] = {}
        self._catalog = catalog
        self._codec = codec
        self._settled: dict[str, bytes] = {}
        self._order: list[tuple[datetime, str]] = []
        self._touched: set[str] = set()
        self._gone: set[str] = set()

    @property
    def settled_count(self) -> int:
        """How many cases are kept as bytes only."""
        return len(self._settled)

    def touch(self, case: Case) -> None:
        """Note that a case's row must be written again."""
        self._touched.add(case.key)

    def case_of(self, key: str, event: Event, settle_after: timedelta) -> Case:
        """Find the case that an event belongs to: open, settled (it opens again), or new."""
        case = self.open.get(key)
        if case is not None:
            return case
        if key in self._settled:
            case = thaw(key, self._settled.pop(key), self._catalog, self._codec)
            self._moved(key, there=OPEN, gone=SETTLED)
        else:
            case = Case(key, event.case or "", event.tenant, event.occurred_at + settle_after)
        self._admit(case)
        return case

    def look(self, key: str) -> Case | None:
        """Give a case to be looked at: the open one itself, of a settled one a copy."""
        case = self.open.get(key)
        if case is None and key in self._settled:
            return thaw(key, self._settled[key], self._catalog, self._codec)
        return case

    def every_row(self) -> Iterator[bytes]:
        """Every case as its row would be now, open ones first. Nothing changes."""
        for case in self.open.values():
            yield freeze(case, self._catalog, self._codec)
        yield from self._settled.values()

    def quiet(self, until: datetime, settle_after: timedelta) -> Iterator[Case]:
        """Give, and close, each case that has been quiet for long enough at `until`."""
        while self._order and self._order[0][0] <= until:
            _, key = heappop(self._order)
            case = self.open[key]
            case.settle_at = case.quiet_at(settle_after)
            if case.settle_at > until:
                heappush(self._order, (case.settle_at, key))
                self._touched.add(key)
                continue
            yield case
            self._settled[key] = freeze(case, self._catalog, self._codec)
            del self.open[key]
            self._moved(key, there=SETTLED, gone=OPEN)

    def _admit(self, case: Case) -> None:
        self.open[case.key] = case
        heappush(self._order, (case.settle_at, case.key))

    def _moved(self, key: str, *, there: str, gone: str) -> None:
        self._touched.add(key)
        self._gone.add(gone + key)
        self._gone.discard(there + key)

    def rows(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows that changed since they were last asked for (None: gone)."""
        for key in sorted(self._touched):
            case = self.open.get(key)
            if case is None:
                yield SETTLED + key, self._settled[key]
            else:
                yield OPEN + key, freeze(case, self._catalog, self._codec)
        for name in sorted(self._gone):
            yield name, None
        self._touched.clear()
        self._gone.clear()

    def restore(self, name: str, row: bytes) -> Case | None:
        """Take one row; give the case if it is an open one."""
        if name.startswith(SETTLED):
            self._settled[name.removeprefix(SETTLED)] = row
            return None
        case = thaw(name.removeprefix(OPEN), row, self._catalog, self._codec)
        self._admit(case)
        return case
