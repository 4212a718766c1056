"""The common work on a broker: loaded, run by so many workers, its findings compared."""

import time
from collections import Counter
from contextlib import ExitStack, aclosing
from pathlib import Path

import orjson

from tests.benchmarks import topics
from tests.benchmarks.common_work.work import Expected, work
from tests.benchmarks.programs import Program, load

PARTITIONS = 4
IDLE_SECONDS_MAX = 60.0


async def run(bootstrap: str, directory: Path, cases: int, workers: int = 1) -> None:
    """Load the work, run it, and print a line.

    CPU time is the whole life of the workers, start included, up to the moment at which the last
    expected finding is committed.
    """
    raw, expected = work(cases)
    name = f"common-{workers}"
    read, written = f"{name}-in", f"{name}-out"
    for topic in (read, written):
        await topics.make(bootstrap, topic, PARTITIONS)
    await topics.fill(bootstrap, read, PARTITIONS, raw)
    names = {"BOOTSTRAP": bootstrap, "IN": read, "OUT": written, "GROUP": name}
    busy, began = load(), time.monotonic()
    with ExitStack() as stack:
        programs = [
            stack.enter_context(
                Program("tests.benchmarks.common_work.app", names, directory / f"{name}-{n}.log")
            )
            for n in range(workers)
        ]
        found = await _found(bootstrap, written, expected)
        wall = time.monotonic() - began
        seconds = sum(program.cpu_seconds() for program in programs)
        peak = sum(program.peak_mebibytes() for program in programs)
    doubled = sum(found.values()) - len(found)
    print(
        f"common work, workers: {workers}: {len(raw):,} events, {len(expected):,} findings,"
        f" {len(expected - found.keys())} missing, {len(found.keys() - expected)} more than"
        f" expected, {doubled} doubled; {len(raw) / seconds:,.0f} events a CPU-second"
        f" ({seconds / len(raw) * 1e6:.1f} µs an event), {len(raw) / wall:,.0f} a second by the"
        f" wall clock ({busy}), peak {peak:,.0f} MiB",
        flush=True,
    )


async def _found(bootstrap: str, written: str, expected: Expected) -> Counter[tuple[str, str]]:
    found: Counter[tuple[str, str]] = Counter()
    left = set(expected)
    parts = topics.committed(bootstrap, written, PARTITIONS, idle_seconds=IDLE_SECONDS_MAX)
    async with aclosing(parts) as some:
        async for records in some:
            for record in records:
                told = orjson.loads(record.value)
                found[told["case"], told["rule"]] += 1
            left -= found.keys()
            if not left:
                break
    return found
