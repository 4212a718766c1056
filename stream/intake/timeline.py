"""What held when: records with intervals, cut into stretches during which nothing changes."""

from bisect import bisect_right
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

from stream.intake.fact_records import Held

R = TypeVar("R", bound=Held)
T = TypeVar("T")


class Timeline(Generic[R, T]):
    """One answer per stretch of time.

    `judge` gives the answer that follows from the records that hold at the same time. `at` finds
    the answer for a moment; `only` is the answer if it never changes, and None if it does.
    """

    __slots__ = ("_answers", "_starts", "only")

    def __init__(self, records: Sequence[R], judge: Callable[[Sequence[R]], T]) -> None:
        bounds = {each.from_ for each in records} | {each.until for each in records}
        answers = [judge([each for each in records if each.from_ is None])]
        starts: list[datetime] = []
        for start in sorted(bound for bound in bounds if bound is not None):
            answer = judge([each for each in records if each.holds(start)])
            if answer != answers[-1]:
                starts.append(start)
                answers.append(answer)
        self._starts = starts
        self._answers = answers
        self.only = answers[0] if not starts else None

    def at(self, moment: datetime) -> T:
        """The answer at a moment."""
        return self._answers[bisect_right(self._starts, moment)]

    def stretches(self) -> list[tuple[datetime | None, T]]:
        """Every answer, and from when on it holds; the first one since ever."""
        return list(zip([None, *self._starts], self._answers, strict=True))
