"""From a raw event on its topic to the committed finding that follows from it."""

import asyncio
import time
from contextlib import aclosing
from pathlib import Path
from statistics import quantiles
from zlib import crc32

import orjson
from aiokafka import AIOKafkaProducer

from tests.benchmarks import topics
from tests.benchmarks.common_work.work import Raw, work
from tests.benchmarks.programs import Program, load

PARTITIONS = 4
EVENTS_A_SECOND = 1_000
SECONDS = 40
WARM_SECONDS = 10
STEP_SECONDS = 0.01
NAME, IN, OUT = "latency", "latency-in", "latency-out"


async def measure(bootstrap: str, directory: Path) -> None:
    """Print p50 and p99 of what follows from an event as soon as it is there: self-approvals."""
    raw, _ = work(EVENTS_A_SECOND * SECONDS // 4)
    for name in (IN, OUT):
        await topics.make(bootstrap, name, PARTITIONS)
    names = {"BOOTSTRAP": bootstrap, "IN": IN, "OUT": OUT, "GROUP": NAME}
    busy = load()
    with Program("tests.benchmarks.common_work.app", names, directory / "latency.log"):
        came = asyncio.create_task(_come(bootstrap))
        sent = await flow(bootstrap, IN, raw[: EVENTS_A_SECOND * SECONDS], EVENTS_A_SECOND)
        found = await came
    began = min(sent.values()) + WARM_SECONDS
    waits = sorted(
        found[case] - since
        for case in found
        if (since := max(sent.get(f"{case} {step}", 0.0) for step in ("requested", "approved")))
        > began
    )
    cuts = quantiles(waits, n=100)
    print(
        f"raw event to finding at {EVENTS_A_SECOND:,} events a second: p50 {cuts[49] * 1e3:.0f} ms,"
        f" p99 {cuts[98] * 1e3:.0f} ms of {len(waits)} findings ({busy})",
        flush=True,
    )


async def flow(
    bootstrap: str, topic: str, raw: list[Raw], events_a_second: float
) -> dict[str, float]:
    """Send events at a steady rate; when each was sent, by its case and action."""
    sent: dict[str, float] = {}
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        began = time.monotonic()
        for number, each in enumerate(raw):
            due = began + number / events_a_second
            if (wait := due - time.monotonic()) > STEP_SECONDS:
                await asyncio.sleep(wait)
            told = orjson.loads(each.value)
            sent[f"{each.key} {told['type'].removeprefix('iga.')}"] = time.monotonic()
            partition = crc32(each.key.encode()) % PARTITIONS
            await producer.send(topic, each.value, partition=partition)
    return sent


async def _come(bootstrap: str) -> dict[str, float]:
    """When the finding of each case's own approval came."""
    found: dict[str, float] = {}
    parts = topics.committed(bootstrap, OUT, PARTITIONS, idle_seconds=SECONDS / 2)
    async with aclosing(parts) as some:
        async for records in some:
            for record in records:
                told = orjson.loads(record.value)
                if told["rule"] == "self-approval":
                    found[told["case"]] = time.monotonic()
    return found
