"""`foureyes run` on Kafka under faults, while events flow: all of its roles in one process."""

import asyncio
import json
import random
import time
from collections import Counter
from pathlib import Path

import pytest

from rules.machines.contract import TRAIL
from tests.faults.flow import Flow, Program
from tests.faults.judges import hold_on_kafka
from tests.faults.table import draw
from tests.faults.test_embedded_run import flowing, hanging
from tests.kafka.broker import Broker
from tests.kafka.topics import fetch_all

pytestmark = pytest.mark.kafka
PARTITIONS = 2
SETTLE_SECONDS_MAX = 60.0


def program(broker: Broker, directory: Path, **more: str) -> Program:
    """`foureyes run` with every role."""
    environ = {
        "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap,
        "FOUREYES_KAFKA_PARTITIONS": str(PARTITIONS),
        "FOUREYES_KAFKA_RAW_PARTITIONS": "1",
        **more,
    }
    return Program(environ, directory)


async def hold(broker: Broker, fault: str, times: int, flow: Flow) -> None:
    """Hold the trail to a plain fold of the journal, and to what the sender was promised."""
    partitions = await hold_on_kafka(broker.bootstrap, PARTITIONS, fault, times)
    told = (json.loads(entry) for entries in partitions for entry in entries)
    recorded = Counter(each["id"] for each in told if "action" in each)
    assert recorded == Counter(set(flow.acknowledged))


async def everything_is_judged(broker: Broker, flow: Flow) -> None:
    """Return once every event that the sender was promised stands in the trail."""
    wanted = set(flow.acknowledged)
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while wanted and time.monotonic() < deadline:
        await asyncio.sleep(0.5)
        for record in await fetch_all(broker.bootstrap, TRAIL):
            entries = json.loads(record.value or b"{}")["entries"]
            wanted -= {entry["id"] for entry in entries if "action" in entry}
    assert not wanted


async def test_intake_is_killed_between_its_frames_and_its_offsets(tmp_path: Path) -> None:
    """SIGKILL at moments nobody chose; bodies are sent twice, and known as repeats."""
    chance, times = random.Random(5), draw(short=2, full=20)
    with Broker(tmp_path / "broker") as broker:
        run = program(broker, tmp_path)
        with flowing(run) as flow:
            for _ in range(times):
                await asyncio.sleep(0.5 + chance.random())
                run.kill()
                run.start()
            flow.end()
            await everything_is_judged(broker, flow)
        await hold(broker, "kill -9 of intake and all the rest", times, flow)


async def test_a_destination_that_hangs(tmp_path: Path) -> None:
    """A webhook takes the connection and never answers: judging goes on, and so does the end."""
    with Broker(tmp_path / "broker") as broker, hanging() as port:
        run = program(
            broker,
            tmp_path,
            FOUREYES_WEBHOOK_URL=f"http://127.0.0.1:{port}/hook",
            FOUREYES_WEBHOOK_SECRET="whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",  # noqa: S106
        )
        with flowing(run) as flow:
            await asyncio.sleep(2.0)
            flow.end()
            await everything_is_judged(broker, flow)
        await hold(broker, "an alert destination that hangs", 1, flow)
