"""How often a day rings, by routes, and how long a finding takes to whoever is told.

`python -m tests.benchmarks.alerting`: the demo's day (seed 4), told at the record's own times.
"""

import asyncio
import base64
import tempfile
import time
from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from statistics import quantiles
from typing import Any, NamedTuple

from rules.finding import Change, Finding, Severity
from stream.clock import SystemClock
from stream.demo.day import Staging
from stream.desk.alerts import Alerts
from stream.desk.delivery import Delivery, Kind
from stream.desk.destinations.webhook import Webhook
from stream.desk.embedded import run_desk
from stream.desk.reading import read_finding
from stream.desk.routes_file import load_routes
from stream.desk.routing import Routes
from stream.hosts.cursors import StoredCursors
from tests.demo.staged import lines_of
from tests.deploy.names import DEPLOY
from tests.desk.findings import OPENED, line
from tests.desk.flaky import MemoryLog
from tests.desk.receivers import receiver

SEED = 4
SHIPPED = DEPLOY / "alerts.toml"
LOOK = timedelta(minutes=1)
AFTERWARDS = timedelta(days=1)
TOLD_ONE_BY_ONE = 500
SECRET = f"whsec_{base64.b64encode(b'only-for-tests-0123456789abcdef!').decode()}"


class Rung(NamedTuple):
    """What a day told one destination: the messages that ring, and the findings they name."""

    rings: Sequence[datetime]
    named: frozenset[str]


def rung(day: Sequence[str], routes: Routes, destination: str = "webhook") -> Rung:
    """Tell a day to a destination that hears of groups, looking every minute, and a day after."""
    waiting = [(read_finding(each.encode()).at, each.encode()) for each in day]
    alerts = Alerts(destination, resends=False, folds=True, routes=routes)
    now = waiting[0][0]
    end = max(at for at, _ in waiting) + AFTERWARDS
    rings: list[datetime] = []
    named: set[str] = set()
    while now <= end:
        while waiting and waiting[0][0] <= now:
            alerts.take(waiting.pop(0)[1], now)
        for each in alerts.due(now):
            rings += [now] * (each.kind is Kind.FIRING)
            named |= names(each)
        alerts.settle([], now)
        now += LOOK
    return Rung(rings, frozenset(named))


def names(delivery: Delivery) -> set[str]:
    """The findings that a message names."""
    return {delivery.finding.finding, *(each.finding.finding for each in delivery.also)}


def stood_at_the_end(day: Sequence[str]) -> frozenset[str]:
    """The findings of a day that were not withdrawn."""
    last: dict[str, Finding] = {}
    for each in day:
        finding = read_finding(each.encode())
        last[finding.finding] = finding
    return frozenset(n for n, each in last.items() if each.change is not Change.WITHDRAWN)


def by(group_by: str, **more: Any) -> Routes:
    """One route that groups so."""
    return Routes.model_validate({"route": [{"name": "all", "group_by": group_by, **more}]})


def measure() -> None:
    """Print both figures."""
    with tempfile.TemporaryDirectory() as made:
        day, _ = lines_of(Path(made) / "data", SEED, Staging())
        print(
            f"the demo's day, seed {SEED}: {len({read_finding(e.encode()).finding for e in day})}"
            f" findings, {_critical(day)} of them critical; messages that ring at a webhook:"
        )
        for told, routes in _routes().items():
            found = rung(day, routes)
            missing = len(stood_at_the_end(day) - found.named)
            print(f"  {told:<45} {len(found.rings):>3}, {missing} standing ones unnamed")
        times = asyncio.run(_delivered(Path(made)))
    hundredths = quantiles(times, n=100)
    print(
        f"finding to webhook, one by one: p50 {hundredths[49] * 1000:.1f} ms, "
        f"p99 {hundredths[98] * 1000:.1f} ms"
    )


def _critical(day: Sequence[str]) -> int:
    found = [read_finding(each.encode()) for each in day]
    return len({each.finding for each in found if each.severity is Severity.CRITICAL})


def _routes() -> dict[str, Routes]:
    return {
        "no routes": Routes(),
        "by case, wait 30 m, calm 2 h": by("case", wait="30m", calm="2h"),
        "by person, the same": by("person", wait="30m", calm="2h"),
        "by workflow, wait 30 m, calm 4 h": by("workflow", wait="30m", calm="4h"),
        "as shipped (deploy/alerts.toml)": load_routes(SHIPPED, ("webhook",)),
    }


async def _delivered(directory: Path) -> list[float]:
    """Seconds from a finding in the log to its receiver, each after the one before has arrived."""
    log, times = MemoryLog(), []
    cursors = StoredCursors(directory)
    async with receiver() as hook:
        webhook = Webhook(f"http://{hook.address}/", SECRET)
        desk = asyncio.create_task(run_desk(log, cursors, [webhook], SystemClock()))
        for number in range(TOLD_ONE_BY_ONE):
            begin = time.perf_counter()
            log.write(line(replace(OPENED, finding=f"APR-001-{number:016x}")))
            while len(hook.heard) <= number:
                await asyncio.sleep(0)
            times.append(time.perf_counter() - begin)
        desk.cancel()
        await asyncio.gather(desk, return_exceptions=True)
    cursors.close()
    return times


if __name__ == "__main__":
    measure()
