"""What people say of alerts, heard by a Faust desk's worker over a real broker."""

import asyncio
import os
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rules.machines.contract import FINDINGS
from stream.desk.decisions import Decision, Did
from stream.desk.notes import Cover, Note, Said
from stream.running.alerts import decisions_of
from stream.running.notes import write as write_note
from stream.settings import Settings
from stream.topics import raw_topic
from tests.desk.findings import OPENED
from tests.kafka.broker import Broker
from tests.kafka.desk_running import OPERATED, as_operated, until, worker, write, written
from tests.kafka.topics import create_topics

ROUTES = """\
[[route]]
name = "again"
repeat = "2s"
"""
SECONDS_MAX = 60
SILENT_FOR = timedelta(seconds=35)
MOVED, RINGS = (replace(OPENED, finding=f"f-{case}", case=case) for case in ("moved", "rings"))


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of its own: the desk's topics and groups have fixed names."""
    with Broker(tmp_path / "kafka") as running:
        yield running


async def test_a_silence_of_two_and_an_acknowledgement_are_heeded(
    broker: Broker, tmp_path: Path
) -> None:
    """Silenced before the worker begins, held over its death, told when the silence is over.

    The other one rings again every two seconds until somebody looks after it.
    """
    await create_topics(broker.bootstrap, FINDINGS, raw_topic("foureyes"))
    file, log, routes = (tmp_path / name for name in ("findings.jsonl", "worker.log", "a.toml"))
    routes.write_text(ROUTES)
    variables = {
        **as_operated(broker, file),
        "FOUREYES_KAFKA_RAW_PARTITIONS": "1",
        "FOUREYES_ALERTS": str(routes),
    }
    settings = Settings.load({**os.environ, **variables})
    ends = datetime.now(UTC) + SILENT_FOR
    for note in silence(ends):
        await asyncio.to_thread(write_note, settings, note)
    await write(broker, [MOVED, RINGS])

    with worker(log, *OPERATED, **variables):
        await until(lambda: written(file).count(RINGS.finding) >= 2)
        before = await decided(settings, MOVED.finding)
    with worker(log, *OPERATED, **variables):
        await until(lambda: log.read_text().count("desk ready") >= 2)
        await asyncio.to_thread(write_note, settings, acknowledged(RINGS.finding))
        await until(lambda: MOVED.finding in written(file))
        told_at = datetime.now(UTC)
        rung = written(file).count(RINGS.finding)
        await asyncio.sleep(5)
        after = await decided(settings, MOVED.finding)

    assert [each.did for each in before] == [Did.HELD]
    assert "agreed by dee: moving house" in before[0].reason
    assert (told_at >= ends, [each.did for each in after][-1]) == (True, Did.TOLD)
    assert written(file).count(RINGS.finding) == rung


def silence(until_: datetime) -> list[Note]:
    """What Cy wants and Dee agrees to."""
    wanted = Note(
        id="n-1",
        said=Said.PROPOSED,
        by="cy",
        at=datetime.now(UTC),
        about="s-1",
        reason="moving house",
        until=until_,
        covers=Cover(case=MOVED.case),
    )
    agreed = Note(id="n-2", said=Said.APPROVED, by="dee", at=datetime.now(UTC), about="s-1")
    return [wanted, agreed]


def acknowledged(finding: str) -> Note:
    """Ann looks after it."""
    return Note(id="n-3", said=Said.ACKNOWLEDGED, by="ann", at=datetime.now(UTC), about=finding)


async def decided(settings: Settings, finding: str) -> list[Decision]:
    """What was decided about a finding, as `foureyes alerts` lists it."""
    found = await asyncio.to_thread(decisions_of, settings)
    return [each for each in found if each.finding == finding]
