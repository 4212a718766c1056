"""What can be asked of findings as their last change has them: looked for, counted, by day."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, NamedTuple

import orjson
from sqlalchemy import (
    BigInteger,
    ColumnElement,
    Engine,
    Row,
    Select,
    and_,
    column,
    false,
    func,
    or_,
    select,
    values,
)

from rules.finding import Change, Finding, Severity, read_finding
from rules.verdict import Verdict
from stream.archive.database import told_as_ours
from stream.archive.leaves import name_digest
from stream.archive.moments import microseconds, moment_of
from stream.archive.schema import CASES, ENTRIES, LOGS, NAMES, STANDINGS, entry_id

_DAY = 86_400_000_000
CHOICES_MAX = 200
"""Different sources, tenants or workflows that are offered to choose from."""
WAYS_TO_BE_NAMED = ("person", "account", "who", "entity")
"""How a case, or an entity, is found by somebody's name: see `stream.archive.leaves`."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wanted:
    """Which findings are wanted; what is None is not asked about.

    `stands`: those that stand, or those that were withdrawn. `tenant` is empty for findings without
    one. `person` is a person, an account or what the finding calls somebody. `begin` and `end` are
    about the last change.
    """

    severity: Severity | None = None
    rule: str | None = None
    source: str | None = None
    tenant: str | None = None
    workflow: str | None = None
    stands: bool | None = None
    person: str | None = None
    begin: datetime | None = None
    end: datetime | None = None


class Place(NamedTuple):
    """Where in the order of the findings, latest first, somebody stands."""

    at: int
    entry: int


class Standing(NamedTuple):
    """A finding as of its last change, when it was opened, and where it stands."""

    finding: Finding
    opened_at: datetime
    place: Place


class Standings:
    """Reads the findings of an archive. Raises ArchiveUnavailableError."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine

    def page(self, wanted: Wanted, limit: int, after: Place | None = None) -> list[Standing]:
        """The latest findings that are wanted, or those that come after a place."""
        asked = select(
            STANDINGS.c.opened_at, STANDINGS.c.at, STANDINGS.c.entry_id, ENTRIES.c.body
        ).join(ENTRIES, ENTRIES.c.id == STANDINGS.c.entry_id)
        asked = asked.where(*_where(wanted)).limit(limit)
        asked = asked.order_by(STANDINGS.c.at.desc(), STANDINGS.c.entry_id.desc())
        if after is not None:
            is_older = STANDINGS.c.at < after.at
            is_same = and_(STANDINGS.c.at == after.at, STANDINGS.c.entry_id < after.entry)
            # The first condition is what an index is good for.
            asked = asked.where(STANDINGS.c.at <= after.at, or_(is_older, is_same))
        return [_standing(row) for row in self._rows(asked)]

    def count(self, wanted: Wanted) -> int:
        """How many are wanted."""
        asked = select(func.count().label("n")).select_from(STANDINGS).where(*_where(wanted))
        return int(self._rows(asked)[0].n)

    def by_rule(self) -> dict[str, dict[Severity, int]]:
        """How many findings of each rule stand, by severity."""
        asked = select(STANDINGS.c.rule, STANDINGS.c.severity, func.count().label("n")).where(
            STANDINGS.c.change != Change.WITHDRAWN, STANDINGS.c.shadow == 0
        )
        counts: dict[str, dict[Severity, int]] = {}
        for row in self._rows(asked.group_by(STANDINGS.c.rule, STANDINGS.c.severity)):
            counts.setdefault(row.rule, {})[Severity(row.severity)] = row.n
        return counts

    def opened(self, begin: datetime, end: datetime) -> dict[datetime, Mapping[str, int]]:
        """How many were opened on each day (UTC) of a time, by severity."""
        day = (STANDINGS.c.opened_at // _DAY).label("day")
        within = (STANDINGS.c.opened_at >= microseconds(begin)) & (
            STANDINGS.c.opened_at < microseconds(end)
        )
        asked = select(day, STANDINGS.c.severity, func.count().label("n")).where(within)
        counts: dict[datetime, dict[str, int]] = {each: {} for each in _days(begin, end)}
        for row in self._rows(asked.group_by(day, STANDINGS.c.severity)):
            counts.setdefault(_day(row.day), {})[row.severity] = row.n
        return {**counts}

    def decided(self, begin: datetime, end: datetime) -> dict[datetime, Mapping[str, int]]:
        """How many cases had their last step on each day (UTC), by verdict; open ones: `open`."""
        rows = self._rows(_counted(microseconds(begin), microseconds(end)))
        days = zip(_days(begin, end), rows, strict=True)
        return {day: {name: n for name, n in row._asdict().items() if n} for day, row in days}

    def last_at(self) -> datetime | None:
        """When the last step of all happened; None where there is none."""
        found = self._rows(select(func.max(CASES.c.last_at).label("at")))[0].at
        return None if found is None else moment_of(found)

    def latest_cases(self, ways: Sequence[str], name: str, limit: int) -> list[int]:
        """The ids, in order, of the last cases that a name is of in some ways.

        Of those that began last in each log.
        """
        is_named = NAMES.c.digest.in_([name_digest(way, name) for way in ways])
        found: set[int] = set()
        for log in self._rows(select(LOGS.c.partition)):
            begin, end = entry_id(log.partition, 0), entry_id(log.partition + 1, 0)
            within = (NAMES.c.case_id >= begin) & (NAMES.c.case_id < end)
            asked = select(NAMES.c.case_id).distinct().where(is_named & within)
            rows = self._rows(asked.order_by(NAMES.c.case_id.desc()).limit(limit))
            found.update(row.case_id for row in rows)
        latest = select(CASES.c.id).where(CASES.c.id.in_(found), CASES.c.last_at.is_not(None))
        rows = self._rows(latest.order_by(CASES.c.last_at.desc(), CASES.c.id).limit(limit))
        return sorted(row.id for row in rows)

    def count_cases(self, ways: Sequence[str], name: str) -> int:
        """How many cases, and entities, a name is of in some ways."""
        digests = [name_digest(way, name) for way in ways]
        # A case has each name once: of one way there is nothing to tell apart.
        told = NAMES.c.case_id if len(ways) == 1 else NAMES.c.case_id.distinct()
        asked = select(func.count(told).label("n"))
        return int(self._rows(asked.where(NAMES.c.digest.in_(digests)))[0].n)

    def choices(self, name: str) -> list[str]:
        """The different values that findings have of `source`, `tenant` or `workflow`.

        Each is looked up from the one before it, however many findings have it.
        """
        told = STANDINGS.columns[name]
        found = select(func.min(told).label("value")).cte("found", recursive=True)
        after = select(func.min(told)).where(told > found.c.value).scalar_subquery()
        found = found.union_all(select(after).where(found.c.value.is_not(None)))
        asked = select(found.c.value).where(found.c.value.is_not(None)).limit(CHOICES_MAX)
        return sorted(row.value for row in self._rows(asked))

    def _rows(self, asked: Select[Any]) -> Sequence[Row[Any]]:
        with told_as_ours(self._engine), self._engine.connect() as connection:
            return connection.execute(asked).all()


def _standing(row: Row[Any]) -> Standing:
    finding = read_finding(orjson.loads(bytes(row.body)))
    return Standing(finding, moment_of(row.opened_at), Place(row.at, row.entry_id))


def _where(wanted: Wanted) -> Iterator[ColumnElement[bool]]:
    for name in ("severity", "rule", "source", "tenant", "workflow"):
        value = getattr(wanted, name)
        if value is not None:
            yield STANDINGS.columns[name] == value
    if wanted.stands is not None:
        is_withdrawn = STANDINGS.c.change == Change.WITHDRAWN
        yield ~is_withdrawn if wanted.stands else is_withdrawn
    if wanted.person is not None:
        yield _names_somebody(wanted.person)
    if wanted.begin is not None:
        yield STANDINGS.c.at >= microseconds(wanted.begin)
    if wanted.end is not None:
        yield STANDINGS.c.at < microseconds(wanted.end)


def _names_somebody(name: str) -> ColumnElement[bool]:
    if not name:
        return false()
    digests = [name_digest(way, name) for way in WAYS_TO_BE_NAMED]
    return STANDINGS.c.case_id.in_(select(NAMES.c.case_id).where(NAMES.c.digest.in_(digests)))


def _counted(begin: int, end: int) -> Any:
    """Ask for a row a day, with a column a verdict: each is counted from an index alone."""
    spans = [
        (max(begin, day * _DAY), min(end, (day + 1) * _DAY))
        for day in range(begin // _DAY, -(-end // _DAY))
    ]
    low, high = column("low", BigInteger), column("high", BigInteger)
    days = values(low, high, name="days").data(spans).cte("days")
    is_then = (CASES.c.last_at >= days.c.low) & (CASES.c.last_at < days.c.high)

    def count(has: ColumnElement[bool]) -> ColumnElement[int]:
        return select(func.count()).select_from(CASES).where(has, is_then).scalar_subquery()

    told = {verdict: count(CASES.c.verdict == verdict) for verdict in Verdict}
    told[Verdict.OPEN] += count(CASES.c.verdict.is_(None))
    counts = [each.label(verdict) for verdict, each in told.items()]
    return select(*counts).select_from(days).order_by(days.c.low)


def _day(number: int) -> datetime:
    return moment_of(int(number) * _DAY)


def _days(begin: datetime, end: datetime) -> Iterator[datetime]:
    first = _day(microseconds(begin) // _DAY)
    while first < end:
        yield first
        first += timedelta(days=1)
