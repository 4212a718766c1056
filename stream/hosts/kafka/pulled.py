"""Where a puller keeps its rows and its cursor: one transaction, and one process for each feed."""

import asyncio
from collections.abc import Sequence
from typing import Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import InvalidProducerEpoch, KafkaError, ProducerFenced

from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.closing import close
from stream.hosts.kafka.errors import LogUnavailableError, told
from stream.hosts.kafka.limits import KafkaLimits
from stream.hosts.kafka.reading import read_committed
from stream.pulling.errors import CannotKeepError, PulledElsewhereError
from stream.topics import PULL, raw_topic, state_topic


class PulledLog:
    """Keeps what is pulled on Kafka (see `stream.pulling.puller.Keeper`). Use it as a context.

    `load` opens the feed's transactional producer, which fences whoever pulled the feed before,
    and reads the cursor from the compacted topic of pulling. After any error the producer is given
    up: only `load` knows then what was committed.
    """

    def __init__(self, client: KafkaClient, limits: KafkaLimits | None = None) -> None:
        self._client = client
        self._limits = limits or KafkaLimits()
        self._topic = state_topic(PULL)
        self._producers: dict[str, AIOKafkaProducer] = {}

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        for name in list(self._producers):
            await self._drop(name)

    async def load(self, name: str) -> str | None:
        """Fence everybody else off, and give the cursor that was kept last."""
        await self._drop(name)
        try:
            await self._open(name)
            cursor = None
            async for entry in read_committed(self._client, self._topic, 0):
                if entry.key == name.encode() and entry.value is not None:
                    cursor = entry.value.decode()
        except (KafkaError, OSError, TimeoutError, LogUnavailableError) as error:
            raise CannotKeepError(storage=self._topic, reason=told(error)) from error
        return cursor

    async def keep(self, source: str, bodies: Sequence[bytes], name: str, cursor: str) -> None:
        """Commit rows and cursor in one transaction. Raises PulledElsewhereError as well."""
        producer, limits = self._producers[name], self._limits
        try:
            async with asyncio.timeout(limits.commit_seconds):
                await producer.begin_transaction()
                # The key of all bodies of a source, as the receiver's.
                sent = [
                    await producer.send(raw_topic(source), body, key=source.encode())
                    for body in bodies
                ]
                kept = await producer.send(
                    self._topic, cursor.encode(), key=name.encode(), partition=0
                )
                # A transaction commits although a produce in it failed (measured).
                await asyncio.gather(*sent, kept)
                await producer.commit_transaction()
        except (ProducerFenced, InvalidProducerEpoch) as error:
            raise PulledElsewhereError(feed=name) from error
        except (KafkaError, OSError, TimeoutError) as error:
            raise CannotKeepError(storage=self._topic, reason=told(error)) from error

    async def _open(self, name: str) -> None:
        limits = self._limits
        producer = AIOKafkaProducer(
            **self._client.kwargs(),
            transactional_id=f"foureyes-{name}",
            transaction_timeout_ms=int(limits.transaction_seconds * 1000),
            request_timeout_ms=int(limits.request_seconds * 1000),
            max_request_size=2**31 - 1,
        )
        self._producers[name] = producer
        async with asyncio.timeout(limits.start_seconds):
            await producer.start()

    async def _drop(self, name: str) -> None:
        producer = self._producers.pop(name, None)
        if producer is not None:
            await close(producer, self._limits)
