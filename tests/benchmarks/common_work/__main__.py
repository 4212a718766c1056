"""Run the common work through foureyes on a broker of its own, and say what it cost.

    python -m tests.benchmarks.common_work [CASES]

CPU time is the process's whole life, start included, up to the moment at which the last expected
finding is committed.
"""

import asyncio
import sys
import tempfile
import time
from collections import Counter
from contextlib import aclosing
from pathlib import Path

import orjson

from tests.benchmarks import topics
from tests.benchmarks.common_work.work import CASES, Expected, work
from tests.benchmarks.programs import Program, load
from tests.kafka.broker import Broker

PARTITIONS = 4
IDLE_SECONDS_MAX = 60.0
IN, OUT = "work", "found"


async def run(bootstrap: str, directory: Path, cases: int) -> None:
    """Load the work, run it, and print a line."""
    raw, expected = work(cases)
    for name in (IN, OUT):
        await topics.make(bootstrap, name, PARTITIONS)
    await topics.fill(bootstrap, IN, PARTITIONS, raw)
    names = {"BOOTSTRAP": bootstrap, "IN": IN, "OUT": OUT, "GROUP": "run"}
    busy, began = load(), time.monotonic()
    with Program("tests.benchmarks.common_work.app", names, directory / "log") as program:
        found = await _found(bootstrap, expected)
        seconds, wall = program.cpu_seconds(), time.monotonic() - began
        peak = program.peak_mebibytes()
    doubled = sum(found.values()) - len(found)
    print(
        f"common work: {len(raw):,} events, {len(expected):,} findings expected,"
        f" {len(expected - found.keys())} missing, {len(found.keys() - expected)} more than"
        f" expected, {doubled} doubled; {len(raw) / seconds:,.0f} events a CPU-second"
        f" ({seconds / len(raw) * 1e6:.1f} µs an event), {wall:.0f} s by the wall clock ({busy}),"
        f" peak {peak:,.0f} MiB"
    )


async def _found(bootstrap: str, expected: Expected) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    left = set(expected)
    parts = topics.committed(bootstrap, OUT, PARTITIONS, idle_seconds=IDLE_SECONDS_MAX)
    async with aclosing(parts) as some:
        async for records in some:
            for record in records:
                told = orjson.loads(record.value)
                found[told["case"], told["rule"]] += 1
            left -= found.keys()
            if not left:
                break
    return found


if __name__ == "__main__":
    with tempfile.TemporaryDirectory() as made, Broker(Path(made, "kafka")) as broker:
        asyncio.run(run(broker.bootstrap, Path(made), int(sys.argv[1]) if sys.argv[1:] else CASES))
