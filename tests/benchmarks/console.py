"""What each page of the console costs over an archive of stated size.

`python -m tests.benchmarks.console ENTRIES COPIES [DIRECTORY]` makes the archive (`big_archive`)
and asks for every page; with a directory the archive stays there, and is used again.
"""

import asyncio
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median

from sqlalchemy import Connection, func, select

from stream.archive.database import open_database, sqlite_url
from stream.archive.leaves import name_digest
from stream.archive.reader import Archive
from stream.archive.schema import CASES, NAMES, STANDINGS
from tests.benchmarks.big_archive import fill
from tests.console.staged import Browser, console_over, enter
from tests.exports.office import Office

ENTRIES, COPIES = 60_000, 0
TIMES = 21
ACCOUNTS = 5_000
"""So many are asked whether they decide."""
DATABASE = "archive.sqlite3"


def measure(entries: int = ENTRIES, copies: int = COPIES, directory: str | None = None) -> None:
    """Make the archive if it is not there, and measure."""
    with _kept_in(directory) as path:
        engine = open_database(sqlite_url(path / DATABASE))
        if not Archive(engine).logs():
            fill(engine, entries, copies)
        office = Office(engine, path)
        office.notary.issue()
        with engine.connect() as connection:
            findings = connection.execute(select(func.count()).select_from(STANDINGS)).scalar()
            case = connection.execute(select(STANDINGS.c.name).limit(1)).scalar()
            cases = connection.execute(select(func.count()).select_from(CASES)).scalar()
            person = _often_named(connection)
        (log,) = office.archive.logs()
        print(f"{log.size:,} entries, {cases:,} cases, {findings:,} findings, SQLite")
        asyncio.run(_ask(office, str(case), person))
        engine.dispose()


def _often_named(connection: Connection) -> str:
    """The account that decided most."""
    counts = {}
    for name in (f"u{number:05d}" for number in range(ACCOUNTS)):
        asked = select(func.count()).where(NAMES.c.digest == name_digest("account", name))
        counts[name] = connection.execute(asked).scalar_one()
    return max(counts, key=counts.__getitem__)


@contextmanager
def _kept_in(directory: str | None) -> Iterator[Path]:
    if directory is not None:
        Path(directory).mkdir(parents=True, exist_ok=True)
        yield Path(directory)
        return
    with tempfile.TemporaryDirectory() as made:
        yield Path(made)


async def _ask(office: Office, case: str, person: str) -> None:
    pages = {
        "overview": "/",
        "findings": "/findings",
        "findings, by rule and severity": "/findings?rule=APR-001&severity=high",
        "findings, of a person": f"/findings?person={person}&state=all",
        "case": f"/case?name={case}",
        "workflow": "/workflow?id=wf-access",
        "person": f"/person?name={person}",
        "sources": "/sources",
        "rules": "/rules",
    }
    async with console_over(office) as browser:
        await enter(browser)
        for name, address in pages.items():
            cpu, wall, status = await _times(browser, address)
            told = f"{median(cpu):6.1f} ms of CPU, {median(wall):6.1f} ms by the wall clock"
            print(f"{name:<32} {status} {told}, slowest {max(wall):.0f} ms")


async def _times(browser: Browser, address: str) -> tuple[list[float], list[float], int]:
    """Milliseconds of CPU, the asking side's too, and by the wall clock; the last status."""
    cpu, wall, status = [], [], 0
    for _ in range(TIMES):
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
