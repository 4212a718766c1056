"""The broker dies and comes back: workers and receivers wait for it, and nothing is lost."""

import asyncio
from pathlib import Path

import pytest

from stream.hosts.kafka import KafkaClient, KafkaLimits, LogUnavailableError, RawLog
from stream.topics import raw_topic
from tests.contracts.host_contract import texts
from tests.kafka.broker import Broker
from tests.kafka.topics import create_topics, fetch_all
from tests.kafka.toy_worker import Order
from tests.kafka.workers import Workers, expected_state

LOG_LINES_MAX = 300


async def test_workers_outlive_a_broker(tmp_path: Path) -> None:
    """SIGKILL of the broker in mid-work, twice; the same workers finish, and say little of it."""
    values = texts(1500)
    with Broker(tmp_path / "broker") as broker:
        order = Order(
            bootstrap=broker.bootstrap,
            role="toy",
            log="in",
            said="said",
            partitions=2,
            record_seconds=0.002,
        )
        with Workers(order, tmp_path) as workers:
            await workers.make_topics()
            await workers.write(values)
            working = workers.start(), workers.start()
            for _ in range(2):
                before = await workers.count()
                await workers.have_said(before + 200)
                await asyncio.to_thread(broker.kill)
                await asyncio.sleep(2.0)
                await asyncio.to_thread(broker.start)
            seen = await workers.have_said(2 * len(values))
            codes = [worker.stop() for worker in working]
            state = await workers.state()

            assert seen == workers.expected(values)
            assert state == [expected_state(values)] * 2
            assert codes == [0, 0]
            assert len(workers.logged().splitlines()) < LOG_LINES_MAX


async def test_a_receiver_says_that_it_can_not_store(tmp_path: Path) -> None:
    """Without a broker an event is not accepted; with one it is, and no event is lost."""
    topic = raw_topic("acme")
    limits = KafkaLimits(append_seconds=1.0)
    with Broker(tmp_path) as broker:
        await create_topics(broker.bootstrap, topic)
        client = KafkaClient(bootstrap=broker.bootstrap)
        async with RawLog(client, limits) as raw:
            await raw.append("acme", b"one")
            await asyncio.to_thread(broker.kill)
            with pytest.raises(LogUnavailableError, match=topic):
                await raw.append("acme", b"two")
            async with RawLog(client, limits) as late:
                with pytest.raises(LogUnavailableError, match=topic):
                    await late.append("acme", b"three")
            await asyncio.to_thread(broker.start)
            await accepted(raw, b"four")
        kept = [record.value for record in await fetch_all(broker.bootstrap, topic)]

    assert [value for value in kept if value in {b"one", b"four"}] == [b"one", b"four"]


async def accepted(raw: RawLog, body: bytes) -> None:
    """Send again until it is stored, as a sender would."""
    for _ in range(20):
        try:
            await raw.append("acme", body)
        except LogUnavailableError:
            continue
        return
    pytest.fail("never accepted")
