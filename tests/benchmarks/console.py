"""What each page of the console costs over an archive of stated size.

`python -m tests.benchmarks.console ENTRIES COPIES [WHERE]` makes the archive (`big_archive`) and
asks for every page. WHERE is `postgresql` (a server of its own, gone at the end), or a directory in
which the SQLite file stays, to be used again.
"""

import asyncio
import math
import os
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager
from pathlib import Path
from statistics import median
from typing import NamedTuple

from sqlalchemy import Connection, func, select, text

from rules.finding import Finding
from stream.archive.database import open_database, sqlite_url
from stream.archive.leaves import name_digest
from stream.archive.reader import Archive
from stream.archive.schema import CASES, NAMES, STANDINGS
from stream.archive.standings import Standings, Wanted
from stream.console.alerting import Alerting
from stream.desk.decisions import DECISIONS_MAX, Decisions, Did
from stream.desk.delivery import Kind
from stream.hosts.cursors import StoredCursors
from stream.hosts.store import Store
from stream.running.alerting import StoredAlerting
from tests.benchmarks.big_archive import fill
from tests.console.staged import Browser, console_over, enter
from tests.exports.office import Office
from tests.services.postgres import Postgres

ENTRIES, COPIES = 60_000, 0
POSTGRESQL = "postgresql"
TIMES = 41
DESKS = ("webhook", "people", "alertmanager")
ACCOUNTS = 5_000
"""So many are asked whether they decide."""
DATABASE = "archive.sqlite3"
TICK_MS = 1000 / os.sysconf("SC_CLK_TCK")


class _Place(NamedTuple):
    """Where an archive is, and the CPU time (ms) that its server has used by now."""

    url: str
    directory: Path
    served_ms: Callable[[], float]


def measure(entries: int = ENTRIES, copies: int = COPIES, where: str | None = None) -> None:
    """Make the archive if it is not there, and measure."""
    with _kept_in(where) as place:
        engine = open_database(place.url)
        if not Archive(engine).logs():
            fill(engine, entries, copies)
            _settle(place.url)
        office = Office(engine, place.directory)
        office.notary.issue()
        with engine.connect() as connection:
            findings = connection.execute(select(func.count()).select_from(STANDINGS)).scalar()
            case = connection.execute(select(STANDINGS.c.name).limit(1)).scalar()
            cases = connection.execute(select(func.count()).select_from(CASES)).scalar()
            person = _often_named(connection)
        (log,) = office.archive.logs()
        kind = engine.dialect.name
        print(f"{log.size:,} entries, {cases:,} cases, {findings:,} findings, {kind}")
        latest = Standings(engine).page(Wanted(), DECISIONS_MAX)
        alerting = _decided(place.directory, [each.finding for each in latest])
        asyncio.run(_ask(office, alerting, _pages(str(case), person), place.served_ms))
        alerting.close()
        engine.dispose()


def _decided(directory: Path, about: list[Finding]) -> StoredAlerting:
    """A data directory in which some desks have kept all the decisions that they keep."""
    data = directory / "data"
    data.mkdir(exist_ok=True)
    Store(data).close()
    with closing(StoredCursors(data)) as cursors:
        for name in DESKS:
            decisions = Decisions(name)
            for number in range(DECISIONS_MAX):
                finding = about[number % len(about)]
                decisions.add(
                    Did.TOLD,
                    "route all tells it",
                    at=finding.at,
                    finding=finding,
                    kind=Kind.FIRING,
                    route="all",
                    group=finding.finding,
                )
            cursors.save(name, {}, dict(decisions.changes()))
    return StoredAlerting(data)


def _settle(url: str) -> None:
    """Let PostgreSQL do at once what its autovacuum does after a while; SQLite has none."""
    engine = open_database(url)
    if engine.dialect.name == POSTGRESQL:
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.execute(text("VACUUM ANALYZE"))
    engine.dispose()


def _often_named(connection: Connection) -> str:
    """The account that decided most."""
    counts = {}
    for name in (f"u{number:05d}" for number in range(ACCOUNTS)):
        asked = select(func.count()).where(NAMES.c.digest == name_digest("account", name))
        counts[name] = connection.execute(asked).scalar_one()
    return max(counts, key=counts.__getitem__)


@contextmanager
def _kept_in(where: str | None) -> Iterator[_Place]:
    with tempfile.TemporaryDirectory() as made:
        if where == POSTGRESQL:
            server = Postgres()
            try:
                with server:
                    yield _Place(server.new_database(), Path(made), lambda: _used_ms(server.pid))
            finally:
                server.remove()
            return
        directory = Path(where or made)
        directory.mkdir(parents=True, exist_ok=True)
        yield _Place(sqlite_url(directory / DATABASE), directory, lambda: 0.0)


def _used_ms(parent: int) -> float:
    """The CPU time of a process' children, by the kernel's ticks."""
    used = 0
    for path in Path("/proc").glob("[0-9]*/stat"):
        fields = path.read_text().rpartition(")")[2].split()
        if int(fields[1]) == parent:
            used += int(fields[11]) + int(fields[12])
    return used * TICK_MS


def _pages(case: str, person: str) -> dict[str, str]:
    return {
        "overview": "/",
        "findings": "/findings",
        "findings, by rule and severity": "/findings?rule=APR-001&severity=high",
        "findings, of a person": f"/findings?person={person}&state=all",
        "alerts": "/alerts",
        "case": f"/case?name={case}",
        "workflow": "/workflow?id=wf-access",
        "person": f"/person?name={person}",
        "sources": "/sources",
        "rules": "/rules",
    }


async def _ask(
    office: Office, alerting: Alerting, pages: dict[str, str], served_ms: Callable[[], float]
) -> None:
    async with console_over(office, alerting=alerting) as browser:
        await enter(browser)
        for name, address in pages.items():
            await _times(browser, address, 3)
            before = served_ms()
            cpu, wall, status = await _times(browser, address, TIMES)
            served = (served_ms() - before) / TIMES
            print(
                f"{name:<32} {status} CPU {_told(cpu)} and the server's {served:.1f},"
                f" by the wall clock {_told(wall)}"
            )


def _told(spent: list[float]) -> str:
    return f"p50 {median(spent):.1f} p95 {sorted(spent)[math.ceil(0.95 * len(spent)) - 1]:.1f} ms"


async def _times(
    browser: Browser, address: str, times: int
) -> tuple[list[float], list[float], int]:
    """Milliseconds of CPU, the asking side's too, and by the wall clock; the last status."""
    cpu, wall, status = [], [], 0
    for _ in range(times):
        begin, used = time.perf_counter(), time.process_time()
        async with browser.get(address) as answer:
            await answer.read()
            status = answer.status
        wall.append((time.perf_counter() - begin) * 1000)
        cpu.append((time.process_time() - used) * 1000)
    return cpu, wall, status


if __name__ == "__main__":
    told = sys.argv[1:]
    if told:
        measure(int(told[0]), int(told[1]), told[2] if told[2:] else None)
    else:
        measure()
