"""Topics as they are, compared with how they have to be: each difference is one sentence."""

from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass

from rules.machines.contract import HEALTH
from stream.topics import FACTS_ENTITLEMENTS, FACTS_PEOPLE, FOREVER, Cleanup, Topic


@dataclass(frozen=True, slots=True, kw_only=True)
class FoundTopic:
    """One topic as the brokers have it."""

    partitions: int
    replication: int
    settings: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class Defect:
    """One thing about a topic that is not as it has to be. Fatal: no host may run on it."""

    topic: str
    wrong: str
    found: str
    expected: str
    remedy: str
    is_fatal: bool = False

    def __str__(self) -> str:
        """Tell whoever has to repair it, in one line."""
        return f"topic {self.topic}: {self.reason}"

    @property
    def reason(self) -> str:
        """What is wrong and what to do, without the topic's name."""
        return f"{self.wrong} is {self.found}; expected {self.expected}. {self.remedy}"


def defects(needed: Iterable[Topic], found: Mapping[str, FoundTopic]) -> list[Defect]:
    """Compare topics as they are with how they have to be."""
    told: list[Defect] = []
    for topic in needed:
        there = found.get(topic.name)
        told += [_missing(topic)] if there is None else _compare(topic, there)
    return told


def _missing(topic: Topic) -> Defect:
    return Defect(
        topic=topic.name,
        wrong="the topic",
        found="missing",
        expected=f"there, with {topic.partitions} partitions",
        remedy="`stream.hosts.kafka.create_topics` makes it.",
        is_fatal=True,
    )


def _compare(topic: Topic, found: FoundTopic) -> Iterator[Defect]:
    if found.partitions != topic.partitions:
        yield _miscounted(topic, found)
    for name, expected, is_right, why in _expectations(topic, found):
        is_told = name in found.settings
        if is_told and is_right(found.settings[name]):
            continue
        yield Defect(
            topic=topic.name,
            wrong=name,
            found=found.settings.get(name, "not told"),
            expected=expected,
            remedy=f"{why} Change it with kafka-configs.",
            is_fatal=name == "cleanup.policy" and topic.name not in _MAY_FORGET,
        )


Expectation = tuple[str, str, Callable[[str], bool], str]
"""A setting's name, what is expected of it, whether a value is right, and why it matters."""


def _expectations(topic: Topic, found: FoundTopic) -> Iterator[Expectation]:
    """What a topic's settings have to be, where it matters."""
    policy = topic.cleanup.value
    yield "cleanup.policy", policy, lambda told: told == policy, _LOSSES[topic.cleanup]
    size = topic.message_bytes
    yield (
        "max.message.bytes",
        f"at least {size}",
        lambda told: int(told) >= size,
        "A large record would halt its partition.",
    )
    if topic.cleanup is Cleanup.DELETE:
        yield from _retention(topic)
    if topic.is_timed:
        yield (
            "message.timestamp.type",
            "LogAppendTime",
            lambda told: told == "LogAppendTime",
            "A sender's clock would be taken for the time of the log.",
        )
    if found.replication > 1:
        least = topic.in_sync_min
        yield (
            "min.insync.replicas",
            f"at least {least}",
            lambda told: int(told) >= least,
            "A record would be lost with one broker.",
        )


def _retention(topic: Topic) -> Iterator[Expectation]:
    least = topic.retention_ms
    expected = "-1" if least == FOREVER else f"-1 or at least {least}"
    why = "Records would be deleted."

    def is_long_enough(told: str) -> bool:
        return int(told) == FOREVER or (least != FOREVER and int(told) >= least)

    yield "retention.ms", expected, is_long_enough, why
    yield "retention.bytes", "-1", lambda told: int(told) == FOREVER, why


_MAY_FORGET = {HEALTH, FACTS_ENTITLEMENTS, FACTS_PEOPLE}
"""Where the wrong policy is told and worked with: no event and no finding is lost there."""

_LOSSES = {
    Cleanup.COMPACT: "State would be deleted as it ages.",
    Cleanup.DELETE: "Only the latest record of each key would be kept.",
}


def _miscounted(topic: Topic, found: FoundTopic) -> Defect:
    if topic.is_placed:
        remedy = (
            "It may never change: cases, ledger and state are found by their partition."
            f" Set the deployment to {found.partitions}, or begin a new one on an empty cluster."
        )
    else:
        remedy = f"Set the deployment to {found.partitions}, or add partitions to the topic."
    return Defect(
        topic=topic.name,
        wrong="the number of partitions",
        found=str(found.partitions),
        expected=str(topic.partitions),
        remedy=remedy,
        is_fatal=True,
    )
