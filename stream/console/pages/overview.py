"""How the controls are: what stands, how each fares, and how that has gone over the last weeks."""

from datetime import datetime, timedelta
from typing import NamedTuple

from aiohttp import web

from rules.catalog import CATALOG
from rules.finding import Severity
from rules.rule import Rule
from rules.verdict import Verdict
from stream.archive.standings import Standings
from stream.console.charts import Bar, Chart, chart, meter
from stream.console.console import CONSOLE, Console
from stream.console.health import Counts
from stream.console.reading import Sources
from stream.console.sources import standing_record

DAYS = 42
WORST_FIRST = tuple(reversed(Severity))
VERDICTS = (Verdict.HELD, Verdict.OPEN, Verdict.CANNOT_TELL, Verdict.BROKEN)


class Control(NamedTuple):
    """A rule, how many decisions it says what of, the same as a picture, what stands of it."""

    rule: Rule
    counts: dict[Verdict, int]
    bars: tuple[Bar, ...]
    standing: int


class _Told(NamedTuple):
    by_rule: dict[str, dict[Severity, int]]
    opened: Chart
    decided: Chart
    last_at: datetime | None
    record: str


async def show(request: web.Request) -> web.Response:
    """Show how the controls are."""
    console = request.app[CONSOLE]
    told = await console.reading.ask(lambda of: _look(of, console.clock.now()))
    health = await _health(console)
    standing = {
        severity: sum(counts.get(severity, 0) for counts in told.by_rule.values())
        for severity in WORST_FIRST
    }
    return console.page(
        request,
        "overview",
        standing=standing,
        controls=_controls(told.by_rule, health),
        is_counted=health is not None,
        charts=(
            ("Findings opened", "each on the day on which it was first seen", told.opened),
            (
                "Decisions, by their verdict",
                "each case on the day of its last step; open ones can still change",
                told.decided,
            ),
        ),
        last_at=told.last_at,
        record=told.record,
        days=DAYS,
    )


def _look(of: Sources, now: datetime) -> _Told:
    standings: Standings = of.standings
    last = standings.last_at()
    # A record that was read in later is looked at as of its own end.
    end = min(now, last) if last else now
    begin = end - timedelta(days=DAYS - 1)
    after = end + timedelta(microseconds=1)
    return _Told(
        standings.by_rule(),
        chart(standings.opened(begin, after), list(Severity)),
        chart(standings.decided(begin, after), VERDICTS),
        last,
        standing_record(of.archive),
    )


async def _health(console: Console) -> Counts | None:
    health = console.health
    if health is None:
        return None
    return await console.reading.ask(lambda _: health.counts())


def _controls(by_rule: dict[str, dict[Severity, int]], health: Counts | None) -> list[Control]:
    controls = []
    for rule in CATALOG:
        counts = {verdict: (health or {}).get(rule.id, {}).get(verdict, 0) for verdict in VERDICTS}
        bars = meter({verdict.value: n for verdict, n in counts.items()}, VERDICTS)
        controls.append(Control(rule, counts, bars, sum(by_rule.get(rule.id, {}).values())))
    return controls
