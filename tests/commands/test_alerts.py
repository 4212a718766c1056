"""`foureyes alerts`: what was decided about each alert, in plain language or for programs."""

import asyncio
import json
import os
from contextlib import closing, suppress
from dataclasses import replace
from pathlib import Path

import pytest

from rules.finding import Severity
from stream.cli import EXIT_USAGE, main
from stream.clock import FixedClock
from stream.desk.embedded import DeskPace, run_desk
from stream.desk.routing import Routes
from stream.hosts.cursors import StoredCursors
from tests.desk.findings import NOON, OPENED, line
from tests.desk.flaky import Flaky, MemoryLog

LOW = replace(OPENED, finding="APR-013-low", severity=Severity.LOW, case="REQ-8")
ROUTES = Routes.model_validate(
    {
        "route": [
            {"name": "low", "severities": ["low"], "destinations": ["ocsf"]},
            {"name": "rest", "group_by": "case", "wait": "0s"},
        ]
    }
)


@pytest.fixture
def data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory in which a desk has told one finding and dropped another."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FOUREYES_DATA", str(tmp_path))
    return tmp_path


async def told(data: Path) -> None:
    """Let a desk hear both."""
    log, destination = MemoryLog(), Flaky("people")
    log.write(line(LOW), line(OPENED))
    with closing(StoredCursors(data)) as cursors:
        pace = DeskPace(wait_seconds=0.01)
        work = run_desk(log, cursors, [destination], FixedClock(NOON), pace=pace, routes=ROUTES)
        desk = asyncio.create_task(work)
        async with asyncio.timeout(10):
            while cursors.load("people")[0] != {0: 3}:
                await asyncio.sleep(0.01)
        desk.cancel()
        with suppress(asyncio.CancelledError):
            await desk


def test_each_decision_says_what_was_done_for_whom_and_why(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The latest last."""
    asyncio.run(told(data))

    assert main(["alerts"]) == 0

    said = capsys.readouterr().out.splitlines()
    assert said[0] == "2026-11-24 12:00:00Z people: dropped - route low tells ocsf"
    assert said[2].startswith("2026-11-24 12:00:00Z people: told - route rest tells it, with group")
    assert OPENED.summary in said[3]


def test_a_program_asks_for_some_of_them(data: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """One JSON object a line; the filters join."""
    asyncio.run(told(data))

    main(["alerts", "--did", "told", "--case", "REQ-7", "--format", "jsonl"])

    (only,) = map(json.loads, capsys.readouterr().out.splitlines())
    assert (only["finding"], only["did"], only["route"]) == (OPENED.finding, "told", "rest")
    main(["alerts", "--last", "0"])
    main(["alerts", "--tenant", "nobody"])
    assert not capsys.readouterr().out


def test_where_no_desk_has_been_there_is_nothing_to_list(
    data: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Said so, with the directory."""
    assert main(["alerts"]) == EXIT_USAGE

    assert str(data) in capsys.readouterr().err
