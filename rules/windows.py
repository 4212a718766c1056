"""Windows of time in which patterns are looked for: each begins where the one before it ended.

They are counted from one moment for everybody, so that every machine and every replay cuts the
same: a breach belongs to its window and is found at most once in it.
"""

from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import groupby

from rules.events import Event

EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
SINCE_EVER = datetime.min.replace(tzinfo=UTC)
OPEN_WINDOWS = 2
"""The window in which the log's time is, and the one before it: late facts still count there."""


def window_of(at: datetime, span: timedelta) -> datetime:
    """Say when the window began that a moment lies in; without a span there is one for all time."""
    if not span:
        return SINCE_EVER
    return EPOCH + (at - EPOCH) // span * span


def open_since(now: datetime, span: timedelta) -> datetime:
    """Say when the oldest window began that is still open; what is before it is settled."""
    begin = window_of(now, span)
    return begin - (OPEN_WINDOWS - 1) * span if span else begin


def by_window(facts: Iterable[Event], span: timedelta) -> Iterator[tuple[datetime, list[Event]]]:
    """Cut facts, which are in order, into windows: when each began, and its facts."""
    for begin, group in groupby(facts, key=lambda fact: window_of(fact.occurred_at, span)):
        yield begin, list(group)
