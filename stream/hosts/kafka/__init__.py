"""The Kafka host: the only place that knows Kafka's transactions."""

from stream.hosts.kafka.admin import (
    RefusedTopicError,
    check_topics,
    create_topics,
    topics_there,
)
from stream.hosts.kafka.client import InvalidKafkaClientError, KafkaClient
from stream.hosts.kafka.deciding import decisions_of, keep_decision, look_at_head
from stream.hosts.kafka.errors import (
    BrokersUnavailableError,
    LogUnavailableError,
    OversizeRecordError,
    UnfitTopicsError,
)
from stream.hosts.kafka.host import KafkaHost
from stream.hosts.kafka.limits import KafkaLimits
from stream.hosts.kafka.pulled import PulledLog
from stream.hosts.kafka.raw import Place, RawLog
from stream.hosts.kafka.reading import Entry, committed_parts, read_committed
from stream.hosts.kafka.status import PartitionStatus, Stage

__all__ = [
    "BrokersUnavailableError",
    "Entry",
    "InvalidKafkaClientError",
    "KafkaClient",
    "KafkaHost",
    "KafkaLimits",
    "LogUnavailableError",
    "OversizeRecordError",
    "PartitionStatus",
    "Place",
    "PulledLog",
    "RawLog",
    "RefusedTopicError",
    "Stage",
    "UnfitTopicsError",
    "check_topics",
    "committed_parts",
    "create_topics",
    "decisions_of",
    "keep_decision",
    "look_at_head",
    "read_committed",
    "topics_there",
]
