"""What became of a finding's alert: the last decision of each desk, and who looks after it."""

from collections import defaultdict
from collections.abc import Iterable
from typing import NamedTuple

from stream.desk.decisions import Decision, Did
from stream.desk.delivery import Kind
from stream.desk.notes import Note, Notes

_MEMBERS = frozenset({Did.TOLD, Did.HELD, Did.REFUSED})
"""What was last decided of a finding that its group still counts among its own."""


class Outcome(NamedTuple):
    """What became of a finding's alert.

    `decisions` are the last of each desk that keeps one, by destination. `note` is the last word
    about who looks after it; `group_note` the same of another that stands and is told with it.
    """

    decisions: tuple[Decision, ...]
    note: Note | None
    group_note: Note | None

    @property
    def whose(self) -> Note | None:
        """The word that keeps its group from ringing."""
        return self.note or self.group_note


class Outcomes:
    """Looks up what became of alerts, in decisions (the latest last) and notes."""

    def __init__(self, decisions: Iterable[Decision], notes: Notes) -> None:
        self._notes = notes
        self._last: dict[str, dict[str, Decision]] = defaultdict(dict)
        for each in decisions:
            self._last[each.finding][each.destination] = each
        self._looked_after = self._by_group()

    def of(self, finding: str) -> Outcome:
        """What became of one."""
        last = self._last.get(finding, {})
        found = (self._looked_after.get(_group(each)) for each in last.values() if _rings(each))
        return Outcome(
            tuple(last[name] for name in sorted(last)),
            self._notes.acknowledged.get(finding),
            next((note for note in found if note is not None), None),
        )

    def _by_group(self) -> dict[tuple[str, str], Note]:
        """The word about one of a group, for each group in which somebody said one."""
        found: dict[tuple[str, str], Note] = {}
        for finding, note in self._notes.acknowledged.items():
            for each in self._last.get(finding, {}).values():
                if each.group and _rings(each):
                    found[_group(each)] = note
        return found


def _group(decision: Decision) -> tuple[str, str]:
    return decision.destination, decision.group


def _rings(decision: Decision) -> bool:
    return decision.kind is Kind.FIRING and decision.did in _MEMBERS
