"""What a Kafka host refuses, with the reason and before anything is lost: topics, sizes."""

import asyncio
from collections.abc import AsyncIterator, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from rules.machines.contract import JOURNAL
from stream.hosts.kafka import KafkaClient, UnfitTopicsError, create_topics
from stream.topics import Cleanup, Deployment, Topic, state_topic, topics_of
from tests.contracts.world import settled
from tests.faults.judges import PARTITIONS, Judges
from tests.faults.table import note_refused
from tests.kafka.broker import Broker

pytestmark = pytest.mark.kafka


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test alone."""
    with Broker(tmp_path / "broker") as running:
        yield running


@pytest.fixture
async def judges(broker: Broker, tmp_path: Path) -> AsyncIterator[Judges]:
    """No topics and no worker yet."""
    with Judges(broker.bootstrap, tmp_path) as made:
        yield made


def needed() -> list[Topic]:
    """Topics as they have to be."""
    deployment = Deployment(partitions=PARTITIONS, roles={"judge": PARTITIONS})
    return [each for each in topics_of(deployment) if not each.name.startswith("iga.")]


@pytest.mark.parametrize(
    ("topic", "changed", "sentence", "fault"),
    [
        (
            JOURNAL,
            {"partitions": 5},
            "the number of partitions is 5; expected 3",
            "a partition count that does not match: refused",
        ),
        (
            state_topic("judge"),
            {"cleanup": Cleanup.DELETE},
            "cleanup.policy is delete; expected compact",
            "a state topic that is not compacted: refused",
        ),
        (
            JOURNAL,
            {"cleanup": Cleanup.COMPACT},
            "cleanup.policy is compact; expected delete",
            "a journal that is compacted: refused",
        ),
    ],
)
async def test_topics_that_do_not_fit(
    topic: str, changed: dict[str, Any], sentence: str, fault: str, judges: Judges
) -> None:
    """Nothing is started, and the sentence names topic, what was found and what was expected."""
    client = KafkaClient(bootstrap=judges.order.bootstrap)
    topics = [replace(each, **changed) if each.name == topic else each for each in needed()]
    await create_topics(client, topics)

    with pytest.raises(UnfitTopicsError) as refused:
        async with asyncio.timeout(30):
            await judges.order.host().run()

    assert f"topic {topic}: {sentence}" in str(refused.value)
    note_refused("kafka", fault)


async def test_a_record_that_is_larger_than_the_limit(judges: Judges) -> None:
    """The partition halts at the record that led to it; with a larger limit it goes on there."""
    await judges.make_topics()
    generous = judges.order
    judges.order = replace(generous, record_bytes=9_000)
    async with judges.flowing(750):
        small = judges.start()

        async def look() -> bool:
            return "partition_halted" in small.log.read_text()

        assert await settled(look, bool)
        code = await asyncio.to_thread(small.stop)
        assert "expected at most 9000" in small.log.read_text()
        judges.order = generous
        judges.start()
        await judges.go_on()
    assert code == 0
    await judges.hold("a record larger than the limit: halted, then raised", 1)
