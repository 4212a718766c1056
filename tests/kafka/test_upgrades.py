"""Another version of the rules takes over on Kafka: at the head, with an entry, and only there."""

import asyncio
import os
import subprocess
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from rules.catalog import CATALOG_VERSION
from rules.machines.contract import JOURNAL, TRAIL
from stream.hosts.contract import Halt, Pace, Role
from stream.hosts.kafka import KafkaClient, KafkaHost, KafkaLimits, create_topics
from stream.topics import Deployment, topics_of
from tests.contracts.world import settled
from tests.hosts.judged import LOGS
from tests.hosts.upgrading import EXPECTED, HALF, NEW, OLD, RECORDS
from tests.kafka.broker import Broker
from tests.kafka.topics import fetch_all
from tests.programs import FOUREYES

LIMITS = KafkaLimits(session_seconds=1.5, heartbeat_seconds=0.3, retry_seconds=0.2)
PACE = Pace(batch_records=8, checkpoint_every_records=30)


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test alone: the topics have the names they have in earnest."""
    with Broker(tmp_path / "broker") as running:
        yield running


async def write(broker: Broker, records: Sequence[bytes]) -> None:
    """Add to the journal."""
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, acks="all") as producer:
        for record in records:
            await producer.send(JOURNAL, record, partition=0)
        await producer.flush()


async def verdict(broker: Broker) -> dict[str, list[bytes]]:
    """All that was said."""
    return {
        log: [each.value or b"" for each in await fetch_all(broker.bootstrap, log)] for log in LOGS
    }


async def judge(broker: Broker, role: Role, count: int, *, is_orderly: bool = True) -> list[str]:
    """Judge until so much is said in the trail or somebody halts; give the reasons of those."""
    halts: list[Halt] = []
    client = KafkaClient(bootstrap=broker.bootstrap)
    host = KafkaHost(client, [role], PACE, on_halt=halts.append, limits=LIMITS)
    work = asyncio.create_task(host.run())

    async def look() -> int:
        return 10**9 if halts else len((await verdict(broker))[TRAIL])

    await settled(look, lambda seen: seen >= count)
    if is_orderly:
        await host.stop()
    else:
        work.cancel()
    await asyncio.gather(work, return_exceptions=True)
    return [halt.reason for halt in halts]


async def test_the_old_release_has_the_last_word_and_the_next_one_goes_on(own: Broker) -> None:
    """Killed; the new one halts; `foureyes checkpoint` of the old one; the new one takes over.

    Then all it says is what two judges say in a plain loop: every log, byte for byte.
    """
    names = ("judge", "linker", "control", "patterns", "facts.people", "facts.entitlements")
    roles = dict.fromkeys(names, 1)
    deployment = Deployment(partitions=1, roles=roles, sources=("foureyes",), raw_partitions=1)
    await create_topics(KafkaClient(bootstrap=own.bootstrap), topics_of(deployment))
    await write(own, RECORDS[:HALF])
    trail = EXPECTED[TRAIL]
    (took_over,) = (n for n, each in enumerate(trail) if b'"record":"rules"' in each)
    await judge(own, OLD, took_over, is_orderly=False)
    before = await verdict(own)

    (reason,) = await judge(own, NEW, took_over + 1)
    after = await verdict(own)
    done = await asyncio.to_thread(checkpoint, own.bootstrap)
    await write(own, RECORDS[HALF:])
    reasons = await judge(own, NEW, len(trail))

    assert f"Start version {CATALOG_VERSION} once more and stop it in order" in reason
    assert after == before
    assert done.returncode == 0, done.stderr
    assert f"judge 0 at record {HALF}: written" in done.stdout.splitlines()
    assert reasons == []
    assert await verdict(own) == {log: EXPECTED[log] for log in LOGS}


def checkpoint(bootstrap: str) -> subprocess.CompletedProcess[str]:
    """Run the verb of the release that is installed."""
    settings = {
        "FOUREYES_KAFKA_BOOTSTRAP": bootstrap,
        "FOUREYES_KAFKA_PARTITIONS": "1",
        "FOUREYES_KAFKA_RAW_PARTITIONS": "1",
    }
    return subprocess.run(
        [*FOUREYES, "checkpoint"],
        env={**os.environ, **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=120,
    )
