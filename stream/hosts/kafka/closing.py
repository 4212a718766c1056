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
    try:
        # AssertionError and the like: a fenced producer fails in several ways (measured).
        with suppress(KafkaError, OSError, TimeoutError, AssertionError, asyncio.InvalidStateError):
            await asyncio.wait_for(_stop(client), limits.close_seconds)
            return
        # It waits for a broker that is away. Without its sender it can not deliver any more.
        if isinstance(client, AIOKafkaProducer):
            await _cut_off(client, limits)
    finally:
        if isinstance(client, AIOKafkaProducer):
            _hear_out(client)


async def _stop(client: AIOKafkaConsumer | AIOKafkaProducer) -> None:
    await client.stop()  # type: ignore[no-untyped-call] # as all of aiokafka's


# There is no public way for what follows: aiokafka 0.14 closes a producer once it has delivered.


async def _cut_off(producer: AIOKafkaProducer, limits: KafkaLimits) -> None:
    sender = producer._sender.sender_task  # noqa: SLF001
    if sender is not None:
        sender.cancel()
    with suppress(KafkaError, OSError, TimeoutError):
        await asyncio.wait_for(producer.client.close(), limits.close_seconds)


def _hear_out(producer: AIOKafkaProducer) -> None:
    """Look at the errors nobody waits for, or each of them is logged with a traceback later."""
    accumulator = producer._message_accumulator  # noqa: SLF001
    batches = [*accumulator._pending_batches]  # noqa: SLF001
    for waiting in accumulator._batches.values():  # noqa: SLF001
        batches += waiting
    futures = [future for batch in batches for future in (batch.future, batch._drain_waiter)]  # noqa: SLF001
    if producer._txn_manager is not None:  # noqa: SLF001
        futures.append(producer._txn_manager._transaction_waiter)  # noqa: SLF001
    for future in futures:
        if future is not None and future.done() and not future.cancelled():
            future.exception()
