"""What an open case and an entity cost in memory, and that it is the same however many there are.

`python -m tests.benchmarks.memory CASES` runs it alone.
"""

import gc
import sys
from collections.abc import Sequence
from pathlib import Path

from rules.machines.contract import ENTITIES, Machine, Record
from rules.machines.feeding import Feeds
from rules.machines.judge import Judge
from rules.machines.patterns import Patterns
from rules.machines.records import write_events
from rules.machines.routing import Layout
from stream.canonical import CODEC, dumps
from stream.clock import SystemClock
from stream.connectors import connector
from stream.connectors.documents import documents
from stream.connectors.table import Delivery
from tests.benchmarks.events import raw_events

CASES = 100_000
STEPS = 4
FRAME_EVENTS = 200


def resident_bytes() -> int:
    """How much of this process is in memory now (Linux)."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * 4096


def measure(cases: int = CASES) -> None:
    """Let cases open and none settle, and print what each quarter of them took, and entities."""
    judge = Judge(0, CODEC, feeds=Feeds(1))
    patterns = Patterns(0, Layout(journal=1, links=1), CODEC)
    by_cases, by_entities = [], []
    for step in range(STEPS):
        frames = frames_of(cases // STEPS, step)
        told: list[bytes] = []
        by_cases.append(taken_by(judge, frames, told))
        del frames
        by_entities.append(taken_by(patterns, told, []))
    quarters = ", ".join(f"{each / (cases // STEPS) / 1024:.1f}" for each in by_cases)
    print(f"memory of an open case of five events, by quarter of {cases:,}: {quarters} KiB")
    sizes = patterns.sizes()
    entities, facts, kib = sizes["open_entities"], sizes["facts"], sum(by_entities) / 1024
    print(
        f"memory of an entity, {entities:,} of them with {facts / entities:.0f} facts each:"
        f" {kib / entities:.1f} KiB, {kib / facts:.1f} KiB a fact"
    )


def frames_of(cases: int, step: int) -> list[bytes]:
    """Frames as intake writes them, of cases that nobody has heard of yet."""
    native = connector("native")
    delivery = Delivery(
        source="native", observed_at=SystemClock().now(), digest="sha256:" + "0" * 64, place="bench"
    )
    lines = [
        dumps(tree)
        for raw in raw_events(cases, seed=step, first=step * cases)
        for _, document in documents(raw)
        for tree in native.read(document, delivery)
        if isinstance(tree, dict)
    ]
    return [
        write_events(CODEC, "bench", lines[at : at + FRAME_EVENTS])
        for at in range(0, len(lines), FRAME_EVENTS)
    ]


def taken_by(machine: Machine, records: Sequence[bytes], told: list[bytes]) -> int:
    """How much more is in memory once a machine was fed; what it tells of entities is `told`."""
    gc.collect()
    before = resident_bytes() - sum(map(len, told))
    for offset, record in enumerate(records):
        said = machine.feed([Record(offset, record)])
        told += [each.value for each in said if each.log == ENTITIES]
    return resident_bytes() - before - sum(map(len, told))


if __name__ == "__main__":
    measure(int(sys.argv[1]) if len(sys.argv) > 1 else CASES)
