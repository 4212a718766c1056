"""Business days: a span that is counted in them passes over weekends and holidays."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from enum import StrEnum

from rules.errors import InvalidPolicyError

_DAY = timedelta(days=1)
HOLIDAYS_MAX = 1_000
"""Holidays that one policy may list: some decades of them."""


class Weekday(StrEnum):
    """The days of a week, from Monday on."""

    MON = "mon"
    TUE = "tue"
    WED = "wed"
    THU = "thu"
    FRI = "fri"
    SAT = "sat"
    SUN = "sun"


WEEK = tuple(Weekday)


@dataclass(frozen=True, slots=True, kw_only=True)
class Calendar:
    """Which days count where evidence or a review is due (EVD-002, EXC-003), in UTC."""

    workdays: tuple[Weekday, ...] = WEEK
    holidays: tuple[date, ...] = ()

    def __post_init__(self) -> None:
        """Without a workday nothing would ever be due."""
        if not self.workdays:
            raise InvalidPolicyError(
                key="workdays", found="none", expected="at least one of mon … sun"
            )
        if len(self.holidays) > HOLIDAYS_MAX:
            raise InvalidPolicyError(
                key="holidays", found=len(self.holidays), expected=f"at most {HOLIDAYS_MAX:,}"
            )

    def is_workday(self, at: datetime) -> bool:
        """Whether the day of a moment counts."""
        return WEEK[at.weekday()] in self.workdays and at.date() not in self.holidays

    def after(self, start: datetime, span: timedelta) -> datetime:
        """When a span has passed of which only business days count."""
        if len(self.workdays) == len(WEEK) and not self.holidays:
            return start + span
        now = self._next_open(start)
        while True:
            left = _midnight(now) + _DAY - now
            if span <= left:
                return now + span
            now, span = self._next_open(now + left), span - left

    def _next_open(self, at: datetime) -> datetime:
        # A week and every holiday at most: then a workday has come.
        for _ in range(len(WEEK) + HOLIDAYS_MAX * len(WEEK)):
            if self.is_workday(at):
                break
            at = _midnight(at) + _DAY
        return at


def _midnight(at: datetime) -> datetime:
    return at.replace(hour=0, minute=0, second=0, microsecond=0)
