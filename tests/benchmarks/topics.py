"""Topics of a benchmark: filled in one go, and read as what is committed comes."""

import asyncio
import time
from collections.abc import AsyncGenerator, Iterable
from typing import Any
from zlib import crc32

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer, TopicPartition

from stream.hosts.kafka import KafkaClient, create_topics
from stream.topics import Topic
from tests.benchmarks.common_work.work import Raw

BATCH_BYTES = 256 * 1024


async def make(bootstrap: str, name: str, partitions: int) -> None:
    """Make a topic that is not there yet."""
    await create_topics(KafkaClient(bootstrap=bootstrap), [Topic(name=name, partitions=partitions)])


async def fill(bootstrap: str, name: str, partitions: int, raw: Iterable[Raw]) -> None:
    """Write events in order, each by its key, in large batches."""
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, acks="all", max_batch_size=BATCH_BYTES
    ) as producer:
        batches = [producer.create_batch() for _ in range(partitions)]
        for each in raw:
            number = crc32(each.key.encode()) % partitions
            now = int(time.time() * 1000)
            if batches[number].append(key=None, value=each.value, timestamp=now) is None:
                await producer.send_batch(batches[number], name, partition=number)
                batches[number] = producer.create_batch()
                batches[number].append(key=None, value=each.value, timestamp=now)
        for number, batch in enumerate(batches):
            if batch.record_count():
                await (await producer.send_batch(batch, name, partition=number))
        await producer.flush()


async def committed(
    bootstrap: str, name: str, partitions: int, *, idle_seconds: float
) -> AsyncGenerator[list[Any], None]:
    """Give what is committed as it comes, some records at a time; end when nothing has for long."""
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level="read_committed",
        auto_offset_reset="earliest",
        enable_auto_commit=False,
        fetch_max_wait_ms=50,
    )
    clock = asyncio.get_running_loop().time
    async with consumer:
        places = [TopicPartition(name, number) for number in range(partitions)]
        consumer.assign(places)
        await consumer.seek_to_beginning(*places)
        heard = clock()
        while clock() - heard < idle_seconds:
            taken = await consumer.getmany(timeout_ms=50)
            records = [record for some in taken.values() for record in some]
            if records:
                heard = clock()
            yield records
