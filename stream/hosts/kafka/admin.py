"""The topics as the brokers have them: look at them, make those that are missing."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from collections.abc import Set as AbstractSet
from contextlib import asynccontextmanager
from typing import Any

from aiokafka.admin import AIOKafkaAdminClient, NewTopic
from aiokafka.admin.config_resource import ConfigResource, ConfigResourceType
from aiokafka.errors import KafkaError, TopicAlreadyExistsError, for_code

from rules.errors import FoureyesError
from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.errors import BrokersUnavailableError, told
from stream.hosts.kafka.limits import KafkaLimits
from stream.topic_defects import Defect, FoundTopic, defects
from stream.topics import Topic


class RefusedTopicError(FoureyesError):
    """A topic could not be made, or is there with a partition count that may not change."""

    def __init__(self, *, topic: str, reason: str) -> None:
        self.topic = topic
        self.reason = reason
        super().__init__(f"topic {topic}: {reason}")


async def check_topics(
    client: KafkaClient, topics: Iterable[Topic], limits: KafkaLimits | None = None
) -> list[Defect]:
    """Compare the brokers' topics with those we need; change nothing.

    Raises BrokersUnavailableError.
    """
    topics = list(topics)
    names = {topic.name for topic in topics}
    return defects(topics, await describe_topics(client, names, limits or KafkaLimits()))


async def create_topics(
    client: KafkaClient, topics: Sequence[Topic], limits: KafkaLimits | None = None
) -> list[str]:
    """Make the topics that are missing, and give their names, once each has leaders.

    Nothing that exists is changed. Raises RefusedTopicError, before anything is made, where a
    topic exists with another partition count; BrokersUnavailableError.
    """
    limits = limits or KafkaLimits()
    found = await describe_topics(client, {topic.name for topic in topics}, limits)
    for defect in defects(topics, found):
        if defect.is_fatal and defect.topic in found:
            raise RefusedTopicError(topic=defect.topic, reason=defect.reason)
    missing = [topic for topic in topics if topic.name not in found]
    if missing:
        async with _administration(client, limits) as admin:
            await _make(admin, missing)
            async with asyncio.timeout(limits.start_seconds):
                await _have_leaders(admin, [topic.name for topic in missing], limits)
    return [topic.name for topic in missing]


async def describe_topics(
    client: KafkaClient, names: AbstractSet[str], limits: KafkaLimits
) -> Mapping[str, FoundTopic]:
    """Describe those of these topics that there are, with their settings.

    The brokers are asked for all they have: some make a topic that is asked for by its name.
    """
    async with _administration(client, limits) as admin:
        every = await admin.describe_topics()
        told = [each for each in every if each["topic"] in names and not each["error_code"]]
        settings = await _settings(admin, [each["topic"] for each in told])
    return {
        each["topic"]: FoundTopic(
            partitions=len(each["partitions"]),
            replication=min(len(part["replicas"]) for part in each["partitions"]),
            settings=settings[each["topic"]],
        )
        for each in told
    }


async def topics_there(client: KafkaClient, limits: KafkaLimits | None = None) -> dict[str, int]:
    """How many partitions each topic has that the brokers tell of. Raises BrokersUnavailableError.

    Nothing is asked for by its name: some brokers would make it.
    """
    async with _administration(client, limits or KafkaLimits()) as admin:
        every = await admin.describe_topics()
    return {each["topic"]: len(each["partitions"]) for each in every if not each["error_code"]}


async def _settings(admin: AIOKafkaAdminClient, names: list[str]) -> dict[str, dict[str, str]]:
    if not names:
        return {}
    asked = [ConfigResource(ConfigResourceType.TOPIC, name) for name in names]
    found: dict[str, dict[str, str]] = {}
    replies: Any = await admin.describe_configs(asked)
    for reply in replies:
        for code, _, _, name, entries in reply.resources:
            if code:
                raise RefusedTopicError(topic=name, reason=f"its settings: {for_code(code)!r}")
            found[name] = {entry[0]: entry[1] for entry in entries}
    return found


async def _make(admin: AIOKafkaAdminClient, topics: Sequence[Topic]) -> None:
    reply: Any = await admin.create_topics(
        [
            NewTopic(
                each.name,
                each.partitions,
                replication_factor=each.replication,
                topic_configs=each.settings(),
            )
            for each in topics
        ]
    )
    for name, code, *words in reply.topic_errors:
        # Somebody else may have made it meanwhile, from the same list.
        if code and for_code(code) is not TopicAlreadyExistsError:
            raise RefusedTopicError(topic=name, reason=f"{for_code(code).__name__}: {words}")


async def _have_leaders(admin: AIOKafkaAdminClient, names: list[str], limits: KafkaLimits) -> None:
    def is_led(topic: Mapping[str, Any]) -> bool:
        parts = topic["partitions"]
        return not topic["error_code"] and all(part["leader"] >= 0 for part in parts)

    # Nobody tells: the broker can only be asked again.
    while not all(map(is_led, await admin.describe_topics(names))):  # noqa: ASYNC110
        await asyncio.sleep(limits.idle_seconds)


@asynccontextmanager
async def _administration(
    client: KafkaClient, limits: KafkaLimits
) -> AsyncIterator[AIOKafkaAdminClient]:
    admin = AIOKafkaAdminClient(
        **client.kwargs(), request_timeout_ms=int(limits.request_seconds * 1000)
    )
    try:
        await admin.start()
        yield admin
    except (KafkaError, OSError, TimeoutError) as error:
        raise BrokersUnavailableError(bootstrap=client.bootstrap, reason=told(error)) from error
    finally:
        await admin.close()
