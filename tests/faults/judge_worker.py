"""A worker that judges on Kafka, for tests to kill: `python -m tests.faults.judge_worker JSON`.

SIGTERM ends it in an orderly way.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass

from rules.machines.contract import JOURNAL, Output, Record
from rules.machines.judge import Judge
from stream.canonical import CODEC
from stream.clock import SystemClock
from stream.hosts.contract import Pace, Role
from stream.hosts.kafka import KafkaClient, KafkaHost, KafkaLimits
from stream.log import Log

SESSION_SECONDS = 1.5
PACE = Pace(batch_records=16, checkpoint_every_records=100)


class SlowJudge(Judge):
    """A judge that holds the event loop for so long at each record."""

    slow_seconds = 0.0

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Judge, in no hurry."""
        time.sleep(self.slow_seconds * len(records))
        return super().feed(records)


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a worker is told to do; `slow_seconds`: how long each record takes it at least."""

    bootstrap: str
    partitions: int
    record_bytes: int = 1_000_000
    slow_seconds: float = 0.0

    @property
    def role(self) -> Role:
        """The judge of each partition of the journal."""
        SlowJudge.slow_seconds = self.slow_seconds
        return Role(
            name="judge",
            log=JOURNAL,
            partitions=self.partitions,
            build=lambda number: (SlowJudge if self.slow_seconds else Judge)(number, CODEC),
        )

    def host(self) -> KafkaHost:
        """The host that does it."""
        limits = KafkaLimits(
            session_seconds=SESSION_SECONDS,
            heartbeat_seconds=SESSION_SECONDS / 5,
            linger_seconds=0.02,
            idle_seconds=0.05,
            retry_seconds=0.2,
            record_bytes=self.record_bytes,
        )
        return KafkaHost(KafkaClient(bootstrap=self.bootstrap), [self.role], PACE, limits=limits)


async def work(order: Order) -> None:
    """Run until told to stop."""
    host = order.host()
    stopping: list[asyncio.Task[None]] = []
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, lambda: stopping.append(asyncio.create_task(host.stop()))
    )
    await host.run()
    await asyncio.gather(*stopping)


if __name__ == "__main__":
    with Log(SystemClock()):
        asyncio.run(work(Order(**json.loads(sys.argv[1]))))
