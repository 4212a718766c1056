"""The terms of rules that look across cases: how much makes a pattern, and what is none."""

from dataclasses import dataclass
from datetime import datetime, timedelta


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """In what spans of time patterns are looked for."""

    window: timedelta = timedelta(days=30)
    """Windows of this length, one after the other, the same for everybody. Nothing: one for all."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Reciprocity:
    """When approving each other's requests is more than chance (APR-012)."""

    count_min: int = 5
    """So many approvals in each direction, in one window."""
    times_chance: int = 5
    """So many times as often as if deciders did not care whose request it is."""
    team_min: int = 5
    """Where fewer people than this decide, they can not help deciding for each other."""
    declared_workflows: tuple[str, ...] = ()
    """Workflows in which deciding for each other is agreed practice: peer review, on-call pairs."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Haste:
    """When an approval came too fast for anybody to have looked (APR-013)."""

    burst_count: int = 20
    burst_within: timedelta = timedelta(minutes=1)
    """So many approvals of one person in so short a time."""
    least: timedelta = timedelta(0)
    """An approval sooner than this after the request. Nothing: single ones are not looked at."""
    bulk_sources: tuple[str, ...] = ()
    """Sources that show, in a list of decisions, all that each is about."""
    views_told_by: tuple[str, ...] = ()
    """Sources that tell each time somebody opens evidence."""


@dataclass(frozen=True, slots=True, kw_only=True)
class StaticRoute:
    """When it can be said that a route does not look at the risk (APR-016)."""

    cases_min: int = 5
    """So many privileged, and so many ordinary, cases of one window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Conflict:
    """Two rights, by id, that one person may not hold at a time (SOD-002)."""

    first: str
    second: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Rights:
    """What holding rights owes (SOD-002)."""

    conflict_grace: timedelta = timedelta(hours=1)
    """How long a person may hold both rights of a pair while one is being taken back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Extensions:
    """What custom steps owe before they run (WHK-004)."""

    grace: timedelta = timedelta(hours=24)
    """How long after its first run the approval of an emergency change may come."""
    vendor: tuple[str, ...] = ()
    """Extensions that their vendor answers for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineOwners:
    """Who answers for machine accounts (NHI-001)."""

    replace_within: timedelta = timedelta(days=14)
    """How long after an owner left a new one may be named."""
    team_owned: tuple[str, ...] = ()
    """Accounts that a team with a named lead answers for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Secrets:
    """How old machines' secrets may get (NHI-002)."""

    rotate_within: timedelta = timedelta(days=90)
    after_change: timedelta = timedelta(days=7)
    """How long after its owner changed a secret may stay."""
    not_told: tuple[str, ...] = ()
    """Accounts without a secret, or whose secrets are rotated by a vault that tells nobody."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Changes:
    """How workflows are changed (CHG-001, CHG-002, CHG-003)."""

    grace: timedelta = timedelta(hours=24)
    """How long after a version is published its approval may come."""
    pipelines: tuple[str, ...] = ()
    """Accounts that deploy what was reviewed elsewhere."""
    vendor_workflows: tuple[str, ...] = ()
    """Workflows whose versions their vendor publishes."""
    cases_min: int = 3
    """So many cases before a version show how the workflow decided until then (CHG-002)."""
    test_tenants: tuple[str, ...] = ()
    """Tenants in which workflows are tried out, and nobody gets access (CHG-002)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Flow:
    """When a source tells less than it should (EVD-004)."""

    consecutive: tuple[str, ...] = ()
    """Sources whose numbers have no holes: one that never comes is an event that was lost."""
    gap_grace: timedelta = timedelta(minutes=15)
    """How long after the number behind it a number may still come."""
    renumbered_above: int = 10_000
    """Where more numbers than this are left out, a new numbering has begun."""
    steady: tuple[str, ...] = ()
    """Sources that tell about as much in the same hour of every day."""
    fallen_percent: int = 10
    """So few percent of the least of the same hour on earlier days are too few."""
    days_min: int = 5
    """So many days before it, of its kind by the calendar, an hour is compared with."""
    events_min: int = 100
    """An hour that had fewer events than this on one of those days is not looked at."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Maintenance:
    """A time for which a source was announced to be silent (EVD-004)."""

    source: str
    begins: datetime
    ends: datetime
    owner: str
