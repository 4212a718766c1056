"""The cases before a judge: open ones as objects, settled ones as bytes, and who changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush

from rules.events import Event
from rules.machines.cases import Answered, Case, freeze, frozen_answers, settled_at, thaw
from rules.machines.contract import Codec
from rules.machines.deadlines import Deadlines, Due
from rules.rule import Rule

OPEN = "open/"
SETTLED = "settled/"
OWED = "owed/"
"""A settled case to which a silent source still owes an answer."""


class Docket:
    """Every open case has exactly one entry in the order of settling, at its `settle_at`.

    What an open case waits for, or one that is owed an answer, is among the deadlines. `kind` is
    what is before it: cases, which are kept for good, or what `keeps` says for how long.
    """

    __slots__ = (
        "_catalog",
        "_codec",
        "_deadlines",
        "_expiring",
        "_gone",
        "_keeps",
        "_kind",
        "_order",
        "_owed",
        "_settled",
        "_touched",
        "open",
    )

    def __init__(
        self,
        catalog: Sequence[Rule],
        codec: Codec,
        deadlines: Deadlines,
        *,
        kind: type[Case] = Case,
        keeps: timedelta | None = None,
    ) -> None:
        self.open: dict[str, Case] = {}
        self._kind = kind
        self._keeps = keeps
        self._expiring: list[tuple[datetime, str]] = []
        """When each settled row may go, if it is still the same; empty where all are kept."""
        self._catalog = catalog
        self._codec = codec
        self._deadlines = deadlines
        self._settled: dict[str, bytes] = {}
        self._owed: set[str] = set()
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
        """Find the case that an event belongs to, or begin it; `admit` it if the event is news."""
        case = self.look(key)
        if case is None:
            case = self._kind(key, event.case or "", event.tenant, event.occurred_at + settle_after)
        return case

    def admit(self, case: Case) -> bool:
        """Have a case open and its row written again; whether it was settled before."""
        key = case.key
        self._touched.add(key)
        if key in self.open:
            return False
        if key in self._settled:
            self._open_again(case)
            return True
        # It may have been let go of, and begin anew.
        self._gone.discard(OPEN + key)
        self._admit(case)
        return False

    def waiting(self, due: Due) -> Case | None:
        """Give the case that waits for just this, open it may be again; None if none does."""
        case = self.look(due.key) if due.key in self._owed else self.open.get(due.key)
        if case is None or not case.awaits(due):
            return None
        if due.key in self._owed:
            self._open_again(case)
        return case

    def look(self, key: str) -> Case | None:
        """Give a case to be looked at: the open one itself, of a settled one a copy."""
        case = self.open.get(key)
        if case is None and key in self._settled:
            return thaw(key, self._settled[key], self._catalog, self._codec, self._kind)
        return case

    def every_row(self) -> Iterator[bytes]:
        """Every case as its row would be now, open ones first. Nothing changes."""
        for case in self.open.values():
            yield freeze(case, self._catalog, self._codec)
        yield from self._settled.values()

    def answers(self) -> Iterator[tuple[str, Mapping[int, Answered]]]:
        """What was last answered about each case, by its key, open ones first."""
        for key, case in self.open.items():
            yield key, case.answers
        for key, row in self._settled.items():
            yield key, frozen_answers(row, self._catalog)

    def quiet(
        self, until: datetime, settle_after: timedelta, *, is_owed: Callable[[Case], bool]
    ) -> Iterator[Case]:
        """Give, and close, each case that has been quiet for long enough at `until`."""
        while self._order and self._order[0][0] <= until:
            _, key = heappop(self._order)
            case = self.open.get(key)
            if case is None:
                continue
            case.settle_at = case.quiet_at(settle_after)
            if case.settle_at > until:
                heappush(self._order, (case.settle_at, key))
                self._touched.add(key)
                continue
            yield case
            self._settled[key] = freeze(case, self._catalog, self._codec)
            del self.open[key]
            self._may_go(key, case.settle_at)
            if is_owed(case):
                self._owed.add(key)
            self._moved(key, there=self._place(key), gone=OPEN)

    def drop(self, case: Case) -> None:
        """Let go of a case that is judged elsewhere from now on, or has no event left."""
        key = case.key
        self._gone.add((OPEN if key in self.open else self._place(key)) + key)
        self._touched.discard(key)
        self._owed.discard(key)
        # Its place in the order of settling is passed over when it comes up.
        self.open.pop(key, None)
        self._settled.pop(key, None)

    def _may_go(self, key: str, settled_at: datetime) -> None:
        if self._keeps is not None:
            heappush(self._expiring, (settled_at + self._keeps, key))

    def forget(self, now: datetime) -> None:
        """Let go of every row that has been settled for as long as it is kept."""
        while self._expiring and self._expiring[0][0] <= now:
            at, key = heappop(self._expiring)
            row = self._settled.get(key)
            if row is not None and settled_at(row) + (self._keeps or timedelta(0)) == at:
                self._gone.add(self._place(key) + key)
                self._touched.discard(key)
                self._owed.discard(key)
                del self._settled[key]

    def _place(self, key: str) -> str:
        return OWED if key in self._owed else SETTLED

    def _admit(self, case: Case) -> None:
        self.open[case.key] = case
        heappush(self._order, (case.settle_at, case.key))
        self._await(case.key, case.answers)

    def _await(self, key: str, answers: Mapping[int, Answered]) -> None:
        for number, answered in answers.items():
            for ask in answered.asks:
                self._deadlines.add(Due(ask.due, key, number, ask.awaiting))

    def _open_again(self, case: Case) -> None:
        key = case.key
        self._moved(key, there=OPEN, gone=self._place(key))
        self._owed.discard(key)
        del self._settled[key]
        self._admit(case)

    def _moved(self, key: str, *, there: str, gone: str) -> None:
        self._touched.add(key)
        self._gone.add(gone + key)
        self._gone.discard(there + key)

    def rows(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows that changed since they were last asked for (None: gone)."""
        for key in sorted(self._touched):
            case = self.open.get(key)
            if case is None:
                yield self._place(key) + key, self._settled[key]
            else:
                yield OPEN + key, freeze(case, self._catalog, self._codec)
        for name in sorted(self._gone):
            yield name, None
        self._touched.clear()
        self._gone.clear()

    def restore(self, name: str, row: bytes) -> None:
        """Take one row that `rows` gave."""
        if name.startswith(OPEN):
            key = name.removeprefix(OPEN)
            self._admit(thaw(key, row, self._catalog, self._codec, self._kind))
            return
        key = name.removeprefix(SETTLED).removeprefix(OWED)
        self._settled[key] = row
        if self._keeps is not None:
            self._may_go(key, settled_at(row))
        if name.startswith(OWED):
            self._owed.add(key)
            self._await(key, frozen_answers(row, self._catalog))
