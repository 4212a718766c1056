"""How long a partition stands still when the worker that owns it is gone."""

import asyncio
import time
from collections.abc import Callable
from contextlib import ExitStack, aclosing
from pathlib import Path

from tests.benchmarks import topics
from tests.benchmarks.common_work.work import Raw, work
from tests.benchmarks.kafka.latency import PARTITIONS, flow
from tests.benchmarks.programs import Program, load

EVENTS_A_SECOND = 400
SETTLE_SECONDS = 25.0
WATCH_SECONDS = 25.0
TIMES = 3
IDLE_SECONDS = 60.0


async def measure(bootstrap: str, directory: Path) -> None:
    """Print for each way of ending how long it was until all partitions had moved on."""
    ways: dict[str, Callable[[Program], object]] = {
        "kill -9": Program.kill,
        "SIGTERM": Program.stop,
    }
    raw, _ = work(int(EVENTS_A_SECOND * (SETTLE_SECONDS + WATCH_SECONDS)) // 4)
    for way, end in ways.items():
        busy = load()
        taken = [
            await _stood(bootstrap, directory, raw, f"over-{way[:4].strip()}-{number}", end)
            for number in range(TIMES)
        ]
        seconds = ", ".join(f"{each:.1f}" for each in sorted(taken))
        print(f"take-over after {way} of one of two workers: {seconds} s ({busy})", flush=True)


async def _stood(
    bootstrap: str, directory: Path, raw: list[Raw], name: str, end: Callable[[Program], object]
) -> float:
    """End one of two workers under a flow; how long the last partition took to go on."""
    read, written = f"{name}-in", f"{name}-out"
    for topic in (read, written):
        await topics.make(bootstrap, topic, PARTITIONS)
    names = {"BOOTSTRAP": bootstrap, "IN": read, "OUT": written, "GROUP": name}
    module = "tests.benchmarks.common_work.app"
    with ExitStack() as stack:
        log = directory / f"{name}.log"
        first = stack.enter_context(Program(module, names, log))
        await asyncio.sleep(SETTLE_SECONDS / 5)
        stack.enter_context(Program(module, names, log.with_suffix(".second")))
        flowing = asyncio.create_task(flow(bootstrap, read, raw, EVENTS_A_SECOND))
        await asyncio.sleep(SETTLE_SECONDS)
        ended_at = time.time() * 1000
        await asyncio.to_thread(end, first)
        seconds = await _all_moved(bootstrap, f"{name}.foureyes.trail", ended_at)
        flowing.cancel()
        await asyncio.gather(flowing, return_exceptions=True)
    return seconds


async def _all_moved(bootstrap: str, trail: str, since_ms: float) -> float:
    """How long after a moment each partition of the trail had something new for the first time.

    A worker's last transaction may still be on its way then: what counts is a second later.
    """
    moved: dict[int, float] = {}
    last = dict.fromkeys(range(PARTITIONS), since_ms)
    parts = topics.committed(bootstrap, trail, PARTITIONS, idle_seconds=IDLE_SECONDS)
    async with aclosing(parts) as some:
        async for records in some:
            for record in records:
                at = float(record.timestamp)
                number = record.partition
                if at > since_ms:
                    moved[number] = max(moved.get(number, 0.0), at - last[number])
                last[number] = max(last[number], at)
            if min(last.values()) > since_ms + WATCH_SECONDS * 500:
                break
    return max(moved.values()) / 1000
