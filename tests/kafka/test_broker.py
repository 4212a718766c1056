"""The broker that other tests trust is a real one: it keeps what it acknowledged."""

import asyncio
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError

from tests.kafka.broker import Broker
from tests.kafka.topics import create_topics, fetch_all
from tests.servers import ServerFailedError


async def write(bootstrap: str, topic: str, *values: bytes) -> None:
    """Send these values to partition 0 and wait until the broker has them."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap) as producer:
        for value in values:
            await producer.send_and_wait(topic, value, partition=0)


async def test_what_is_written_is_read_back_in_order(broker: Broker, prefix: str) -> None:
    """Records come back as they were sent, and a topic nobody wrote to is empty."""
    written, empty = f"{prefix}written", f"{prefix}empty"
    await create_topics(broker.bootstrap, written, empty, partitions=2)

    await write(broker.bootstrap, written, b"one", b"two")

    assert [record.value for record in await fetch_all(broker.bootstrap, written)] == [
        b"one",
        b"two",
    ]
    assert await fetch_all(broker.bootstrap, empty) == []


async def test_an_aborted_transaction_is_seen_only_by_who_asks_for_it(
    broker: Broker, prefix: str
) -> None:
    """A committed reader passes over what was given up, even at the very end of the log."""
    topic = f"{prefix}topic"
    await create_topics(broker.bootstrap, topic)
    producer = AIOKafkaProducer(
        bootstrap_servers=broker.bootstrap, transactional_id=f"{prefix}writer"
    )
    async with producer:
        async with producer.transaction():
            await producer.send_and_wait(topic, b"kept")
        await producer.begin_transaction()
        await producer.send_and_wait(topic, b"given up")
        await producer.abort_transaction()

    committed = await fetch_all(broker.bootstrap, topic)
    everything = await fetch_all(broker.bootstrap, topic, isolation="read_uncommitted")

    assert [record.value for record in committed] == [b"kept"]
    assert [record.value for record in everything] == [b"kept", b"given up"]


async def test_a_killed_broker_comes_back_with_its_data(tmp_path: Path) -> None:
    """SIGKILL and a new start on the same port: what was acknowledged is still there."""
    with Broker(tmp_path) as broker:
        await create_topics(broker.bootstrap, "topic")
        await write(broker.bootstrap, "topic", b"before")

        await asyncio.to_thread(broker.kill)
        await asyncio.to_thread(broker.start)
        await write(broker.bootstrap, "topic", b"after")

        values = [record.value for record in await fetch_all(broker.bootstrap, "topic")]
    assert values == [b"before", b"after"]


async def test_a_broker_takes_settings_of_its_own(tmp_path: Path) -> None:
    """A test may ask for a broker that refuses large records."""
    with Broker(tmp_path, properties={"message.max.bytes": "2000"}) as broker:
        await create_topics(broker.bootstrap, "topic")

        with pytest.raises(MessageSizeTooLargeError):
            await write(broker.bootstrap, "topic", b"x" * 4000)


def test_a_broker_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    """Its own last words are in the error, so nobody has to look for a log file."""
    broker = Broker(tmp_path)
    with broker:
        pass
    settings = tmp_path / "server.properties"
    settings.write_text(settings.read_text() + "num.io.threads=none\n")

    with pytest.raises(ServerFailedError, match=r"num\.io\.threads"):
        broker.start()
