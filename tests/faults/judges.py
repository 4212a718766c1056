"""Judges on Kafka that a test maltreats while a journal is being written, and what they said."""

import asyncio
import json
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager, suppress
from dataclasses import asdict
from functools import partial
from operator import lt
from pathlib import Path
from typing import NamedTuple

from aiokafka import AIOKafkaProducer
from aiokafka.errors import KafkaError

from rules.machines.contract import FINDINGS, JOURNAL, TRAIL
from stream.hosts.kafka import KafkaClient, create_topics
from stream.hosts.kafka.state import is_decision, read_decision
from stream.topics import Deployment, state_topic, topics_of, trail_partitions
from tests.contracts.world import settled
from tests.faults.judge_worker import Order
from tests.faults.table import folds, left_out, note, of_the_judge, said_of
from tests.hosts.judged import journal
from tests.kafka.topics import Record as Fetched
from tests.kafka.topics import fetch_all
from tests.kafka.workers import Started, Worker

PARTITIONS = 3
PAUSE_SECONDS = 0.05
EVENTS_A_FRAME = 20
LOOKS_MAX = 100
PATIENCE = 3
"""How often patience may end before somebody must have gone on."""
LOOK_SECONDS = 0.2


class Growing:
    """What is committed to a log, partition by partition; a further look reads only what is new."""

    def __init__(self, bootstrap: str, log: str, partitions: int) -> None:
        self.values: list[list[bytes]] = [[] for _ in range(partitions)]
        self._bootstrap = bootstrap
        self._log = log
        self._since: dict[int, int] = {}

    async def look(self) -> list[int]:
        """Read on; how many records each partition has by now."""
        for record in await self._news():
            self._since[record.partition] = record.offset + 1
            if record.partition < len(self.values):
                self.values[record.partition].append(record.value or b"")
        return list(map(len, self.values))

    async def _news(self) -> list[Fetched]:
        for _ in range(LOOKS_MAX):
            # One of several brokers may just be dead, or the machine slow.
            with suppress(KafkaError):
                return await fetch_all(self._bootstrap, self._log, since=self._since)
            await asyncio.sleep(LOOK_SECONDS)
        raise AssertionError("no broker has answered")


async def values(bootstrap: str, log: str, partitions: int) -> list[list[bytes]]:
    """What is committed to a log, partition by partition."""
    growing = Growing(bootstrap, log, partitions)
    await growing.look()
    return growing.values


class Held(NamedTuple):
    """What lies on Kafka: journals and entries by partition, and what was set aside."""

    journals: list[list[bytes]]
    entries: list[list[bytes]]
    decided: dict[str, bytes]


async def hold_on_kafka(bootstrap: str, partitions: int, fault: str, times: int) -> Held:
    """Hold what was said to a plain fold of the journal that lies there; give both."""
    journals = await values(bootstrap, JOURNAL, partitions)
    decided = await what_is_decided(bootstrap)
    expected = folds(journals, decided)
    trails = Growing(bootstrap, TRAIL, trail_partitions(partitions))
    await _work_off(trails, sum(each.records for each in expected), partitions)
    both = zip(
        await values(bootstrap, FINDINGS, partitions), trails.values[partitions:], strict=True
    )
    findings = [of_the_judge(said, others) for said, others in both]
    own = trails.values[:partitions]
    found = [said_of(trail, said) for trail, said in zip(own, findings, strict=True)]
    note("kafka", fault, times, expected, found)
    return Held(journals, [each.entries for each in found], decided)


async def _work_off(trails: Growing, records: int, partitions: int) -> None:
    """Wait for so many records of the judges, as long as somebody goes on, however slowly."""

    async def look() -> int:
        return sum((await trails.look())[:partitions])

    before, count = -1, await look()
    while before < count < records:
        before, count = count, await settled(look, partial(lt, count))
    # The findings of the last of them, and what the other machine has entered, are there as well.
    await trails.look()


async def what_is_decided(bootstrap: str) -> dict[str, bytes]:
    """What stands in the place of records that were set aside, by their digest."""
    kept = await fetch_all(bootstrap, state_topic("judge"))
    return left_out(read_decision(each.value) for each in kept if is_decision(each.key))


class Judges(Started):
    """Workers over one journal, each a process."""

    def __init__(
        self, bootstrap: str, directory: Path, *, replication: int = 1, record_bytes: int = 10**6
    ) -> None:
        super().__init__()
        self.order = Order(bootstrap=bootstrap, partitions=PARTITIONS, record_bytes=record_bytes)
        self._directory = directory
        self._replication = replication
        self._trail = Growing(bootstrap, TRAIL, PARTITIONS)

    async def make_topics(self) -> None:
        """Make the journal, what is said, and the state."""
        deployment = Deployment(
            partitions=PARTITIONS, roles={"judge": PARTITIONS}, replication=self._replication
        )
        client = KafkaClient(bootstrap=self.order.bootstrap)
        topics = [each for each in topics_of(deployment) if not each.name.startswith("iga.")]
        await create_topics(client, topics)

    def start(self) -> Worker:
        """Start one more."""
        log = self._directory / f"judge-{len(self._started)}.log"
        order = json.dumps(asdict(self.order))
        self._started.append(Worker("tests.faults.judge_worker", order, log))
        return self._started[-1]

    @asynccontextmanager
    async def flowing(self, cases: int) -> AsyncIterator[None]:
        """Write a journal as long as the context lasts; what is left of it comes at its end."""
        records = journal(cases, events_a_frame=EVENTS_A_FRAME)
        ending = asyncio.Event()
        writing = asyncio.create_task(self._write(records, ending))
        try:
            yield
            assert not writing.done(), "the last fault hit nobody at work"
        finally:
            ending.set()
            await writing

    async def _write(self, records: Sequence[bytes], ending: asyncio.Event) -> None:
        producer = AIOKafkaProducer(bootstrap_servers=self.order.bootstrap, acks="all")
        async with producer:
            for number, record in enumerate(records[:-1]):
                if ending.is_set():
                    break
                await self._everywhere(producer, record)
                # Ever slower, so that something flows also where the machine is slow.
                await asyncio.sleep(PAUSE_SECONDS * len(records) / (len(records) - number))
            # It says that everything has been told.
            await self._everywhere(producer, records[-1])

    async def _everywhere(self, producer: AIOKafkaProducer, record: bytes) -> None:
        await asyncio.gather(
            *(producer.send_and_wait(JOURNAL, record, partition=n) for n in range(PARTITIONS))
        )

    async def go_on(self) -> None:
        """Return once every partition has said more than now."""
        before = await self.said()

        def is_more(seen: list[int]) -> bool:
            return all(one > other for one, other in zip(seen, before, strict=True))

        for _ in range(PATIENCE):
            seen = await settled(self.said, is_more)
            if is_more(seen):
                return
        raise AssertionError(self._started[-1].log.read_text()[-4000:])

    async def said(self) -> list[int]:
        """How many records of the trail each partition has by now."""
        return await self._trail.look()

    async def hold(self, fault: str, times: int) -> None:
        """Hold all that was said to a plain fold of the same journal."""
        await hold_on_kafka(self.order.bootstrap, PARTITIONS, fault, times)
