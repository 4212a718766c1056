"""One partition read by nobody's group: only what is committed, in the order of the log."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager
from math import ceil
from typing import Any, NamedTuple, Self

from aiokafka import AIOKafkaConsumer, TopicPartition
from aiokafka.errors import KafkaError

from stream.clock import SystemClock
from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.closing import close
from stream.hosts.kafka.errors import LogUnavailableError, told
from stream.hosts.kafka.limits import KafkaLimits

TAKEN_RECORDS_MAX = 5000
"""Records handed over in one go by `read_to`."""


class Entry(NamedTuple):
    """One record as it lies in a log: a null value says that `key` is gone.

    `at_ms` is the record's timestamp (ms since 1970): the broker's where the topic is made with
    log append time, else the producer's.
    """

    offset: int
    key: bytes | None
    value: bytes | None
    at_ms: int


class PartitionReader:
    """A consumer of one partition. Make one with `open`; `seek` before the first `take`."""

    def __init__(self, consumer: AIOKafkaConsumer, place: TopicPartition, limits: KafkaLimits):
        self._consumer = consumer
        self._place = place
        self._limits = limits
        self._clock = SystemClock()
        self._opened_ms = self._now_ms()

    @classmethod
    @asynccontextmanager
    async def open(
        cls, client: KafkaClient, topic: str, partition: int, limits: KafkaLimits
    ) -> AsyncIterator["PartitionReader"]:
        """Connect, and close again whatever happens."""
        consumer = AIOKafkaConsumer(
            **client.kwargs(),
            group_id=None,
            auto_offset_reset="none",
            enable_auto_commit=False,
            isolation_level="read_committed",
            request_timeout_ms=int(limits.request_seconds * 1000),
        )
        try:
            async with asyncio.timeout(limits.start_seconds):
                await consumer.start()
            place = TopicPartition(topic, partition)
            consumer.assign([place])
            yield cls(consumer, place, limits)
        finally:
            await close(consumer, limits)

    async def first(self) -> int:
        """The offset of the oldest record that is still there, or of the next one."""
        found = await self._consumer.beginning_offsets([self._place])
        return int(found[self._place])

    async def end(self) -> int:
        """Up to where everything is committed or given up: past the last record to be read."""
        found = await self._consumer.end_offsets([self._place])
        return int(found[self._place])

    def seek(self, position: int) -> None:
        """Go on reading at this offset."""
        self._consumer.seek(self._place, position)

    async def position(self) -> int:
        """Where reading goes on. It passes what is not a record: markers, aborted ones, gaps."""
        return int(await self._consumer.position(self._place))

    @property
    def highwater(self) -> int:
        """The end of the log as the last answer told it, open transactions and all."""
        return int(self._consumer.highwater(self._place) or 0)

    @property
    def seconds_since_answer(self) -> float:
        """How long ago the log last answered, if only that there is nothing new."""
        told = self._consumer.last_poll_timestamp(self._place)
        return (self._now_ms() - (told or self._opened_ms)) / 1000

    def _now_ms(self) -> float:
        return self._clock.now().timestamp() * 1000

    async def take(self, records_max: int, seconds: float) -> list[Any]:
        """Give the next records (aiokafka's), at most so many; wait so long for the first."""
        taken = await self._consumer.getmany(
            # Never 0: that would come back without giving way to anybody.
            timeout_ms=max(1, ceil(seconds * 1000)),
            max_records=records_max,
        )
        return taken.get(self._place, [])

    async def read_to(self, end: int) -> AsyncGenerator[list[Any], None]:
        """Give everything before the offset `end`, some records at a time; reading goes on there.

        Raises LogUnavailableError when the log stops answering on the way.
        """
        clock = asyncio.get_running_loop().time
        heard = clock()
        position = await self.position()
        # By position and not by the last record: a log may end in markers or aborted records.
        while position < end:
            taken = await self.take(TAKEN_RECORDS_MAX, self._limits.idle_seconds)
            before, position = position, await self.position()
            if position > before:
                heard = clock()
            elif clock() - heard > self._limits.stall_seconds:
                raise LogUnavailableError(
                    topic=self._place.topic,
                    reason=f"partition {self._place.partition} has stood at {position} of {end}"
                    f" for {self._limits.stall_seconds:g} s",
                )
            wanted = [record for record in taken if record.offset < end]
            if len(wanted) < len(taken):
                # What came with them is for whoever reads on.
                self.seek(end)
            # Given also when empty: whoever reads may have a reason to stop by now.
            yield wanted


class LogEnd:
    """Where one partition ends just now, open transactions and all. Use it as an async context.

    It has a connection of its own, made when first asked: a reader's is taken by a fetch that the
    broker answers after half a second where nothing is new, and whatever is asked there waits.
    """

    def __init__(
        self, client: KafkaClient, topic: str, partition: int, limits: KafkaLimits
    ) -> None:
        self._client = client
        self._place = TopicPartition(topic, partition)
        self._limits = limits
        self._consumer: AIOKafkaConsumer | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        if self._consumer is not None:
            await close(self._consumer, self._limits)

    async def ask(self) -> int:
        """Give the offset that the next record written will have."""
        async with asyncio.timeout(self._limits.start_seconds):
            if self._consumer is None:
                self._consumer = AIOKafkaConsumer(
                    **self._client.kwargs(),
                    group_id=None,
                    enable_auto_commit=False,
                    isolation_level="read_uncommitted",
                    request_timeout_ms=int(self._limits.request_seconds * 1000),
                )
                await self._consumer.start()
            found = await self._consumer.end_offsets([self._place])
        return int(found[self._place])


async def read_committed(  # noqa: PLR0913 - each says what to read
    client: KafkaClient,
    topic: str,
    partition: int,
    *,
    start: int | None = None,
    until: int | None = None,
    follow: bool = False,
    limits: KafkaLimits | None = None,
) -> AsyncGenerator[Entry, None]:
    """Give a partition's committed records from the offset `start` (the oldest) on.

    Ends before `until`, or else at what is committed by now; with `follow` it waits for more.
    Raises LogUnavailableError when the log can not be read: go on at the last offset given, plus 1.
    """
    limits = limits or KafkaLimits()
    try:
        async with PartitionReader.open(client, topic, partition, limits) as reader:
            first = await reader.first()
            reader.seek(first if start is None else start)
            end = await reader.end() if until is None else until
            while True:
                async with aclosing(reader.read_to(end)) as parts:
                    async for part in parts:
                        for record in part:
                            yield Entry(record.offset, record.key, record.value, record.timestamp)
                if not follow or until is not None:
                    return
                end = await _more_than(end, reader, limits)
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailableError(topic=topic, reason=told(error)) from error


async def committed_parts(  # noqa: PLR0913 - each says what to read
    client: KafkaClient,
    topic: str,
    partition: int,
    *,
    start: int,
    records_max: int,
    follow: bool,
    limits: KafkaLimits | None = None,
) -> AsyncGenerator[list[Entry], None]:
    """Give a partition's committed records from `start` on, some at a time.

    Ends at what is committed by now; with `follow` it goes on, with an empty part now and then.
    Raises LogUnavailableError when the log can not be read.
    """
    limits = limits or KafkaLimits()
    try:
        async with PartitionReader.open(client, topic, partition, limits) as reader:
            reader.seek(start)
            end = await reader.end()
            while follow or await reader.position() < end:
                taken = await reader.take(records_max, limits.idle_seconds)
                yield [Entry(each.offset, each.key, each.value, each.timestamp) for each in taken]
    except (KafkaError, OSError, TimeoutError) as error:
        raise LogUnavailableError(topic=topic, reason=told(error)) from error


async def _more_than(end: int, reader: PartitionReader, limits: KafkaLimits) -> int:
    found = await reader.end()
    while found <= end:
        await asyncio.sleep(limits.idle_seconds)
        found = await reader.end()
    return found
