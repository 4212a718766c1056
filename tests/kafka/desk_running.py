"""Desk workers as processes, what they are to be told, and what the other end has heard."""

import asyncio
import base64
import os
import subprocess
import sys
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from contextlib import asynccontextmanager, contextmanager
from dataclasses import replace
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer, TopicPartition
from aiokafka.admin import AIOKafkaAdminClient

from rules.finding import Finding
from rules.machines.contract import FINDINGS
from tests.desk.findings import OPENED, line
from tests.desk.receivers import Receiver
from tests.kafka.broker import Broker

ROOT = Path(__file__).resolve().parent.parent.parent
SECRET = f"whsec_{base64.b64encode(b'only-for-tests-0123456789abcdef!').decode()}"
SECONDS_MAX = 60.0


@contextmanager
def worker(log: Path, *arguments: str, **variables: str) -> Iterator[subprocess.Popen[bytes]]:
    """A worker process; its log is shown when the test fails, and it is gone afterwards."""
    with log.open("ab") as stderr:
        process = subprocess.Popen(
            [sys.executable, "-m", *arguments],
            cwd=ROOT,
            env={**os.environ, **variables},
            stdin=subprocess.DEVNULL,
            stderr=stderr,
        )
    try:
        yield process
    finally:
        process.kill()
        process.wait()
        print(log.read_text())


def told_by(broker: Broker, *destination: str, partitions: int = 1) -> list[str]:
    """The arguments of a worker with short spans."""
    return ["tests.kafka.desk_worker", broker.bootstrap, str(partitions), *destination]


def to_webhook(broker: Broker, other_end: Receiver, partitions: int = 1) -> list[str]:
    """The arguments of a worker that tells this receiver by webhook."""
    url = f"http://{other_end.address}/"
    return told_by(broker, "webhook", url, SECRET, partitions=partitions)


def as_operated(broker: Broker, file: Path) -> dict[str, str]:
    """The environment of a worker as an operator starts it, with a file as its destination."""
    return {
        "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap,
        "FOUREYES_KAFKA_PARTITIONS": "1",
        "FOUREYES_FINDINGS": str(file),
    }


OPERATED = ("stream.desk.faust_app", "--destination", "stdout")


def findings(number: int, *, start: int = 0) -> list[Finding]:
    """Different findings."""
    return [replace(OPENED, finding=f"f-{each:04}") for each in range(start, start + number)]


@asynccontextmanager
async def producer(broker: Broker, **options: str) -> AsyncIterator[AIOKafkaProducer]:
    """A producer to the broker."""
    async with AIOKafkaProducer(bootstrap_servers=broker.bootstrap, **options) as running:
        yield running


async def write(broker: Broker, told: Sequence[Finding], partitions: int = 1) -> None:
    """Put findings on the log, each on the partition of its own."""
    async with producer(broker) as sender:
        for number, each in enumerate(told):
            await sender.send_and_wait(FINDINGS, line(each), partition=number % partitions)


async def committed(broker: Broker, destination: str, partition: int = 0) -> int | None:
    """The cursor of a destination."""
    admin = AIOKafkaAdminClient(bootstrap_servers=broker.bootstrap)
    await admin.start()
    try:
        offsets = await admin.list_consumer_group_offsets(f"foureyes-desk-{destination}")
    finally:
        await admin.close()
    found = offsets.get(TopicPartition(FINDINGS, partition))
    return None if found is None else found.offset


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(SECONDS_MAX):
        while not holds():
            await asyncio.sleep(0.05)


def written(file: Path) -> list[str]:
    """The findings in a file, in order."""
    lines = file.read_bytes().splitlines() if file.exists() else []
    return [orjson.loads(each)["finding"] for each in lines]


def posted(other_end: Receiver) -> list[tuple[str, str]]:
    """The webhooks that were taken: id, and finding with its number."""
    taken = [each for each in other_end.heard if each.status == 200]
    told = [(each.headers["webhook-id"], orjson.loads(each.body)["data"]) for each in taken]
    return [(id_, f"{finding['finding']} {finding['number']}") for id_, finding in told]


def first_heard(other_end: Receiver) -> list[str]:
    """The findings in the order in which they were first taken."""
    return list(dict.fromkeys(finding for _, finding in posted(other_end)))


def standing(other_end: Receiver) -> list[str]:
    """Every alert that Alertmanager was told, by finding."""
    return [
        alert["labels"]["finding"] for each in other_end.heard for alert in orjson.loads(each.body)
    ]
