"""Who is told of which finding, together with what, and when it may ring: an operator's routes."""

from collections.abc import Iterable
from datetime import datetime, time, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase
from typing import Annotated, Any
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from pydantic import BaseModel, ConfigDict, Field, PlainValidator

from rules.finding import Finding, Severity
from stream.kinds import COUNT, FLAG, SPAN, TEXT, read_by, word

WORST_LAST = tuple(Severity)
NO_TIME = timedelta(0)


class GroupBy(StrEnum):
    """What a person looks at together, and so hears of together."""

    FINDING = "finding"
    CASE = "case"
    PERSON = "person"
    WORKFLOW = "workflow"
    TENANT = "tenant"


def _clock_time(value: Any) -> time:
    told = time.fromisoformat(value.strip()) if isinstance(value, str) else value
    if not isinstance(told, time) or told.tzinfo is not None:
        raise TypeError
    return told


def _zone(value: Any) -> ZoneInfo:
    try:
        return ZoneInfo(value)
    except ZoneInfoNotFoundError as error:
        raise ValueError from error


_SEVERITY = Annotated[
    Severity, PlainValidator(lambda value: Severity(word(each.value for each in Severity)(value)))
]
_GROUP = Annotated[
    GroupBy, PlainValidator(lambda value: GroupBy(word(each.value for each in GroupBy)(value)))
]
_TIME = Annotated[time, read_by(_clock_time, 'a time of the day, as in "22:00"')]
_ZONE = Annotated[ZoneInfo, read_by(_zone, 'a time zone, as in "Europe/Berlin"')]


class _Table(BaseModel):
    model_config = ConfigDict(extra="forbid", frozen=True, arbitrary_types_allowed=True)


class QuietHours(_Table):
    """From when to when, each day, only what is `lets_through` or worse may ring."""

    begins: _TIME
    ends: _TIME
    zone: _ZONE = ZoneInfo("UTC")
    lets_through: _SEVERITY = Severity.CRITICAL

    def until(self, now: datetime) -> datetime | None:
        """When the quiet hours in which `now` lies are over; None: it lies in none."""
        here = now.astimezone(self.zone)
        at = here.time().replace(tzinfo=None)
        over_night = self.ends <= self.begins
        is_quiet = (
            at >= self.begins or at < self.ends if over_night else self.begins <= at < self.ends
        )
        if not is_quiet:
            return None
        day = here.date() + timedelta(days=1 if over_night and at >= self.begins else 0)
        return datetime.combine(day, self.ends, tzinfo=self.zone).astimezone(now.tzinfo)


class RateLimit(_Table):
    """At most so many rings in a span; a critical one rings nevertheless, unless it is told."""

    rings: COUNT
    within: SPAN
    also_critical: FLAG = False


class Escalation(_Table):
    """Who else is told when nobody has acknowledged a finding after so long."""

    after: SPAN
    to: tuple[TEXT, ...] = Field(min_length=1)


class Route(_Table):
    """What is told of the findings that it matches. What it does not name, it does not ask.

    `rules`, `sources`, `tenants` and `workflows` are patterns with `*`. `destinations` are told;
    without any, all of them are.
    """

    name: TEXT
    severities: tuple[_SEVERITY, ...] = ()
    rules: tuple[TEXT, ...] = ()
    sources: tuple[TEXT, ...] = ()
    tenants: tuple[TEXT, ...] = ()
    workflows: tuple[TEXT, ...] = ()
    destinations: tuple[TEXT, ...] = ()
    group_by: _GROUP = GroupBy.FINDING
    wait: SPAN = NO_TIME
    """How long the first of a group waits for company."""
    calm: SPAN = NO_TIME
    """How long after a ring its group rings again for nothing but something worse."""
    repeat: SPAN | None = None
    """How often it rings again while nobody has acknowledged it; None: never."""
    quiet: tuple[QuietHours, ...] = ()
    rate: RateLimit | None = None
    escalate: Escalation | None = None

    def matches(self, finding: Finding) -> bool:
        """Whether this route is the finding's."""
        return (not self.severities or finding.severity in self.severities) and all(
            _is_one_of(told, patterns)
            for told, patterns in (
                (finding.rule, self.rules),
                (finding.source, self.sources),
                (finding.tenant, self.tenants),
                (finding.workflow, self.workflows),
            )
        )

    def tells(self, destination: str) -> bool:
        """Whether a destination is told at once."""
        return not self.destinations or destination in self.destinations

    def escalates_to(self, destination: str) -> bool:
        """Whether a destination is told when nobody acknowledges."""
        return (
            self.escalate is not None
            and destination in self.escalate.to
            and not (self.destinations and destination in self.destinations)
        )

    def group_of(self, finding: Finding) -> str:
        """What the finding is told together with: the same for all of a group."""
        tenant = finding.tenant or ""
        match self.group_by:
            case GroupBy.CASE:
                told = (tenant, finding.case)
            case GroupBy.PERSON if finding.who:
                told = (tenant, finding.who[0])
            case GroupBy.WORKFLOW if finding.workflow:
                told = (tenant, finding.workflow)
            case GroupBy.TENANT:
                told = (tenant, "")
            case _:
                return f"{self.name}/{finding.finding}"
        return f"{self.name}/{self.group_by}/{'/'.join(told)}"


EVERYTHING = Route(name="everything")
"""What counts where no route matches: each finding by itself, to everybody, at once."""


class Routes(_Table):
    """The routes in the operator's order: the first that matches is a finding's."""

    route: tuple[Route, ...] = ()

    def of(self, finding: Finding) -> Route:
        """The route of a finding."""
        return next((each for each in self.route if each.matches(finding)), EVERYTHING)

    def called(self, name: str) -> Route:
        """The route of a name; a name that is gone is told everything."""
        return next((each for each in self.route if each.name == name), EVERYTHING)

    @property
    def repeats(self) -> bool:
        """Whether anything rings again, so that what it says must be remembered."""
        return any(each.repeat for each in self.route)


def worst(severities: Iterable[Severity]) -> Severity:
    """The worst of them; of none, the least."""
    return max(severities, key=WORST_LAST.index, default=Severity.LOW)


def is_worse(one: Severity, other: Severity) -> bool:
    """Whether the one is worse than the other."""
    return WORST_LAST.index(one) > WORST_LAST.index(other)


def _is_one_of(told: str | None, patterns: tuple[str, ...]) -> bool:
    return not patterns or any(fnmatchcase(told or "", each) for each in patterns)
