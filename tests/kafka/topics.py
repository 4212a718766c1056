"""What tests do to a broker from outside: make topics, and read back everything that is in one."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from typing import Any, Literal

from aiokafka import AIOKafkaConsumer, ConsumerRecord, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient, NewTopic

Isolation = Literal["read_committed", "read_uncommitted"]
Record = ConsumerRecord[Any, Any]
LEADER_SECONDS_MAX = 20.0


async def create_topics(
    bootstrap: str, *names: str, partitions: int = 1, config: Mapping[str, str] | None = None
) -> None:
    """Make these topics and return once each of their partitions has a leader."""
    topics = [
        NewTopic(name, partitions, replication_factor=1, topic_configs=dict(config or {}))
        for name in names
    ]
    async with administration(bootstrap) as admin:
        reply: Any = await admin.create_topics(topics)
        refused = [error for error in reply.topic_errors if error[1]]
        if refused:
            raise RuntimeError(f"the broker refused to create topics: {refused}")
        async with asyncio.timeout(LEADER_SECONDS_MAX):
            while not all(map(has_leaders, await admin.describe_topics(list(names)))):
                await asyncio.sleep(0.02)


async def fetch_all(
    bootstrap: str,
    topic: str,
    *,
    isolation: Isolation = "read_committed",
    since: Mapping[int, int] | None = None,
) -> list[Record]:
    """Everything in a topic by now, partition by partition, in the order of the log.

    `since`: by partition, the offset to begin at; where none is given, the beginning.
    """
    partitions = await partitions_of(bootstrap, topic)
    consumer = AIOKafkaConsumer(
        bootstrap_servers=bootstrap,
        isolation_level=isolation,
        auto_offset_reset="none",
        enable_auto_commit=False,
    )
    async with consumer:
        consumer.assign(partitions)
        ends = await consumer.end_offsets(partitions)
        await consumer.seek_to_beginning(*partitions)
        for number, offset in (since or {}).items():
            consumer.seek(TopicPartition(topic, number), offset)
        records: list[Record] = []
        # By position and not by the last record's offset: markers and aborted tails end a log too.
        while [each for each in partitions if await consumer.position(each) < ends[each]]:
            for batch in (await consumer.getmany(timeout_ms=200)).values():
                records += batch
    within = (record for record in records if record.offset < ends[place_of(record)])
    return sorted(within, key=lambda record: (record.partition, record.offset))


async def partitions_of(bootstrap: str, topic: str) -> list[TopicPartition]:
    """The partitions of a topic, or an error: an unknown topic is not an empty one."""
    async with administration(bootstrap) as admin:
        (described,) = await admin.describe_topics([topic])
    if described["error_code"]:
        raise LookupError(f"the broker knows no topic {topic!r}")
    return [TopicPartition(topic, each["partition"]) for each in described["partitions"]]


@asynccontextmanager
async def administration(bootstrap: str) -> AsyncIterator[AIOKafkaAdminClient]:
    """A client that manages topics, closed again afterwards."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        yield admin
    finally:
        await admin.close()


def has_leaders(topic: Mapping[str, Any]) -> bool:
    """Whether this topic, as the broker describes it, can be written to."""
    partitions = topic["partitions"]
    return not topic["error_code"] and all(each["leader"] >= 0 for each in partitions)


def place_of(record: Record) -> TopicPartition:
    """The partition this record was read from."""
    return TopicPartition(record.topic, record.partition)
