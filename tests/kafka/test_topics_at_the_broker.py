"""Topics are made as they have to be, and looked at as they are, by a real broker."""

from pathlib import Path

import pytest

from rules.machines.contract import JOURNAL
from stream.hosts.kafka import KafkaClient, RefusedTopicError, check_topics, create_topics
from stream.topics import Deployment, Topic, topics_of
from tests.kafka.broker import Broker
from tests.kafka.topics import create_topics as create_plain_topics


async def test_a_deployment_is_made_once_and_passes_its_check(tmp_path: Path) -> None:
    """The second time there is nothing to do."""
    topics = topics_of(Deployment(partitions=3, roles={"judge": 3}, sources=("acme",)))

    # A broker of its own: the topics have the names they have in earnest.
    with Broker(tmp_path / "broker") as own:
        client = KafkaClient(bootstrap=own.bootstrap)
        made = await create_topics(client, topics)
        again = await create_topics(client, topics)
        found = await check_topics(client, topics)

    assert made == [topic.name for topic in topics]
    assert JOURNAL in made
    assert again == []
    assert found == []


async def test_a_topic_with_another_count_is_refused_before_anything_is_made(
    broker: Broker, prefix: str
) -> None:
    """Nothing is altered, and nothing half done."""
    client = KafkaClient(bootstrap=broker.bootstrap)
    there, missing = f"{prefix}there", f"{prefix}missing"
    await create_topics(client, [Topic(name=there, partitions=2)])
    wanted = [Topic(name=missing, partitions=1), Topic(name=there, partitions=4)]

    with pytest.raises(RefusedTopicError, match="is 2; expected 4"):
        await create_topics(client, wanted)

    left = [(each.topic, each.wrong) for each in await check_topics(client, wanted)]
    assert left == [(missing, "the topic"), (there, "the number of partitions")]


async def test_what_somebody_else_made_is_looked_at_closely(broker: Broker, prefix: str) -> None:
    """A topic with the broker's defaults is not kept for ever and takes the senders' times."""
    client = KafkaClient(bootstrap=broker.bootstrap)
    name = f"{prefix}plain"
    await create_plain_topics(
        broker.bootstrap,
        name,
        partitions=1,
        config={"retention.ms": "86400000", "max.message.bytes": "1000"},
    )

    found = await check_topics(client, [Topic(name=name, partitions=1, is_timed=True)])

    assert [(each.wrong, each.found) for each in found] == [
        ("max.message.bytes", "1000"),
        ("retention.ms", "86400000"),
        ("message.timestamp.type", "CreateTime"),
    ]
