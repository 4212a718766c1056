"""`foureyes run` on Kafka under faults, while events flow: all of its roles in one process."""

import asyncio
import json
import random
import signal
import time
from collections.abc import Sequence
from pathlib import Path

import pytest

from rules.machines.contract import JOURNAL, TRAIL
from tests.end_to_end.test_storage import started
from tests.faults.broken_program import Breakage
from tests.faults.flow import Flow, Program, flowing, hold_to_promises, ids_in
from tests.faults.judges import hold_on_kafka, values, what_is_decided
from tests.faults.table import draw, note_refused
from tests.faults.test_embedded_run import hanging
from tests.kafka.broker import Broker
from tests.kafka.topics import fetch_all
from tests.programs import FOUREYES
from tests.servers import LOOPBACK, free_ports

pytestmark = pytest.mark.kafka
PARTITIONS = 2
SETTLE_SECONDS_MAX = 120.0
DEATH_SECONDS_MAX = 120.0


def program(broker: Broker, directory: Path, **more: str) -> Program:
    """`foureyes run` with every role."""
    environ = {
        "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap,
        "FOUREYES_KAFKA_PARTITIONS": str(PARTITIONS),
        "FOUREYES_KAFKA_RAW_PARTITIONS": "1",
        **more,
    }
    return Program(environ, directory)


async def hold(broker: Broker, fault: str, times: int, promised: Sequence[str]) -> None:
    """Hold the trail to a plain fold of the journal, and to what senders were promised."""
    held = await hold_on_kafka(broker.bootstrap, PARTITIONS, fault, times)
    hold_to_promises(held.entries, held.journals, held.decided, promised)


async def everything_is_judged(broker: Broker, flow: Flow) -> None:
    """Return once every event that the sender was promised stands in the trail, or is set aside."""
    deadline = time.monotonic() + SETTLE_SECONDS_MAX
    while missing := set(flow.acknowledged) - await _told(broker):
        assert time.monotonic() < deadline, missing
        await asyncio.sleep(0.5)


async def _told(broker: Broker) -> set[str]:
    trails = await fetch_all(broker.bootstrap, TRAIL)
    entries = [each for record in trails for each in json.loads(record.value or b"{}")["entries"]]
    journals = await values(broker.bootstrap, JOURNAL, PARTITIONS)
    aside = ids_in(journals, await what_is_decided(broker.bootstrap))
    return aside | {entry["id"] for entry in entries if "action" in entry}


async def test_all_roles_are_killed_together(tmp_path: Path) -> None:
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
        await hold(broker, "kill -9 of intake and all the rest", times, flow.acknowledged)


@pytest.mark.parametrize(
    ("role", "fault"),
    [
        ("intake.native", "kill -9 of intake between its frames and its offsets"),
        ("judge", "kill -9 of the judge between its findings and its head"),
    ],
)
async def test_a_role_is_killed_at_its_commit(role: str, fault: str, tmp_path: Path) -> None:
    """Everything of a transaction is sent and taken, and then it dies: just before, just after."""
    chance, times = random.Random(6), draw(short=1, full=10)
    with Broker(tmp_path / "broker") as broker:
        run = program(broker, tmp_path)
        with flowing(run) as flow:
            for number in range(2 * times):
                run.kill()
                dies = Breakage(
                    dies_in=role, dies_at=chance.randint(3, 20), is_committed=bool(number % 2)
                )
                run.command = dies.command
                code = await asyncio.to_thread(run.launch().wait, DEATH_SECONDS_MAX)
                assert code == -signal.SIGKILL
            run.command = FOUREYES
            run.start()
            flow.end()
            await everything_is_judged(broker, flow)
        await hold(broker, fault, 2 * times, flow.acknowledged)


def test_reference_facts_that_are_missing_at_the_start(tmp_path: Path) -> None:
    """Refused by name before a broker is even asked."""
    missing = tmp_path / "missing.csv"
    environ = {
        "FOUREYES_KAFKA_BOOTSTRAP": f"{LOOPBACK}:{free_ports(1)[0]}",
        "FOUREYES_DATA": str(tmp_path / "data"),
        "FOUREYES_PEOPLE": str(missing),
    }
    refused = started(environ)

    assert refused.returncode == 2
    assert str(missing) in refused.stderr
    assert "Traceback" not in refused.stderr
    note_refused("kafka", "reference facts missing at start (people): refused")


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
        await hold(broker, "an alert destination that hangs", 1, flow.acknowledged)
