"""The broker dies and comes back: workers and receivers wait for it, and nothing is lost."""

import asyncio
from pathlib import Path

import pytest

from stream.hosts.contract import Pace, Role
from stream.hosts.kafka import (
    BrokersUnavailableError,
    KafkaClient,
    KafkaHost,
    KafkaLimits,
    LogUnavailableError,
    RawLog,
    check_topics,
    create_topics,
    read_committed,
)
from stream.topics import Topic, raw_topic, state_topic_of
from tests.contracts.toys import Taking
from tests.contracts.world import settled, texts
from tests.kafka.broker import Broker
from tests.kafka.topics import fetch_all
from tests.kafka.toy_worker import Order
from tests.kafka.workers import Workers, expected_state
from tests.servers import LOOPBACK, free_ports

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
        client = KafkaClient(bootstrap=broker.bootstrap)
        await create_topics(client, [Topic(name=topic, partitions=1)])
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


async def test_tools_say_plainly_that_nobody_answers() -> None:
    """No traceback of a Kafka client: one sentence with the address, or the topic."""
    client = KafkaClient(bootstrap=f"{LOOPBACK}:{free_ports(1)[0]}")

    with pytest.raises(BrokersUnavailableError, match=client.bootstrap):
        await check_topics(client, [])
    with pytest.raises(LogUnavailableError, match="topic in does not answer"):
        await anext(read_committed(client, "in", 0))


async def test_a_worker_can_be_stopped_while_the_broker_is_away(tmp_path: Path) -> None:
    """It waits for a while, gives up what it can not commit, and ends."""
    limits = KafkaLimits(session_seconds=1.0, heartbeat_seconds=0.2, stop_seconds=1.0)
    with Broker(tmp_path) as broker:
        client = KafkaClient(bootstrap=broker.bootstrap)
        topics = [Topic(name=name, partitions=2) for name in ("in", "said")]
        await create_topics(client, [*topics, state_topic_of("take", 2)])
        role = Role(
            name="take",
            log="in",
            partitions=2,
            build=lambda number: Taking("said", number),
            replayed=False,
        )
        host = KafkaHost(client, [role], Pace(pulse_seconds=0.05), limits=limits)
        task = asyncio.create_task(host.run())
        await settled(lambda: fetch_all(broker.bootstrap, "said"), lambda records: len(records) > 2)

        was_ready = host.is_ready
        await asyncio.to_thread(broker.kill)
        await asyncio.sleep(1.5)
        is_ready = host.is_ready
        async with asyncio.timeout(15):
            await host.stop()
            await task

    assert (was_ready, is_ready) == (True, False)


async def accepted(raw: RawLog, body: bytes) -> None:
    """Send again until it is stored, as a sender would."""
    for _ in range(20):
        try:
            await raw.append("acme", body)
        except LogUnavailableError:
            continue
        return
    pytest.fail("never accepted")
