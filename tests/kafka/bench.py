"""One role with one partition on a real broker, and hosts for it: what most tests of it need."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager

from aiokafka import AIOKafkaProducer

from rules.machines.contract import Machine
from stream.hosts.contract import Halt, Pace, Role
from stream.hosts.kafka import (
    KafkaClient,
    KafkaHost,
    KafkaLimits,
    create_topics,
)
from stream.topics import Topic, state_topic, state_topic_of
from tests.contracts.toys import Folding
from tests.contracts.world import settled
from tests.kafka.topics import fetch_all

LIMITS = KafkaLimits(
    session_seconds=1.5,
    heartbeat_seconds=0.3,
    linger_seconds=0.02,
    idle_seconds=0.05,
    retry_seconds=0.2,
    stall_seconds=1.0,
    record_bytes=2000,
)
PACE = Pace(batch_records=50, checkpoint_every_records=40, pulse_seconds=0.05)


class Bench:
    """One role with one partition, its topics, and hosts for it."""

    def __init__(self, bootstrap: str, prefix: str) -> None:
        self.bootstrap = bootstrap
        self.client = KafkaClient(bootstrap=bootstrap)
        self.log = f"{prefix}in"
        self.said_log = f"{prefix}said"
        self.role_name = f"{prefix}toy"
        self.halts: list[Halt] = []

    async def make_topics(self, *, message_bytes: int = 1_048_588) -> None:
        """Make input, output and state; `message_bytes` is what the output takes."""
        said = Topic(name=self.said_log, partitions=1, message_bytes=message_bytes)
        log = Topic(name=self.log, partitions=1)
        await create_topics(self.client, [log, said, state_topic_of(self.role_name, 1)])

    def role(self, build: Callable[[int], Machine] | None = None, *, replayed: bool = True) -> Role:
        """The role, with a plain toy unless another one is given."""
        toy = build or (lambda number: Folding(self.said_log, number))
        return Role(name=self.role_name, log=self.log, partitions=1, build=toy, replayed=replayed)

    @asynccontextmanager
    async def running(
        self, role: Role, *, pace: Pace = PACE, limits: KafkaLimits = LIMITS
    ) -> AsyncIterator[KafkaHost]:
        """A host at work; stopped in an orderly way at the end."""
        host = KafkaHost(self.client, [role], pace, on_halt=self.halts.append, limits=limits)
        task = asyncio.create_task(host.run())
        try:
            yield host
        finally:
            await host.stop()
            await task

    async def write(self, values: Sequence[bytes]) -> None:
        """Add records to the input."""
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all") as producer:
            for value in values:
                await producer.send(self.log, value, partition=0)
            await producer.flush()

    async def keep(self, key: bytes, value: bytes) -> None:
        """Write into the state behind the host's back."""
        async with AIOKafkaProducer(bootstrap_servers=self.bootstrap, acks="all") as producer:
            topic = state_topic(self.role_name)
            await producer.send_and_wait(topic, value, key=key, partition=0)

    @asynccontextmanager
    async def somebody_else(self) -> AsyncIterator[AIOKafkaProducer]:
        """A producer with transactions of its own."""
        producer = AIOKafkaProducer(
            bootstrap_servers=self.bootstrap, transactional_id=f"{self.role_name}-other"
        )
        async with producer:
            yield producer

    async def said(self) -> list[bytes]:
        """What is committed by now."""
        return [record.value or b"" for record in await fetch_all(self.bootstrap, self.said_log)]

    async def have_said(self, count: int) -> list[bytes]:
        """What is committed once it is so much."""
        return await settled(self.said, lambda seen: len(seen) >= count)

    async def halted(self) -> Halt:
        """The first halt, once there is one."""

        async def look() -> list[Halt]:
            return list(self.halts)

        (first, *_) = await settled(look, lambda seen: len(seen) > 0)
        return first
