"""What others read and write through the host's clients: what is committed, and what lasts."""

import asyncio
from contextlib import aclosing

import pytest
from aiokafka import AIOKafkaProducer

from stream.hosts.kafka import (
    Entry,
    KafkaClient,
    KafkaLimits,
    OversizeRecordError,
    Place,
    RawLog,
    create_topics,
    read_committed,
)
from stream.hosts.kafka.reading import PartitionReader
from stream.topics import Topic, raw_topic
from tests.kafka.broker import Broker

QUICK = KafkaLimits(idle_seconds=0.05)


async def written(broker: Broker, topic: str) -> KafkaClient:
    """Five records, of which the third transaction's are given up, and one tombstone."""
    client = KafkaClient(bootstrap=broker.bootstrap)
    await create_topics(client, [Topic(name=topic, partitions=1)])
    producer = AIOKafkaProducer(bootstrap_servers=broker.bootstrap, transactional_id=topic)
    async with producer:
        for number in range(4):
            await producer.begin_transaction()
            value = None if number == 3 else f"value {number}".encode()
            await producer.send_and_wait(topic, value, key=b"key", partition=0)
            if number == 2:
                await producer.abort_transaction()
            else:
                await producer.commit_transaction()
    return client


async def test_a_reader_sees_what_is_committed_and_ends(broker: Broker, prefix: str) -> None:
    """Offsets have gaps where markers and aborted records lie; a tombstone is told as one."""
    topic = f"{prefix}log"
    client = await written(broker, topic)

    seen = [entry async for entry in read_committed(client, topic, 0)]
    some = [entry async for entry in read_committed(client, topic, 0, start=1, until=3)]

    assert [(entry.offset, entry.key, entry.value) for entry in seen] == [
        (0, b"key", b"value 0"),
        (2, b"key", b"value 1"),
        (6, b"key", None),
    ]
    assert all(entry.at_ms > 0 for entry in seen)
    assert some == seen[1:2]


async def test_a_follower_waits_for_more(broker: Broker, prefix: str) -> None:
    """It gives what comes later, until whoever reads has enough."""
    topic = f"{prefix}log"
    client = await written(broker, topic)
    found: list[Entry] = []

    async def follow() -> None:
        async with aclosing(read_committed(client, topic, 0, follow=True, limits=QUICK)) as entries:
            async for entry in entries:
                found.append(entry)
                if entry.value == b"last":
                    return

    following = asyncio.create_task(follow())
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        await producer.send_and_wait(topic, b"more", partition=0)
        await asyncio.sleep(0.3)
        await producer.send_and_wait(topic, b"last", partition=0)
    await following

    assert [entry.value for entry in found] == [b"value 0", b"value 1", None, b"more", b"last"]


async def test_reading_to_an_offset_leaves_the_rest_for_later(broker: Broker, prefix: str) -> None:
    """What arrives together with the last record wanted is not lost to the next reading."""
    topic = f"{prefix}log"
    client = KafkaClient(bootstrap=broker.bootstrap)
    await create_topics(client, [Topic(name=topic, partitions=1)])
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap) as producer:
        for number in range(10):
            await producer.send_and_wait(topic, b"%d" % number, partition=0)

    parts = []
    async with PartitionReader.open(client, topic, 0, QUICK) as reader:
        reader.seek(0)
        for end in (4, 4, 9, 10):
            seen = [record.offset async for part in reader.read_to(end) for record in part]
            parts.append(seen)

    assert parts == [[0, 1, 2, 3], [], [4, 5, 6, 7, 8], [9]]


async def test_raw_events_with_one_key_stay_in_order(broker: Broker, prefix: str) -> None:
    """Each answer says where the event lies, and it does lie there."""
    source = f"{prefix}acme"
    client = KafkaClient(bootstrap=broker.bootstrap)
    await create_topics(client, [Topic(name=raw_topic(source), partitions=3, is_timed=True)])

    async with RawLog(client) as raw:
        places = [await raw.append(source, b"event %d" % n, key=b"case") for n in range(5)]

    (partition,) = {place.partition for place in places}
    seen = [entry async for entry in read_committed(client, raw_topic(source), partition)]
    assert [Place(raw_topic(source), partition, entry.offset) for entry in seen] == places
    assert [entry.value for entry in seen] == [b"event %d" % n for n in range(5)]


async def test_a_raw_event_that_is_too_large_is_refused_for_good(
    broker: Broker, prefix: str
) -> None:
    """Whether we know the limit or only the broker does: the error says never to try again."""
    source = f"{prefix}acme"
    client = KafkaClient(bootstrap=broker.bootstrap)
    topic = Topic(name=raw_topic(source), partitions=1, message_bytes=5000)
    await create_topics(client, [topic])

    async with RawLog(client, KafkaLimits(record_bytes=10_000)) as raw:
        for size in (6000, 11_000):
            with pytest.raises(OversizeRecordError, match=str(size)):
                await raw.append(source, b"x" * size)
        place = await raw.append(source, b"small")

    assert place.offset == 0
