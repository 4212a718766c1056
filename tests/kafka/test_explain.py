"""A case is told out of the journal on a broker: what is committed there, and nothing else."""

import asyncio
import os
from collections.abc import Iterator, Sequence
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from rules.events import Action, Event
from rules.machines.contract import JOURNAL
from rules.machines.records import (
    SourceDeclared,
    write_events,
    write_source,
    write_ticks,
)
from rules.machines.routing import partition_of_case
from stream.canonical import CODEC
from stream.cli import main
from stream.hosts.kafka import KafkaClient, create_topics
from stream.topics import Topic
from tests.kafka.broker import Broker
from tests.rules.told_cases import ANN, BO, EVERYTHING, NINE, minutes, step

PARTITIONS = 2


@pytest.fixture(scope="module")
def own(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker of its own: the journal is looked for by its real name."""
    with Broker(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture
def environment(own: Broker, monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """Nothing set but the broker and its partitions."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_") and not name.startswith("FOUREYES_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FOUREYES_KAFKA_BOOTSTRAP", own.bootstrap)
    monkeypatch.setenv("FOUREYES_KAFKA_PARTITIONS", str(PARTITIONS))
    return monkeypatch


async def write_journal(bootstrap: str, committed: Sequence[Event], aborted: Event) -> None:
    """Write a journal as intake does; a last frame is given up with its transaction."""
    await create_topics(
        KafkaClient(bootstrap=bootstrap), [Topic(name=JOURNAL, partitions=PARTITIONS)]
    )
    declared = SourceDeclared(
        source="iga/acme",
        connector="native",
        carries=tuple(Action),
        tells=EVERYTHING,
        lanes=("lane",),
    )
    values = [
        (p, value)
        for p in range(PARTITIONS)
        for value in (
            write_source(CODEC, declared),
            *(frame(event) for event in committed if place(event) == p),
            write_ticks(CODEC, "lane", {"*": NINE + minutes(120)}),
        )
    ]
    async with AIOKafkaProducer(
        bootstrap_servers=bootstrap, transactional_id="journal"
    ) as producer:
        async with producer.transaction():
            for partition, value in values:
                await producer.send_and_wait(JOURNAL, value, partition=partition)
        await producer.begin_transaction()
        await producer.send_and_wait(JOURNAL, frame(aborted), partition=place(aborted))
        await producer.abort_transaction()


def place(event: Event) -> int:
    """Where a case is found."""
    return partition_of_case(event.tenant, event.case or "", PARTITIONS)


def frame(event: Event) -> bytes:
    """A frame with one event."""
    return write_events(CODEC, "lane", [CODEC.write(event)])


@pytest.mark.usefixtures("environment")
def test_a_case_is_told_from_the_committed_journal(
    own: Broker, capsys: pytest.CaptureFixture[str]
) -> None:
    """By its name or a link; what a transaction gave up never happened."""
    committed = [
        step(1, minutes(0), Action.REQUESTED, ANN, justification="Close", links=("execution:1",)),
        step(2, minutes(41), Action.APPROVED, ANN),
        step(1, minutes(5), Action.REQUESTED, BO, case="REQ-8"),
    ]
    aborted = step(9, minutes(50), Action.DENIED, BO)
    asyncio.run(write_journal(own.bootstrap, committed, aborted))

    assert main(["explain", "execution:1"]) == 0

    told = capsys.readouterr()

    assert main(["explain", "REQ-8", "--tenant", "acme"]) == 0

    other = capsys.readouterr()
    assert told.out.startswith("Case REQ-7 of acme")
    assert "FINDING: APPROVED OWN REQUEST" in told.out
    assert "41 minutes later, at 09:41:00 UTC, Ann Ames (ann) approved the request." in told.out
    assert "denied" not in told.out
    assert "up to 2 November 2026 at 11:00:00 UTC." in " ".join(told.out.split())
    assert other.out.startswith("Case REQ-8 of acme")
    assert told.err + other.err == ""


def test_a_journal_with_fewer_partitions_is_told(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """The settings are another deployment's."""
    environment.setenv("FOUREYES_KAFKA_PARTITIONS", "3")

    assert main(["explain", "REQ-7"]) == 2
    assert (
        "topic foureyes.journal: the number of partitions is 2; expected 3"
        in capsys.readouterr().err
    )


def test_a_broker_that_is_not_there_is_told_in_one_line(
    environment: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither a traceback nor the client's account of every attempt; --data goes before."""
    environment.setenv("FOUREYES_KAFKA_BOOTSTRAP", "127.0.0.1:1")

    assert main(["explain", "REQ-7"]) == 2

    unreachable = capsys.readouterr().err

    assert main(["explain", "REQ-7", "--data", str(tmp_path / "none")]) == 2

    assert unreachable.startswith("foureyes: the brokers at 127.0.0.1:1 do not answer: ")
    assert unreachable.count("\n") == 1
    assert str(tmp_path) in capsys.readouterr().err
