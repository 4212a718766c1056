"""The Kafka host keeps the contract, on a real broker."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import suppress
from uuid import uuid4

import pytest
from aiokafka import AIOKafkaProducer

from rules.machines.contract import Machine
from stream.hosts.contract import Halt, Pace, Role
from stream.hosts.kafka import (
    KafkaClient,
    KafkaHost,
    KafkaLimits,
    PartitionStatus,
    Stage,
    create_topics,
    keep_decision,
)
from stream.hosts.setting_aside import Decision
from stream.topics import Topic, state_topic_of
from tests.contracts.host_contract import HostContract
from tests.contracts.setting_aside_contract import SettingAsideContract
from tests.contracts.world import Running, World, settled
from tests.kafka.broker import Broker
from tests.kafka.topics import fetch_all

pytestmark = [pytest.mark.kafka, pytest.mark.timeout(600)]

LIMITS = KafkaLimits(
    session_seconds=3.0,
    heartbeat_seconds=0.3,
    linger_seconds=0.02,
    idle_seconds=0.05,
    retry_seconds=0.2,
)


@pytest.fixture(scope="module")
def broker(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """One broker for this suite."""
    with Broker(tmp_path_factory.mktemp("kafka")) as running:
        yield running


class RunningKafka(Running):
    """A Kafka host in a task of this test."""

    def __init__(self, client: KafkaClient, roles: Sequence[Role], pace: Pace) -> None:
        self.halts: list[Halt] = []
        self._host = KafkaHost(client, roles, pace, on_halt=self.halts.append, limits=LIMITS)
        self._task = asyncio.create_task(self._host.run())

    async def stop(self) -> None:
        await self._host.stop()
        await self._task

    async def is_at_work(self) -> None:
        async def look() -> list[PartitionStatus]:
            return self._host.status()

        await settled(
            look,
            lambda seen: all(each.stage is Stage.RUNNING and not each.lag_records for each in seen),
        )

    async def crash(self) -> None:
        self._task.cancel()
        with suppress(asyncio.CancelledError):
            await self._task


class KafkaWorld(World):
    """Topics on a shared broker, under names of their own."""

    def __init__(self, broker: Broker) -> None:
        self._bootstrap = broker.bootstrap
        self._client = KafkaClient(bootstrap=broker.bootstrap)
        self._prefix = f"t{uuid4().hex[:8]}"
        self._running: list[RunningKafka] = []

    def name(self, role: str) -> str:
        return f"{self._prefix}-{role}"

    async def log(self, name: str, partitions: int = 1) -> str:
        topic = f"{self._prefix}.{name}"
        await create_topics(self._client, [Topic(name=topic, partitions=partitions, is_timed=True)])
        return topic

    async def role(  # noqa: PLR0913 - as in the contract
        self,
        name: str,
        log: str,
        build: Callable[[int], Machine],
        *,
        partitions: int = 1,
        replayed: bool = True,
        batch_records: int | None = None,
    ) -> Role:
        role = await super().role(
            name,
            log,
            build,
            partitions=partitions,
            replayed=replayed,
            batch_records=batch_records,
        )
        await create_topics(self._client, [state_topic_of(role.name, partitions)])
        return role

    async def append(self, log: str, partition: int, values: Sequence[bytes]) -> None:
        async with AIOKafkaProducer(bootstrap_servers=self._bootstrap, acks="all") as producer:
            for value in values:
                await producer.send(log, value, partition=partition)
            await producer.flush()

    async def said(self, log: str, partition: int) -> list[bytes]:
        found = await fetch_all(self._bootstrap, log)
        return [record.value or b"" for record in found if record.partition == partition]

    async def start(self, roles: Sequence[Role], pace: Pace) -> Running:
        running = RunningKafka(self._client, roles, pace)
        self._running.append(running)
        return running

    async def decide(self, role: Role, partition: int, decision: Decision) -> None:
        await keep_decision(self._client, role.name, partition, decision)

    async def close(self) -> None:
        """End whatever a failed test has left running."""
        for running in self._running:
            await running.crash()


class TestKafkaHost(HostContract, SettingAsideContract):
    """Each promise of the contract, kept by transactions."""

    @pytest.fixture
    async def world(self, broker: Broker) -> AsyncIterator[World]:
        """Topics of this test alone."""
        world = KafkaWorld(broker)
        yield world
        await world.close()
