"""Workers die, freeze and come back: what is committed is as if each record was fed once.

Every test compares outputs and state with a plain loop over the same records; a record that was
lost, doubled or out of order changes everything that is said after it.
"""

import asyncio
import random
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.contracts.world import settled, texts
from tests.kafka.broker import Broker
from tests.kafka.toy_worker import Order
from tests.kafka.workers import Workers, expected_state

PARTITIONS = 3
RECORDS = 600
SLOW = 0.002


@pytest.fixture
def workers(broker: Broker, prefix: str, tmp_path: Path) -> Iterator[Workers]:
    """Workers on topics of their own, slow enough to be hit while they work."""
    order = Order(
        bootstrap=broker.bootstrap,
        role=f"{prefix}toy",
        log=f"{prefix}in",
        said=f"{prefix}said",
        partitions=PARTITIONS,
        record_seconds=SLOW,
    )
    with Workers(order, tmp_path) as made:
        yield made


async def test_the_only_worker_is_killed_again_and_again(workers: Workers) -> None:
    """SIGKILL at five moments nobody chose; each time another one takes over."""
    chance = random.Random(1)
    values = texts(RECORDS)
    await workers.make_topics()
    await workers.write(values)

    for _ in range(5):
        before = await workers.count()
        assert before < PARTITIONS * RECORDS, "the last kill hit nobody at work"
        worker = workers.start()
        await workers.have_said(before + 1)
        await asyncio.sleep(chance.random() * 0.4)
        worker.kill()
    last = workers.start()
    seen = await workers.have_said(PARTITIONS * RECORDS)
    code = last.stop()

    assert seen == workers.expected(values)
    assert await workers.state() == [expected_state(values)] * PARTITIONS
    assert code == 0


async def test_workers_come_and_go(workers: Workers) -> None:
    """Two share the partitions; one joins, one is killed, one is asked to leave, in mid-work."""
    values = texts(2 * RECORDS)
    await workers.make_topics()
    await workers.write(values)

    first = workers.start()
    await workers.have_said(50)
    second = workers.start()
    await workers.have_said(600)
    first.kill()
    third = workers.start()
    await workers.have_said(1800)
    code = second.stop()
    seen = await workers.have_said(PARTITIONS * 2 * RECORDS)
    codes = code, third.stop()

    assert seen == workers.expected(values)
    assert await workers.state() == [expected_state(values)] * PARTITIONS
    assert codes == (0, 0)


def more(said: list[bytes], before: int) -> bool:
    """Whether somebody has gone on with a partition."""
    return len(said) > before + 50


async def test_a_zombie_can_not_write(workers: Workers) -> None:
    """A worker is frozen for longer than its session; another takes over; it comes back."""
    values = texts(2 * RECORDS)
    await workers.make_topics()
    await workers.write(values)

    zombie = workers.start()
    await workers.have_said(100)
    heir = workers.start()
    # In the middle of the hand-over, or just after it: both are fine.
    await asyncio.sleep(1.0)
    zombie.freeze()
    frozen = [len(each) for each in await workers.said()]
    await settled(workers.said, lambda seen: all(map(more, seen, frozen)))
    zombie.thaw()
    seen = await workers.have_said(PARTITIONS * 2 * RECORDS)
    codes = zombie.stop(), heir.stop()

    assert seen == workers.expected(values)
    assert await workers.state() == [expected_state(values)] * PARTITIONS
    assert codes == (0, 0)
