"""OCSF findings in a topic of a real broker: a destination like any other."""

import orjson
import pytest

from stream.desk.delivery import DestinationUnavailableError
from stream.desk.destinations.ocsf_topic import OcsfTopic
from stream.hosts.kafka import KafkaClient, create_topics, read_committed
from stream.topics import Topic
from tests.desk.destination_contract import life_for
from tests.desk.findings import NOON, OPENED
from tests.kafka.broker import Broker


async def test_the_life_of_a_finding_lies_in_the_topic_in_its_order(
    broker: Broker, prefix: str
) -> None:
    """Durable when it is delivered, keyed by the finding; a repeat has the same identity."""
    topic, client = f"{prefix}ocsf", KafkaClient(bootstrap=broker.bootstrap)
    await create_topics(client, [Topic(name=topic, partitions=1)])
    destination = OcsfTopic(client, topic)
    life = life_for(destination)
    for each in (*life, life[0]):
        await destination.deliver([each], NOON)
    await destination.close()

    found = [entry async for entry in read_committed(client, topic, 0)]
    told = [orjson.loads(each.value or b"") for each in found]

    assert {each.key for each in found} == {OPENED.finding.encode()}
    assert [each["activity_name"] for each in told] == ["Create", "Update", "Close", "Create"]
    assert told[3]["metadata"]["uid"] == told[0]["metadata"]["uid"]


async def test_brokers_that_are_away_are_told_as_that() -> None:
    """It may be tried again, and no address is named."""
    destination = OcsfTopic(KafkaClient(bootstrap="127.0.0.1:1"), "ocsf")
    with pytest.raises(DestinationUnavailableError) as failure:
        await destination.deliver(life_for(destination)[:1], NOON)
    await destination.close()

    assert "127.0.0.1" not in str(failure.value)
