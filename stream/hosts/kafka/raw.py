"""Where the receiver puts raw events: an answer means that they are durable."""

import asyncio
from typing import NamedTuple, Self

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError, MessageSizeTooLargeError, RecordListTooLargeError

from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.closing import close
from stream.hosts.kafka.errors import LogUnavailableError, OversizeRecordError, told
from stream.hosts.kafka.limits import KafkaLimits
from stream.topics import raw_topic


class Place(NamedTuple):
    """Where a record came to lie."""

    topic: str
    partition: int
    offset: int


class RawLog:
    """Appends raw events to the topics `iga.raw.<source>`. Use it as an async context.

    It connects with the first event and again after an error, so that a receiver can start while
    the brokers are away.
    """

    def __init__(self, client: KafkaClient, limits: KafkaLimits | None = None) -> None:
        self._client = client
        self._limits = limits or KafkaLimits()
        self._producer: AIOKafkaProducer | None = None
        self._connecting = asyncio.Lock()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    async def close(self) -> None:
        """Let go of the brokers; another event connects again."""
        await self._drop(self._producer)

    async def append(self, source: str, body: bytes, key: bytes | None = None) -> Place:
        """Return once all in-sync replicas have the event: where it lies.

        Events with the same key stay in order. Raises OversizeRecordError (never try again) or
        LogUnavailableError (try again; the event may be there already, which does no harm: a
        repeat is known as one).
        """
        return await self.append_to(raw_topic(source), body, key)

    async def append_to(self, topic: str, body: bytes, key: bytes | None = None) -> Place:
        """Do the same for a topic by its name."""
        self._check(topic, key, body)
        producer = None
        try:
            async with asyncio.timeout(self._limits.append_seconds):
                producer = await self._connected()
                found = await producer.send_and_wait(topic, body, key=key)
        except (MessageSizeTooLargeError, RecordListTooLargeError) as error:
            raise self._oversize(topic, key, body) from error
        except TimeoutError as error:
            # The producer keeps trying, which is what it is for.
            raise LogUnavailableError(topic=topic, reason=told(error)) from error
        except (KafkaError, OSError) as error:
            await self._drop(producer)
            raise LogUnavailableError(topic=topic, reason=told(error)) from error
        return Place(found.topic, found.partition, found.offset)

    def _check(self, topic: str, key: bytes | None, body: bytes) -> None:
        if len(body) + len(key or b"") > self._limits.record_bytes:
            raise self._oversize(topic, key, body)

    def _oversize(self, topic: str, key: bytes | None, body: bytes) -> OversizeRecordError:
        size = len(body) + len(key or b"")
        return OversizeRecordError(
            log=topic, partition=-1, key=key, size=size, limit=self._limits.record_bytes
        )

    async def _connected(self) -> AIOKafkaProducer:
        async with self._connecting:
            if self._producer is None:
                producer = AIOKafkaProducer(
                    **self._client.kwargs(),
                    acks="all",
                    enable_idempotence=True,
                    request_timeout_ms=int(self._limits.request_seconds * 1000),
                    max_request_size=2**31 - 1,
                )
                try:
                    await producer.start()
                except BaseException:
                    await close(producer, self._limits)
                    raise
                self._producer = producer
            return self._producer

    async def _drop(self, producer: AIOKafkaProducer | None) -> None:
        if producer is None:
            return
        if self._producer is producer:
            self._producer = None
        await close(producer, self._limits)
