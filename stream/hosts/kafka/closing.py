"""A client that is given up is closed, but not waited for without end."""

import asyncio
from contextlib import suppress

from aiokafka import AIOKafkaConsumer, AIOKafkaProducer
from aiokafka.errors import KafkaError

from stream.hosts.kafka.limits import KafkaLimits


async def close(client: AIOKafkaConsumer | AIOKafkaProducer, limits: KafkaLimits) -> None:
    """Close a client as far as it can be closed; its errors have no meaning any more.

    An open transaction is neither committed nor aborted: the next owner's fence does that.
    """
    # AssertionError and the like: a fenced producer fails in several ways (measured).
    with suppress(KafkaError, OSError, TimeoutError, AssertionError, asyncio.InvalidStateError):
        await asyncio.wait_for(_stop(client), limits.close_seconds)
        return
    # It waits for a broker that is away. Without its sender it can neither deliver nor retry.
    if isinstance(client, AIOKafkaProducer):
        sender = client._sender.sender_task  # noqa: SLF001 - there is no public way
        if sender is not None:
            sender.cancel()
        with suppress(KafkaError, OSError, TimeoutError):
            await asyncio.wait_for(client.client.close(), limits.close_seconds)


async def _stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    await client.stop()  # type: ignore[no-untyped-call] # as all of aiokafka's
