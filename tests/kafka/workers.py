"""Workers that a test starts, stops, freezes and kills, and what they must have said in the end."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from types import TracebackType
from typing import Self

from aiokafka import AIOKafkaProducer

from stream.hosts.kafka import KafkaClient, create_topics
from stream.topics import Topic, state_topic, state_topic_of
from tests.contracts.toys import fold
from tests.contracts.world import settled
from tests.kafka.topics import fetch_all
from tests.kafka.toy_worker import Order

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS_MAX = 60.0


class Worker:
    """One process that runs a module of the tests, and logs to a file."""

    def __init__(self, module: str, order: str, log: Path) -> None:
        self.log = log
        with log.open("wb") as to:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module, order],
                cwd=ROOT,
                env={**os.environ, "PYTHONWARNINGS": "error"},
                stdin=subprocess.DEVNULL,
                stdout=to,
                stderr=subprocess.STDOUT,
            )

    def kill(self) -> None:
        """End it where it stands."""
        self._process.kill()
        self._process.wait()

    def freeze(self) -> None:
        """Hold it, as a long pause of a virtual machine would."""
        self._process.send_signal(signal.SIGSTOP)

    def thaw(self) -> None:
        """Let it go on, unaware of how long it was held."""
        self._process.send_signal(signal.SIGCONT)

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self._process.terminate()
        return self._process.wait(STOP_SECONDS_MAX)

    @property
    def pid(self) -> int:
        """The process."""
        return self._process.pid

    @property
    def is_running(self) -> bool:
        """Whether it has not ended."""
        return self._process.poll() is None


class Started:
    """Processes that a test has started: none of them outlives it, frozen ones neither."""

    def __init__(self) -> None:
        self._started: list[Worker] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        for worker in self._started:
            if worker.is_running:
                worker.thaw()
                worker.kill()


class Workers(Started):
    """All workers of one test over the same two topics: `order.log` in, `order.said` out."""

    def __init__(self, order: Order, directory: Path) -> None:
        super().__init__()
        self.order = order
        self._directory = directory

    async def make_topics(self) -> None:
        """Make input, output and state."""
        order = self.order
        client = KafkaClient(bootstrap=order.bootstrap)
        topics = [Topic(name=name, partitions=order.partitions) for name in (order.log, order.said)]
        await create_topics(client, [*topics, state_topic_of(order.role, order.partitions)])

    async def write(self, values: Sequence[bytes]) -> None:
        """Add the same records to each partition."""
        async with AIOKafkaProducer(bootstrap_servers=self.order.bootstrap, acks="all") as producer:
            for value in values:
                for partition in range(self.order.partitions):
                    await producer.send(self.order.log, value, partition=partition)
            await producer.flush()

    def start(self) -> Worker:
        """Start one more worker."""
        log = self._directory / f"worker-{len(self._started)}.log"
        order = json.dumps(asdict(self.order))
        self._started.append(Worker("tests.kafka.toy_worker", order, log))
        return self._started[-1]

    async def said(self) -> list[list[bytes]]:
        """What is committed by now, partition by partition."""
        found: list[list[bytes]] = [[] for _ in range(self.order.partitions)]
        for record in await fetch_all(self.order.bootstrap, self.order.said):
            found[record.partition].append(record.value or b"")
        return found

    async def count(self) -> int:
        """How many records are committed by now."""
        return sum(map(len, await self.said()))

    async def have_said(self, count: int) -> list[list[bytes]]:
        """What is committed once it is so much, or when patience ends."""
        return await settled(self.said, lambda seen: sum(map(len, seen)) >= count)

    async def state(self) -> list[dict[str, bytes]]:
        """The rows of state, partition by partition, as compaction would leave them."""
        found: list[dict[str, bytes]] = [{} for _ in range(self.order.partitions)]
        for record in await fetch_all(self.order.bootstrap, state_topic(self.order.role)):
            name = (record.key or b"").decode()
            if name.startswith("row/"):
                found[record.partition][name] = record.value or b""
        return found

    def expected(self, values: Sequence[bytes]) -> list[list[bytes]]:
        """What a plain loop says of the same records."""
        return [fold(values)] * self.order.partitions

    def logged(self) -> str:
        """What all workers have logged."""
        return "\n".join(worker.log.read_text() for worker in self._started)


def expected_state(values: Sequence[bytes]) -> dict[str, bytes]:
    """The rows of state that a plain loop arrives at."""
    counts: dict[str, int] = {}
    for value in values:
        key = value.decode().partition(":")[0]
        counts[key] = counts.get(key, 0) + 1
    rows = {f"row/count/{key}": str(count).encode() for key, count in counts.items()}
    return {**rows, "row/chain": fold(values)[-1].rsplit(b" ", 1)[1]}
