"""Who owns which partition: a consumer group that is asked for nothing else."""

import asyncio
from collections.abc import Awaitable, Callable
from collections.abc import Set as AbstractSet
from contextlib import suppress
from typing import Any

from aiokafka import AIOKafkaConsumer, ConsumerRebalanceListener, TopicPartition
from aiokafka.coordinator.assignors.sticky.sticky_assignor import StickyPartitionAssignor

from stream.hosts.contract import Role
from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.closing import close
from stream.hosts.kafka.errors import told
from stream.hosts.kafka.limits import KafkaLimits
from stream.log import logger

LOG = logger(__name__)

Assigned = Callable[[AbstractSet[int]], None]


class Ownership(ConsumerRebalanceListener):
    """The membership of one role's group, kept up until the worker stops.

    `assigned` is called with all the partitions this worker owns by now. It must only start and
    stop tasks: no heartbeat is sent while it runs. Nothing is done when partitions are revoked:
    those that come back have gone on working, and the others are fenced by their new owner.
    """

    def __init__(
        self, client: KafkaClient, role: Role, limits: KafkaLimits, assigned: Assigned
    ) -> None:
        self.is_settled = False
        """Whether the group has said who owns what, and has not begun to say it anew."""
        self._client = client
        self._role = role
        self._limits = limits
        self._assigned = assigned
        self._consumer: AIOKafkaConsumer | None = None
        self._assignor: Any = StickyPartitionAssignor
        self._log = LOG.bind(role=role.name)

    async def run(self, closing: asyncio.Event, emptied: Callable[[], Awaitable[None]]) -> None:
        """Be a member until `closing`; then stay one until `emptied` returns, and leave."""
        failures = 0
        while not closing.is_set():
            try:
                await self._be_member(closing, emptied)
            # The coordinator's errors arrive here, also those it calls unexpected: join again.
            except Exception as error:  # noqa: BLE001
                self.is_settled = False
                failures += 1
                seconds = self._limits.retry_seconds * 2 ** min(failures, 5)
                self._log.warning("group_troubled", reason=told(error), retry_seconds=seconds)
                await asyncio.sleep(min(seconds, self._limits.retry_seconds_max))

    async def settle(self, is_wanted: Callable[[], bool]) -> None:
        """Wait until the group has said who owns what, or nobody wants to know."""
        # Two things can end it, and neither is an event.
        while is_wanted() and not self.is_settled:  # noqa: ASYNC110
            await asyncio.sleep(self._limits.idle_seconds)

    async def _be_member(
        self, closing: asyncio.Event, emptied: Callable[[], Awaitable[None]]
    ) -> None:
        consumer = self._consumer = self._make()
        try:
            async with asyncio.timeout(self._limits.start_seconds):
                await consumer.start()
            consumer.subscribe([self._role.log], listener=self)
            while not closing.is_set():
                await self._poll(consumer)
            await emptied()
        finally:
            self._consumer = None
            await close(consumer, self._limits)

    async def _poll(self, consumer: AIOKafkaConsumer) -> None:
        """Bring the coordinator's errors to light, and show that somebody is here."""
        seconds = self._limits.idle_seconds
        # During a rebalance it would wait for the end of it, and nobody would see `closing`.
        with suppress(TimeoutError):
            async with asyncio.timeout(2 * seconds):
                await consumer.getmany(timeout_ms=int(seconds * 1000))

    def _make(self) -> AIOKafkaConsumer:
        limits = self._limits
        # The assignor keeps the last assignment on its class: each group needs a class of its own,
        # or two roles in one process take each other's partitions for theirs.
        self._assignor = type("StickyPerGroup", (StickyPartitionAssignor,), {})
        return AIOKafkaConsumer(
            **self._client.kwargs(),
            group_id=f"foureyes-{self._role.name}",
            enable_auto_commit=False,
            session_timeout_ms=int(limits.session_seconds * 1000),
            heartbeat_interval_ms=int(limits.heartbeat_seconds * 1000),
            request_timeout_ms=int(limits.request_seconds * 1000),
            partition_assignment_strategy=(self._assignor,),
        )

    def on_partitions_revoked(self, _: AbstractSet[TopicPartition]) -> None:
        """A rebalance begins. Whoever works goes on."""
        self.is_settled = False

    def on_partitions_assigned(self, assigned: AbstractSet[TopicPartition]) -> Any:
        """A rebalance is over."""
        if self._consumer is not None:
            self._consumer.pause(*assigned)
            # aiokafka leaves this out, and then a zombie's memory counts as much as the present.
            coordinator: Any = self._consumer._coordinator  # noqa: SLF001 - told nowhere else
            self._assignor.on_generation_assignment(coordinator.generation)
        self.is_settled = True
        partitions = {each.partition for each in assigned}
        self._log.info("partitions_assigned", partitions=sorted(partitions))
        self._assigned(partitions)
