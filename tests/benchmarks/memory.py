"""What an open case costs in memory, and that it costs the same however many there are."""

import gc
from pathlib import Path

from rules.machines.contract import Record
from rules.machines.judge import Judge
from rules.machines.records import write_events
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


def measure() -> None:
    """Let cases open and none settle, and print what each quarter of them took."""
    native = connector("native")
    delivery = Delivery(
        source="native", observed_at=SystemClock().now(), digest="sha256:" + "0" * 64, place="bench"
    )
    judge = Judge(0, CODEC)
    taken = []
    for step in range(STEPS):
        lines = [
            dumps(tree)
            for raw in raw_events(CASES // STEPS, seed=step, first=step * CASES // STEPS)
            for _, document in documents(raw)
            for tree in native.read(document, delivery)
            if isinstance(tree, dict)
        ]
        frames = [
            write_events(CODEC, "bench", lines[at : at + FRAME_EVENTS])
            for at in range(0, len(lines), FRAME_EVENTS)
        ]
        del lines
        gc.collect()
        before = resident_bytes()
        for offset, frame in enumerate(frames):
            judge.feed([Record(offset, frame)])
        taken.append((resident_bytes() - before) / (CASES // STEPS))
        del frames
    quarters = ", ".join(f"{each / 1024:.1f}" for each in taken)
    print(f"memory of an open case of five events, by quarter of {CASES:,}: {quarters} KiB")
