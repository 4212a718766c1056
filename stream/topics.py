"""The topics of a deployment: what they are called, and how each has to be made.

| topic | partitions | kept |
|---|---|---|
| `iga.raw.<source>` | `raw_partitions` | `raw_retention_days` |
| `iga.facts.people`, `iga.facts.entitlements` | 1 | for ever, with its history |
| `foureyes.journal`, `.links`, `.findings`, `.refused` | `partitions` | for ever |
| `foureyes.entities` | `partitions` | for ever: what patterns are judged by |
| `foureyes.trail` | twice `partitions`: the judges', then the patterns machines' | for ever |
| `foureyes.health` | `partitions` | the latest record of each key |
| `foureyes.state.<role>` | those of the role's input | the latest record of each key |
| `foureyes.state.pull` | 1 | the latest cursor of each feed that is pulled |

Facts keep their history because an event is stamped with what held when it occurred.
`stream.hosts.kafka.create_topics` and `check_topics` take these to the brokers.
"""

import re
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from enum import StrEnum

from rules.errors import FoureyesError
from rules.machines.contract import ENTITIES, FINDINGS, HEALTH, JOURNAL, LINKS, REFUSED, TRAIL

FACTS_PEOPLE = "iga.facts.people"
FACTS_ENTITLEMENTS = "iga.facts.entitlements"
RAW = "iga.raw."
STATE = "foureyes.state."
PULL = "pull"
"""Its state is the cursors of what is pulled."""

RECORD_BYTES = 1_000_000
MESSAGE_BYTES = 1_048_588
"""Kafka's own default for max.message.bytes: a record of `RECORD_BYTES` with its envelope fits."""

FOREVER = -1
DAY_MS = 24 * 60 * 60 * 1000
_NAME = re.compile(r"[a-zA-Z0-9._-]{1,200}")


class Cleanup(StrEnum):
    """What the broker does with old records."""

    DELETE = "delete"
    COMPACT = "compact"


class InvalidTopicNameError(FoureyesError, ValueError):
    """A source or role can not give a topic its name."""

    def __init__(self, *, what: str, found: str) -> None:
        self.what = what
        self.found = found
        super().__init__(
            f"{what} is {found!r}; expected 1 to 200 of the characters a-z A-Z 0-9 . _ -"
        )


def raw_topic(source: str) -> str:
    """Name the topic of a source's raw events. Raises InvalidTopicNameError."""
    return RAW + _checked("the name of a source", source)


def trail_partitions(partitions: int) -> int:
    """Say how many the trail has: the judges' come first, then the patterns machines'."""
    return 2 * partitions


def state_topic(role: str) -> str:
    """Name the topic of a role's state. Raises InvalidTopicNameError."""
    return STATE + _checked("the name of a role", role)


def _checked(what: str, name: str) -> str:
    if not _NAME.fullmatch(name):
        raise InvalidTopicNameError(what=what, found=name)
    return name


@dataclass(frozen=True, slots=True, kw_only=True)
class Topic:
    """One topic as it has to be.

    `is_timed`: the broker stamps its records, since intake takes their time for the log's.
    `is_placed`: what is in it is found by its partition, so their number is part of the record.
    `more` are settings that are made with the topic and not checked.
    """

    name: str
    partitions: int
    replication: int = 1
    cleanup: Cleanup = Cleanup.DELETE
    retention_ms: int = FOREVER
    message_bytes: int = MESSAGE_BYTES
    is_timed: bool = False
    is_placed: bool = True
    more: Mapping[str, str] = field(default_factory=dict)

    @property
    def in_sync_min(self) -> int:
        """How many replicas must have a record before it counts as written."""
        return max(1, self.replication - 1)

    def settings(self) -> dict[str, str]:
        """Its settings as Kafka names them."""
        told = {
            "cleanup.policy": self.cleanup.value,
            "max.message.bytes": str(self.message_bytes),
            "min.insync.replicas": str(self.in_sync_min),
        }
        if self.cleanup is Cleanup.DELETE:
            told["retention.ms"] = str(self.retention_ms)
            told["retention.bytes"] = str(FOREVER)
        if self.is_timed:
            told["message.timestamp.type"] = "LogAppendTime"
        return {**told, **self.more}


@dataclass(frozen=True, slots=True, kw_only=True)
class Deployment:
    """What decides which topics there are.

    `partitions` is the journal's count and can not be changed later. `roles` has, by name, how
    many partitions each role's input has.
    """

    partitions: int
    roles: Mapping[str, int]
    sources: tuple[str, ...] = ()
    replication: int = 1
    raw_partitions: int = 4
    raw_retention_days: int = 30
    message_bytes: int = MESSAGE_BYTES


def topics_of(deployment: Deployment) -> tuple[Topic, ...]:
    """Every topic of a deployment."""
    return (*_raw(deployment), *_facts(deployment), *_record(deployment), *_states(deployment))


def _raw(deployment: Deployment) -> Iterator[Topic]:
    for source in deployment.sources:
        yield Topic(
            name=raw_topic(source),
            partitions=deployment.raw_partitions,
            replication=deployment.replication,
            retention_ms=deployment.raw_retention_days * DAY_MS,
            message_bytes=deployment.message_bytes,
            is_timed=True,
            is_placed=False,
        )


def _facts(deployment: Deployment) -> Iterator[Topic]:
    for name in (FACTS_PEOPLE, FACTS_ENTITLEMENTS):
        yield Topic(
            name=name,
            partitions=1,
            replication=deployment.replication,
            message_bytes=deployment.message_bytes,
            is_timed=True,
            is_placed=False,
        )


def _record(deployment: Deployment) -> Iterator[Topic]:
    many = deployment.partitions
    for name in (JOURNAL, LINKS, ENTITIES, TRAIL, FINDINGS, HEALTH, REFUSED):
        yield Topic(
            name=name,
            partitions=trail_partitions(many) if name == TRAIL else many,
            replication=deployment.replication,
            cleanup=Cleanup.COMPACT if name == HEALTH else Cleanup.DELETE,
            message_bytes=deployment.message_bytes,
        )


def _states(deployment: Deployment) -> Iterator[Topic]:
    for role, partitions in sorted({**deployment.roles, PULL: 1}.items()):
        yield state_topic_of(
            role,
            partitions,
            replication=deployment.replication,
            message_bytes=deployment.message_bytes,
        )


def state_topic_of(
    role: str, partitions: int, *, replication: int = 1, message_bytes: int = MESSAGE_BYTES
) -> Topic:
    """Describe the topic of one role's state."""
    return Topic(
        name=state_topic(role),
        partitions=partitions,
        replication=replication,
        cleanup=Cleanup.COMPACT,
        message_bytes=message_bytes,
        is_placed=False,
        # A head is written with every batch. Only closed segments are compacted, and all that is
        # not is read at each take-over: 32 MiB of heads are a second.
        more={"segment.bytes": str(32 * 1024 * 1024), "min.cleanable.dirty.ratio": "0.2"},
    )
