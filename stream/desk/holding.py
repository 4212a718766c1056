"""Whether a group of alerts may ring now: until when it is held, and for which reason."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import datetime

from rules.finding import Severity
from stream.desk.routing import Route, is_worse, worst


@dataclass(frozen=True, slots=True, kw_only=True)
class Bell:
    """What has rung and what wants to ring.

    `waiting` are the severities that wait, since `since`; `told` is the worst that has been told
    of the group; `rung_at` is when it last rang or stood down, `rings` when its route last did.
    """

    waiting: Sequence[Severity]
    since: datetime
    opened_at: datetime
    told: Severity | None = None
    rung_at: datetime | None = None
    rings: Sequence[datetime] = field(default_factory=tuple)
    escalates: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class Hold:
    """Until when a group is silent, and why."""

    until: datetime
    reason: str


def held(route: Route, bell: Bell, now: datetime) -> Hold | None:
    """The hold that lasts longest; None: ring."""
    holds = [each for each in _holds(route, bell, now) if each.until > now]
    return max(holds, key=lambda each: each.until, default=None)


def _holds(route: Route, bell: Bell, now: datetime) -> Iterator[Hold]:
    severity = worst(bell.waiting)
    if bell.escalates and route.escalate is not None:
        until = bell.opened_at + route.escalate.after
        yield Hold(
            until=until, reason="others are told first; it comes here if nobody acknowledges"
        )
    if bell.rung_at is None:
        yield Hold(until=bell.since + route.wait, reason="its group waits for company")
    elif bell.told is None or not is_worse(severity, bell.told):
        until = bell.rung_at + route.calm
        yield Hold(until=until, reason="its group has just rung, and this is nothing worse")
    yield from _quiet(route, severity, now)
    yield from _limited(route, bell, severity)


def _quiet(route: Route, severity: Severity, now: datetime) -> Iterator[Hold]:
    for hours in route.quiet:
        until = hours.until(now)
        if until is not None and is_worse(hours.lets_through, severity):
            yield Hold(until=until, reason=f"quiet hours, for less than {hours.lets_through}")


def _limited(route: Route, bell: Bell, severity: Severity) -> Iterator[Hold]:
    rate = route.rate
    if rate is None or len(bell.rings) < rate.rings:
        return
    if severity is Severity.CRITICAL and not rate.also_critical:
        return
    until = bell.rings[-rate.rings] + rate.within
    yield Hold(until=until, reason=f"its route has rung {rate.rings} times in {rate.within}")
