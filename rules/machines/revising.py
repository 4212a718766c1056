"""Asking again about what is open, when the grounds change under it: a policy, a late fact."""

from abc import ABC, abstractmethod
from collections.abc import Sequence
from typing import Any

from rules.machines.asking import Asking
from rules.machines.cases import Case
from rules.machines.findings import Revision
from rules.machines.late import ROW as LATE_ROW
from rules.path import DecisionPath


class Revising(Asking, ABC):
    """What goes over open cases, some of them at each record.

    A case whose turn has not come is gone over before anything else is asked of it, and nothing
    settles meanwhile: so nobody can tell in how many steps it was done.
    """

    def take_facts(self, first: bytes, header: dict[str, Any], _lines: list[bytes]) -> None:
        """Learn what became known late, and have everything that is open gone over."""
        news = self._late.take(header)
        if news:
            self._enter(first)
            self._sweep.because(*news)

    def _go_on(self) -> None:
        """Go over the next few cases."""
        if self._sweep.is_due:
            self._sweep.begin(sorted(self._docket.open))
        causes = self._sweep.causes
        for key in self._sweep.slice():
            self._go_over(key, causes)

    def _catch_up(self, key: str) -> None:
        """Go over a case now if that is still to come: something else is about to be asked."""
        if key in self._sweep:
            self._go_over(key, self._sweep.causes)

    def _go_over(self, key: str, causes: Sequence[str]) -> None:
        self._sweep.done(key)
        case = self._docket.open.get(key)
        words = self._words(case, causes) if case else []
        if case is None or not words:
            return
        self._lay_over(case)
        because = Revision("; ".join(words))
        self._retract(case, because)
        self._ask_all(case, because)

    def _words(self, case: Case, causes: Sequence[str]) -> list[str]:
        """Which causes concern a case, in words."""
        facts = [each for each in causes if each.startswith(LATE_ROW)]
        others = [each for each in causes if not each.startswith(LATE_ROW)]
        return [*others, *self._late.words(case.path, facts)]

    def _lay_over(self, case: Case) -> None:
        if self._late.concerns(case.path):
            case.path = DecisionPath(self._late.read(line) for line in case.lines)

    @abstractmethod
    def _ask_all(self, case: Case, cause: str) -> None:
        """Ask every rule that has a question about this."""
