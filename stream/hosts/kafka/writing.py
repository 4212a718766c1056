"""The transactional producer of one partition: whoever opens one fences all earlier ones."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Iterable, Sequence
from contextlib import aclosing, asynccontextmanager
from typing import Any

from aiokafka import AIOKafkaProducer
from aiokafka.errors import MessageSizeTooLargeError, RecordListTooLargeError

from rules.machines.contract import Output
from stream.hosts.kafka import state
from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.closing import close
from stream.hosts.kafka.errors import OversizeRecordError, RejectedRecordError
from stream.hosts.kafka.limits import KafkaLimits
from stream.hosts.setting_aside import Decision
from stream.topics import state_topic

BATCH_BYTES = 256 * 1024
"""What the producer sends to one partition at a time; a larger record goes alone."""

Rows = Iterable[tuple[str, bytes | None]]


class Writer:
    """Commits batches of one partition, each whole or not at all. Make one with `open`.

    After any error, and after a commit that took too long, its fate is unknown and the writer is
    of no use: open another, which fences this one, and read the head to see what was committed.
    """

    def __init__(
        self, producer: AIOKafkaProducer, role: str, partition: int, limits: KafkaLimits
    ) -> None:
        self._producer = producer
        self._topic = state_topic(role)
        self._partition = partition
        self._limits = limits

    @classmethod
    @asynccontextmanager
    async def open(
        cls, client: KafkaClient, role: str, partition: int, limits: KafkaLimits
    ) -> AsyncIterator["Writer"]:
        """Fence every earlier writer of this role and partition; close again at the end."""
        producer = AIOKafkaProducer(
            **client.kwargs(),
            transactional_id=f"foureyes-{role}-{partition}",
            transaction_timeout_ms=int(limits.transaction_seconds * 1000),
            request_timeout_ms=int(limits.request_seconds * 1000),
            max_batch_size=BATCH_BYTES,
            # Sizes are checked here, where the error can say what was too large.
            max_request_size=2**31 - 1,
        )
        try:
            async with asyncio.timeout(limits.start_seconds):
                await producer.start()
            yield cls(producer, role, partition, limits)
        finally:
            await close(producer, limits)

    async def commit(
        self,
        *,
        outputs: Sequence[Output] = (),
        rows: Rows = (),
        head: state.Head,
        checkpoint: state.Checkpoint | None = None,
        decisions: Iterable[Decision] = (),
    ) -> None:
        """Commit all of it in one transaction, or raise.

        Rows are packed before it begins: writing those of many cases takes seconds, and the broker
        gives up a transaction that stays open for long.
        """
        packed = await self._pack(rows)
        async with asyncio.timeout(self._limits.commit_seconds):
            await self._producer.begin_transaction()
            sent = [await self._send(output) for output in outputs]
            sent += [await self._send_batch(batch) for batch in packed]
            for decision in decisions:
                key, value = state.write_decision(decision)
                sent.append(await self._send(Output(self._topic, self._partition, value, key)))
            if checkpoint is not None:
                sent.append(await self._keep(state.CHECKPOINT, checkpoint))
            sent.append(await self._keep(state.HEAD, head))
            await _arrived(sent)
            # The time limit ends our waiting, not the commit: aiokafka shields it.
            await self._producer.commit_transaction()

    def check(self, outputs: Iterable[Output]) -> None:
        """Refuse what is too large before it is too late to say whose it is."""
        for output in outputs:
            self._check(output.log, output.partition, output.key, output.value)

    async def _send(self, output: Output) -> Any:
        return await self._producer.send(
            output.log, output.value, key=output.key, partition=output.partition
        )

    async def _keep(self, key: bytes, record: state.Head | state.Checkpoint) -> Any:
        return await self._producer.send(
            self._topic, state.write(record), key=key, partition=self._partition
        )

    async def _pack(self, rows: Rows) -> list[Any]:
        """Put rows in batches of our own: a checkpoint has many, and `send` costs 20 µs each."""
        packed: list[Any] = []
        async with aclosing(_giving_way(rows, self._limits.slice_seconds)) as given:
            async for name, value in given:
                key = state.row_key(name)
                self._check(self._topic, self._partition, key, value)
                if not packed or packed[-1].append(key=key, value=value, timestamp=None) is None:
                    packed.append(self._producer.create_batch())
                    packed[-1].append(key=key, value=value, timestamp=None)
        return packed

    async def _send_batch(self, batch: Any) -> Any:
        return await self._producer.send_batch(batch, self._topic, partition=self._partition)

    def _check(self, log: str, partition: int, key: bytes | None, value: bytes | None) -> None:
        size = len(key or b"") + len(value or b"")
        if size > self._limits.record_bytes:
            raise OversizeRecordError(
                log=log, partition=partition, key=key, size=size, limit=self._limits.record_bytes
            )


async def _giving_way(
    rows: Rows, slice_seconds: float
) -> AsyncGenerator[tuple[str, bytes | None], None]:
    """Give rows as the machine makes them, and way to heartbeats whenever a slice is over."""
    clock = asyncio.get_running_loop().time
    began = clock()
    for row in rows:
        yield row
        if clock() - began > slice_seconds:
            await asyncio.sleep(0)
            began = clock()


async def _arrived(sent: list[Any]) -> None:
    """Wait for every record: a transaction commits although a produce in it failed (measured)."""
    for result in await asyncio.gather(*sent, return_exceptions=True):
        if isinstance(result, MessageSizeTooLargeError | RecordListTooLargeError):
            raise RejectedRecordError(error=result) from result
        if isinstance(result, BaseException):
            raise result
