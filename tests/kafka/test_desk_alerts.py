"""A held alert on a real broker: the worker dies, the next one knows it, and tells it in time."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.machines.contract import FINDINGS
from stream.desk.decisions import Did
from stream.running.alerts import decisions_of
from stream.settings import Settings
from tests.kafka.broker import Broker
from tests.kafka.desk_running import OPERATED, as_operated, findings, until, worker, write, written
from tests.kafka.topics import create_topics

ROUTES = """\
[[route]]
name = "together"
group_by = "case"
wait = "12s"
"""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of its own: the desk's topics and groups have fixed names."""
    with Broker(tmp_path / "kafka") as running:
        yield running


async def test_what_is_held_outlives_the_worker(broker: Broker, tmp_path: Path) -> None:
    """Held, committed and killed: the next worker tells it when its time has come, by time alone.

    `foureyes alerts` reads what was decided out of the topic of the desk's table.
    """
    await create_topics(broker.bootstrap, FINDINGS)
    file, log, routes = (tmp_path / name for name in ("findings.jsonl", "worker.log", "a.toml"))
    routes.write_text(ROUTES)
    variables = {**as_operated(broker, file), "FOUREYES_ALERTS": str(routes)}
    settings = Settings.load({**os.environ, **variables})

    async def decided() -> list[Did]:
        return [each.did for each in await asyncio.to_thread(decisions_of, settings)]

    await write(broker, findings(2))
    with worker(log, *OPERATED, **variables):
        await until(lambda: "desk ready" in log.read_text())
        async with asyncio.timeout(30):
            while await decided() != [Did.HELD, Did.HELD]:
                await asyncio.sleep(0.2)
    before = written(file)
    with worker(log, *OPERATED, **variables):
        await until(lambda: len(written(file)) == 2)
        async with asyncio.timeout(30):
            while (await decided()).count(Did.TOLD) != 2:
                await asyncio.sleep(0.2)

    assert before == []
    assert written(file) == ["f-0000", "f-0001"]
