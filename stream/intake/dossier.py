"""All that is on record about one account, person or right, and the timelines cut from it."""

from collections.abc import Callable, Sequence
from typing import Any

from stream.intake.fact_records import FactRecord, Identity
from stream.intake.timeline import Timeline

ANSWERS_MAX = 64
"""Timelines kept per account or entitlement: one for each system that asked for it."""


class Dossier:
    """All records about one account, one person or one entitlement id.

    `answers` are the timelines cut from them, one for each way of asking.
    """

    __slots__ = ("answers", "records")

    def __init__(self) -> None:
        self.records: dict[Identity, Any] = {}
        self.answers: dict[tuple[str | None, str | None], Timeline[Any, Any]] = {}

    def keep(self, record: FactRecord) -> bool:
        """Take a record in, in place of one with the same identity; False if it was known."""
        key = record.identity()
        if self.records.get(key) == record:
            return False
        self.records[key] = record
        self.answers.clear()
        return True

    def answer(
        self,
        key: tuple[str | None, str | None],
        concerns: Callable[[Any], bool],
        judge: Callable[[Sequence[Any]], Any],
    ) -> Timeline[Any, Any]:
        """Cut the timeline for one way of asking, and remember it."""
        if len(self.answers) >= ANSWERS_MAX:
            self.answers.clear()
        records = [each for each in self.records.values() if concerns(each)]
        line = self.answers[key] = Timeline(records, judge)
        return line
