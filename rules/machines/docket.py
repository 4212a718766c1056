"""The cases before a judge: open ones as objects, settled ones put away, and who changed."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from datetime import datetime, timedelta
from heapq import heappop, heappush

from rules.events import Event
from rules.machines.answers import Answered
from rules.machines.cases import Case, freeze, frozen_answers, thaw
from rules.machines.contract import Codec
from rules.machines.deadlines import Deadlines, Due
from rules.machines.settled import OWED, Settled
from rules.rule import Rule

OPEN = "open/"


class Docket:
    """Every open case has exactly one entry in the order of settling, at its `settle_at`.

    What an open case waits for, or one that is owed an answer, is among the deadlines. `kind` is
    what is before it: cases or entities.
    """

    __slots__ = (
        "_catalog",
        "_codec",
        "_deadlines",
        "_gone",
        "_kind",
        "_order",
        "_touched",
        "open",
        "settled",
    )

    def __init__(
        self,
        catalog: Sequence[Rule],
        codec: Codec,
        deadlines: Deadlines,
        settled: Settled,
        kind: type[Case] = Case,
    ) -> None:
        self.open: dict[str, Case] = {}
        self.settled = settled
        self._kind = kind
        self._catalog = catalog
        self._codec = codec
        self._deadlines = deadlines
        self._order: list[tuple[datetime, str]] = []
        self._touched: set[str] = set()
        self._gone: set[str] = set()
        """The keys of what was open and is not any more."""

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
        # It may have been let go of, and begin anew.
        self._gone.discard(key)
        was_settled = case.is_settled
        if was_settled:
            self.settled.take_out(key, case.settle_at)
            case.is_settled = False
        self._admit(case)
        return was_settled

    def waiting(self, due: Due) -> Case | None:
        """Give the case that waits for just this, open it may be again; None if none does."""
        is_owed = due.key in self.settled.owed
        case = self.look(due.key) if is_owed else self.open.get(due.key)
        if case is None or not case.awaits(due):
            return None
        if is_owed:
            self.admit(case)
        return case

    def look(self, key: str) -> Case | None:
        """Give a case to be looked at: the open one itself, of a settled one a copy."""
        case = self.open.get(key)
        if case is None and (row := self.settled.get(key)) is not None:
            case = thaw(key, row, self._catalog, self._codec, self._kind)
            case.is_settled = True
        return case

    def every_row(self) -> Iterator[bytes]:
        """Every case as its row would be now, open ones first. Nothing changes."""
        for case in self.open.values():
            yield freeze(case, self._catalog, self._codec)
        for _, row in self.settled.every():
            yield row

    def answers(self) -> Iterator[tuple[str, Mapping[int, Answered]]]:
        """What was last answered about each case, by its key, open ones first."""
        for key, case in self.open.items():
            yield key, case.answers
        for key, row in self.settled.every():
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
            row = freeze(case, self._catalog, self._codec)
            self.settled.put(key, row, case.settle_at, is_owed=is_owed(case))
            self._close(key)

    def drop(self, case: Case) -> None:
        """Let go of a case that is judged elsewhere from now on, or has no event left."""
        if case.key in self.open:
            # Its place in the order of settling is passed over when it comes up.
            self._close(case.key)
        else:
            self.settled.take_out(case.key, case.settle_at)
            self._touched.discard(case.key)

    def _close(self, key: str) -> None:
        del self.open[key]
        self._gone.add(key)
        self._touched.discard(key)

    def _admit(self, case: Case) -> None:
        self.open[case.key] = case
        heappush(self._order, (case.settle_at, case.key))
        self._await(case.key, case.answers.said)

    def _await(self, key: str, answers: Mapping[int, Answered]) -> None:
        for number, answered in answers.items():
            for ask in answered.asks:
                self._deadlines.add(Due(ask.due, key, number, ask.awaiting))

    def rows(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows that changed since they were last asked for (None: gone)."""
        for key in sorted(self._touched):
            yield OPEN + key, freeze(self.open[key], self._catalog, self._codec)
        for key in sorted(self._gone):
            yield OPEN + key, None
        self._touched.clear()
        self._gone.clear()
        yield from self.settled.rows()

    def restore(self, name: str, row: bytes) -> None:
        """Take one row that `rows` gave."""
        if name.startswith(OPEN):
            key = name.removeprefix(OPEN)
            self._admit(thaw(key, row, self._catalog, self._codec, self._kind))
            return
        self.settled.restore(name, row)
        if name.startswith(OWED):
            self._await(name.removeprefix(OWED), frozen_answers(row, self._catalog))
