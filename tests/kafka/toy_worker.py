"""A worker in a process of its own, for tests to kill: `python -m tests.kafka.toy_worker JSON`.

SIGTERM ends it in an orderly way. It logs to standard error, and ends with one line of JSON per
partition on standard output.
"""

import asyncio
import json
import signal
import sys
import time
from collections.abc import Sequence
from dataclasses import asdict, dataclass

from rules.machines.contract import Output, Record
from stream.clock import SystemClock
from stream.hosts.contract import Pace, Role
from stream.hosts.kafka import KafkaClient, KafkaHost, KafkaLimits
from stream.log import Log
from tests.contracts.toys import Folding


@dataclass(frozen=True, slots=True, kw_only=True)
class Order:
    """What a worker is told to do. `record_seconds` is how long its machine takes per record."""

    bootstrap: str
    role: str
    log: str
    said: str
    partitions: int
    record_seconds: float = 0.0
    session_seconds: float = 1.5

    def host(self) -> KafkaHost:
        """The host that does it."""
        limits = KafkaLimits(
            session_seconds=self.session_seconds,
            heartbeat_seconds=self.session_seconds / 5,
            linger_seconds=0.02,
            idle_seconds=0.05,
            retry_seconds=0.2,
        )
        role = Role(name=self.role, log=self.log, partitions=self.partitions, build=self._build)
        pace = Pace(batch_records=16, checkpoint_every_records=100)
        return KafkaHost(KafkaClient(bootstrap=self.bootstrap), [role], pace, limits=limits)

    def _build(self, partition: int) -> Folding:
        return Slow(self.said, partition, self.record_seconds)


class Slow(Folding):
    """A toy that takes its time, and the whole event loop's with it."""

    def __init__(self, said: str, partition: int, record_seconds: float) -> None:
        super().__init__(said, partition)
        self._record_seconds = record_seconds

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Say one thing per record, later."""
        time.sleep(self._record_seconds * len(records))
        return super().feed(records)


async def work(order: Order) -> None:
    """Run until told to stop."""
    host = order.host()
    loop = asyncio.get_running_loop()
    stopping: list[asyncio.Task[None]] = []
    loop.add_signal_handler(
        signal.SIGTERM, lambda: stopping.append(asyncio.create_task(host.stop()))
    )
    await host.run()
    await asyncio.gather(*stopping)
    for each in host.status():
        print(json.dumps({**asdict(each), "stage": each.stage.value}))


if __name__ == "__main__":
    with Log(SystemClock()):
        asyncio.run(work(Order(**json.loads(sys.argv[1]))))
