"""How long something lasts: ISO 8601 durations, reckoned from the moment at which they begin."""

import re
from calendar import monthrange
from datetime import datetime, timedelta

_DURATION = re.compile(
    r"P(?!$)(?:(\d+)Y)?(?:(\d+)M)?(?:(\d+)W)?(?:(\d+)D)?"
    r"(?:T(?=\d)(?:(\d+)H)?(?:(\d+)M)?(?:(\d+(?:\.\d+)?)S)?)?",
    re.ASCII,
)


def end_of(start: datetime, duration: str | None) -> datetime | None:
    """Say when something ends that begins at `start`; None: never, as far as anybody knows.

    A month is a calendar's month, and where it lacks the day its last one. What can not be read,
    or ends after all calendars, has no end that anybody could wait for.
    """
    told = _DURATION.fullmatch(duration or "")
    if told is None:
        return None
    years, months, weeks, days, hours, minutes = (int(part or 0) for part in told.groups()[:6])
    try:
        span = timedelta(
            days=7 * weeks + days, hours=hours, minutes=minutes, seconds=float(told[7] or 0)
        )
        return _months_later(start, 12 * years + months) + span
    except (OverflowError, ValueError):
        return None


def _months_later(start: datetime, months: int) -> datetime:
    year, month = divmod(start.year * 12 + start.month - 1 + months, 12)
    day = min(start.day, monthrange(year, month + 1)[1]) if months else start.day
    return start.replace(year=year, month=month + 1, day=day)
