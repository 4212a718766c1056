"""Judges on Kafka are killed, frozen and stopped while a journal is written: nothing shows it."""

import asyncio
import random
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from tests.faults.judge_worker import SESSION_SECONDS
from tests.faults.judges import Judges
from tests.faults.table import draw
from tests.kafka.broker import Broker
from tests.kafka.cluster import BROKERS, Cluster

pytestmark = pytest.mark.kafka
CASES_A_FAULT = 750
"""A journal of so many cases takes ten seconds to be written."""


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test alone: the topics have the names they have in earnest."""
    with Broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
async def judges(broker: Broker, tmp_path: Path) -> AsyncIterator[Judges]:
    """Topics, and no worker yet."""
    with Judges(broker.bootstrap, tmp_path) as made:
        await made.make_topics()
        yield made


async def test_the_only_worker_is_killed(judges: Judges) -> None:
    """SIGKILL at a moment nobody chose; each time another one takes over."""
    chance, times = random.Random(1), draw(short=2, full=20)
    async with judges.flowing(CASES_A_FAULT * times):
        for _ in range(times):
            worker = judges.start()
            await judges.go_on()
            await asyncio.sleep(chance.random() * 0.5)
            worker.kill()
        judges.start()
        await judges.go_on()
    await judges.hold("kill -9 of the only worker", times)


async def test_one_of_two_workers_is_killed(judges: Judges) -> None:
    """The other one takes its partitions over, and a new one its place."""
    chance, times = random.Random(2), draw(short=2, full=20)
    async with judges.flowing(CASES_A_FAULT * times):
        staying, leaving = judges.start(), judges.start()
        await judges.go_on()
        for _ in range(times):
            await asyncio.sleep(chance.random())
            leaving.kill()
            await judges.go_on()
            staying, leaving = judges.start(), staying
        await judges.go_on()
    await judges.hold("kill -9 of one of two workers", times)


async def test_a_zombie_writes_nothing(judges: Judges) -> None:
    """SIGSTOP beyond the session, SIGCONT: by then another one has its partitions."""
    times = draw(short=1, full=10)
    async with judges.flowing(CASES_A_FAULT * times):
        zombie, heir = judges.start(), judges.start()
        await judges.go_on()
        for _ in range(times):
            zombie.freeze()
            await asyncio.sleep(2 * SESSION_SECONDS)
            await judges.go_on()
            zombie.thaw()
            await judges.go_on()
            zombie, heir = heir, zombie
        codes = zombie.stop(), heir.stop()
        judges.start()
        await judges.go_on()
    assert codes == (0, 0)
    await judges.hold("SIGSTOP beyond the session, SIGCONT", times)


async def test_workers_are_replaced_one_by_one(judges: Judges) -> None:
    """A rolling SIGTERM, as a deployment makes it: each leaves in order."""
    times = draw(short=2, full=10)
    codes = []
    async with judges.flowing(CASES_A_FAULT * times):
        old = judges.start()
        await judges.go_on()
        for _ in range(times):
            new = judges.start()
            await asyncio.sleep(0.5)
            codes.append(await asyncio.to_thread(old.stop))
            await judges.go_on()
            old = new
    assert codes == [0] * times
    await judges.hold("rolling SIGTERM", times)


async def test_the_broker_is_killed_under_load(judges: Judges, broker: Broker) -> None:
    """Workers and writer wait for it; what was committed is there, the rest is done again."""
    times = draw(short=1, full=10)
    async with judges.flowing(2 * CASES_A_FAULT * times):
        judges.start(), judges.start()
        await judges.go_on()
        for _ in range(times):
            await asyncio.to_thread(broker.kill)
            await asyncio.sleep(1.0)
            await asyncio.to_thread(broker.start)
            await judges.go_on()
    await judges.hold("kill -9 of the broker", times)


async def test_one_of_three_brokers_is_killed(tmp_path: Path) -> None:
    """Three copies, two in sync: the other two go on without it, and it comes back."""
    times = draw(short=1, full=5)
    with (
        Cluster(tmp_path) as cluster,
        Judges(cluster.bootstrap, tmp_path, replication=BROKERS) as judges,
    ):
        await judges.make_topics()
        async with judges.flowing(4 * CASES_A_FAULT * times):
            judges.start(), judges.start()
            await judges.go_on()
            for number in range(times):
                victim = cluster.brokers[number % BROKERS]
                await asyncio.to_thread(victim.kill)
                await judges.go_on()
                await asyncio.to_thread(victim.start)
                await judges.go_on()
        await judges.hold("kill -9 of one of three brokers", times)
