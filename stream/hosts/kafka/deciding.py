"""What two people have decided about a record, kept beside the head of its partition."""

import asyncio
from contextlib import aclosing
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from rules.machines.contract import Record
from stream.hosts.contract import Role
from stream.hosts.kafka import state
from stream.hosts.kafka.admin import describe_topics
from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.closing import close
from stream.hosts.kafka.errors import LogUnavailableError, told
from stream.hosts.kafka.limits import KafkaLimits
from stream.hosts.kafka.reading import PartitionReader, read_committed
from stream.hosts.setting_aside import Decision
from stream.topics import state_topic


class AtHead(NamedTuple):
    """The record that a partition is to be fed next, if there is one, and what was decided."""

    record: Record | None
    decisions: list[Decision]


async def look_at_head(client: KafkaClient, role: Role, partition: int) -> AtHead:
    """Look where a partition of a role stands. Raises LogUnavailableError."""
    found = await _short_state(client, role.name, partition)
    position = found.head.position if found.head else 0
    record = await _next_record(client, role.log, partition, position)
    return AtHead(record, list(found.decisions.values()))


async def decisions_of(client: KafkaClient, role: str, partition: int) -> list[Decision]:
    """What was decided about records of a partition; nothing where no machine has ever run.

    Raises LogUnavailableError and BrokersUnavailableError.
    """
    topic = state_topic(role)
    if topic not in await describe_topics(client, {topic}, KafkaLimits()):
        return []
    return list((await _short_state(client, role, partition)).decisions.values())


async def _short_state(client: KafkaClient, role: str, partition: int) -> state.State:
    """Fold a state partition without the rows."""
    found = state.State()
    async with aclosing(read_committed(client, state_topic(role), partition)) as entries:
        async for entry in entries:
            if entry.key == state.HEAD or state.is_decision(entry.key):
                found.apply(entry.key, entry.value)
    return found


async def _next_record(
    client: KafkaClient, log: str, partition: int, position: int
) -> Record | None:
    try:
        async with PartitionReader.open(client, log, partition, KafkaLimits()) as reader:
            end = await reader.end()
            reader.seek(max(position, await reader.first()))
            async with aclosing(reader.read_to(end)) as parts:
                async for part in parts:
                    for each in part:
                        return Record(each.offset, each.value or b"", each.timestamp)
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailableError(topic=log, reason=told(error)) from error
    return None


async def keep_decision(
    client: KafkaClient,
    role: str,
    partition: int,
    decision: Decision,
    limits: KafkaLimits | None = None,
) -> None:
    """Keep a decision for whoever owns the partition next. Raises LogUnavailableError.

    It needs no fence: only a worker that raises at that very record looks for it.
    """
    limits = limits or KafkaLimits()
    topic = state_topic(role)
    key, value = state.write_decision(decision)
    producer = AIOKafkaProducer(**client.kwargs(), acks="all", enable_idempotence=True)
    try:
        async with asyncio.timeout(limits.append_seconds):
            await producer.start()
            await producer.send_and_wait(topic, value, key=key, partition=partition)
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailableError(topic=topic, reason=told(error)) from error
    finally:
        await close(producer, limits)
