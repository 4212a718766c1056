"""The host's own CPU time an event: frames in, frames out, in transactions, and no work."""

import asyncio
import time
from collections.abc import Iterable, Iterator, Sequence

from rules.machines.contract import Machine, Output, Record
from stream.hosts.contract import Pace, Role
from stream.hosts.kafka import KafkaClient, KafkaHost, create_topics
from stream.topics import Topic, state_topic_of
from tests.benchmarks import topics
from tests.benchmarks.common_work.work import Raw
from tests.benchmarks.programs import load

FRAMES = (50, 200)
PARTITIONS = (4, 12)
EVENTS = 400_000
EVENT_BYTES = 520
"""What an event of the common work takes in the journal."""
WARM = 0.1
"""What part of the records is let pass before the measurement begins."""


class Passing:
    """Says each record again, as a judge does with the entries of its trail."""

    def __init__(self, log: str, partition: int) -> None:
        self._log = log
        self._partition = partition
        self._records = 0

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Pass the records on."""
        self._records += len(records)
        return [Output(self._log, self._partition, record.value) for record in records]

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """One row."""
        yield "records", b"%d" % self._records

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the row."""
        for _, row in rows:
            self._records = int(row)

    def head(self) -> bytes:
        """How many there were."""
        return b"%d" % self._records


async def measure(bootstrap: str) -> None:
    """Print a line for each size of frame and number of partitions."""
    for partitions in PARTITIONS:
        for events_a_frame in FRAMES:
            busy = load()
            cost = await _cost(bootstrap, partitions, events_a_frame)
            print(
                f"host alone, frames of {events_a_frame}, {partitions} partitions:"
                f" {cost * 1e6:.2f} µs an event ({busy})",
                flush=True,
            )


async def _cost(bootstrap: str, partitions: int, events_a_frame: int) -> float:
    name = f"host-{partitions}-{events_a_frame}"
    client = KafkaClient(bootstrap=bootstrap)
    made = [Topic(name=f"{name}-{side}", partitions=partitions) for side in ("in", "out")]
    await create_topics(client, [*made, state_topic_of(name, partitions)])
    frames = EVENTS // events_a_frame
    frame = bytes(EVENT_BYTES) * events_a_frame
    raw = [Raw(str(number), frame) for number in range(frames)]
    await topics.fill(bootstrap, f"{name}-in", partitions, raw)

    def build(partition: int) -> Machine:
        return Passing(f"{name}-out", partition)

    role = Role(name=name, log=f"{name}-in", partitions=partitions, build=build)
    host = KafkaHost(client, [role], Pace())
    running = asyncio.create_task(host.run())
    first = await _passed(host, int(frames * WARM))
    began = time.process_time()
    last = await _passed(host, frames)
    taken = time.process_time() - began
    await host.stop()
    await running
    return taken / ((last - first) * events_a_frame)


async def _passed(host: KafkaHost, records: int) -> int:
    """Wait until so many records are committed; how many there are by then."""
    while True:
        # A position is an offset, and each transaction of whoever filled the topic had none.
        done = sum(status.position or 0 for status in host.status())
        if done >= records:
            return done
        await asyncio.sleep(0.02)
