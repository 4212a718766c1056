"""The same raw files through `foureyes replay` and through Kafka: the same findings."""

from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from stream.topics import raw_topic
from tests.end_to_end.asked import send
from tests.end_to_end.raws import comparable, raws, replayed
from tests.kafka.broker import Broker
from tests.programs import FINDINGS_SECONDS_MAX, Run, bodies, lines_of, running, wait_until

ROLES = {
    "taking in": ("intake", "receive"),
    "judging": ("linker", "judge", "patterns"),
    "telling": ("desk",),
}


@contextmanager
def spread(settings: Mapping[str, str], directory: Path) -> Iterator[Run]:
    """The roles in three processes; gives the one that takes in."""
    with ExitStack() as stack:
        runs = [
            stack.enter_context(running(settings, directory / f"{name}.log", *roles))
            for name, roles in ROLES.items()
        ]
        yield runs[0]


async def produce(bootstrap: str, files: Mapping[str, list[bytes]]) -> None:
    """Write raw events as a team does that has its own producer: one record an event."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for source, lines in files.items():
            for line in lines:
                await producer.send(raw_topic(source), line, key=b"its only lane")
        await producer.flush()


@pytest.mark.parametrize("way", ["posted", "produced"])
async def test_three_processes_on_kafka_find_what_a_replay_finds(way: str, tmp_path: Path) -> None:
    """One process takes in, one judges, one tells; the links go through the linker's topic.

    Posted or produced; byte for byte, in any order. See `raws.comparable` for the one field that
    is left out of findings about payloads that tell no time.
    """
    files = raws(datetime.now(UTC))
    expected = replayed(files, tmp_path)
    found = tmp_path / "findings.jsonl"
    with Broker(tmp_path / "broker") as broker:
        settings = {
            "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap,
            "FOUREYES_FINDINGS": str(found),
            "FOUREYES_POLICY": str(tmp_path / "policy.toml"),
            "FOUREYES_SOURCES": ",".join(files),
            "FOUREYES_KAFKA_PARTITIONS": "2",
            "FOUREYES_KAFKA_RAW_PARTITIONS": "2",
        }
        with spread(settings, tmp_path) as run:
            if way == "produced":
                await produce(broker.bootstrap, files)
            else:
                for source, lines in files.items():
                    for body in bodies(lines):
                        assert send(run, body, source).status == 202
            wait_until(
                lambda: len(set(lines_of(found))) >= len(expected), FINDINGS_SECONDS_MAX, run.log
            )

    # A desk may tell a finding again under the same number; nothing else may differ.
    assert comparable(list(set(lines_of(found)))) == expected
