"""Topics: which there are, and what is said of those that are not as they have to be."""

from dataclasses import replace

import pytest

from rules.machines.contract import JOURNAL
from stream.topic_defects import FoundTopic, defects
from stream.topics import (
    DAY_MS,
    Cleanup,
    Deployment,
    InvalidTopicNameError,
    Topic,
    raw_topic,
    state_topic,
    topics_of,
)

DEPLOYMENT = Deployment(
    partitions=12, roles={"judge": 12, "intake.acme": 4}, sources=("acme",), replication=3
)


def found(topic: Topic, **settings: str) -> FoundTopic:
    """The topic as it would be if it was made as asked, except for these settings (. as _)."""
    told = {name.replace("_", "."): value for name, value in settings.items()}
    return FoundTopic(
        partitions=topic.partitions,
        replication=topic.replication,
        settings={**topic.settings(), **told},
    )


def topic_named(name: str) -> Topic:
    """One topic of the deployment."""
    (topic,) = [each for each in topics_of(DEPLOYMENT) if each.name == name]
    return topic


def test_a_deployment_has_these_topics() -> None:
    """Names, partition counts, and what happens to old records."""
    told = {topic.name: (topic.partitions, topic.cleanup.value) for topic in topics_of(DEPLOYMENT)}

    assert told == {
        "iga.raw.acme": (4, "delete"),
        "iga.facts.people": (1, "delete"),
        "iga.facts.entitlements": (1, "delete"),
        "foureyes.journal": (12, "delete"),
        "foureyes.links": (12, "delete"),
        "foureyes.entities": (12, "delete"),
        "foureyes.trail": (24, "delete"),
        "foureyes.findings": (12, "delete"),
        "foureyes.health": (12, "compact"),
        "foureyes.refused": (12, "delete"),
        "foureyes.state.intake.acme": (4, "compact"),
        "foureyes.state.judge": (12, "compact"),
        "foureyes.state.pull": (1, "compact"),
    }


def test_the_record_is_kept_for_ever_and_raw_events_for_a_while() -> None:
    """Only raw topics may forget: what was in them is in the journal, or refused."""
    kept = {
        topic.name: topic.retention_ms
        for topic in topics_of(DEPLOYMENT)
        if topic.cleanup is Cleanup.DELETE and topic.retention_ms != -1
    }

    assert kept == {"iga.raw.acme": 30 * DAY_MS}


def test_three_replicas_are_worth_something_only_if_two_must_have_a_record() -> None:
    """The settings that make "durable" true."""
    assert topic_named(JOURNAL).settings() == {
        "cleanup.policy": "delete",
        "max.message.bytes": "1048588",
        "min.insync.replicas": "2",
        "retention.ms": "-1",
        "retention.bytes": "-1",
    }


def test_topics_that_were_made_as_asked_have_no_defect() -> None:
    """What is asked for passes its own check."""
    topics = topics_of(DEPLOYMENT)

    assert defects(topics, {topic.name: found(topic) for topic in topics}) == []


def test_a_journal_with_another_count_is_refused_with_the_reason() -> None:
    """The count can not be put right later, and the sentence says why and what can be done."""
    journal = topic_named(JOURNAL)
    there = replace(found(journal), partitions=6)
    (defect,) = defects([journal], {JOURNAL: there})

    assert defect.is_fatal
    assert str(defect) == (
        "topic foureyes.journal: the number of partitions is 6; expected 12. It may never change:"
        " cases, ledger and state are found by their partition. Set the deployment to 6, or begin"
        " a new one on an empty cluster."
    )


@pytest.mark.parametrize(
    ("name", "settings", "wrong", "is_fatal"),
    [
        (JOURNAL, {"cleanup_policy": "compact"}, "cleanup.policy", True),
        ("iga.raw.acme", {"cleanup_policy": "compact"}, "cleanup.policy", True),
        ("foureyes.health", {"cleanup_policy": "delete"}, "cleanup.policy", False),
        (JOURNAL, {"retention_ms": "604800000"}, "retention.ms", False),
        (JOURNAL, {"retention_bytes": "1000000"}, "retention.bytes", False),
        (JOURNAL, {"max_message_bytes": "1000"}, "max.message.bytes", False),
        (JOURNAL, {"min_insync_replicas": "1"}, "min.insync.replicas", False),
        ("iga.raw.acme", {"retention_ms": "3600000"}, "retention.ms", False),
        (
            "iga.raw.acme",
            {"message_timestamp_type": "CreateTime"},
            "message.timestamp.type",
            False,
        ),
        ("foureyes.state.judge", {"cleanup_policy": "compact,delete"}, "cleanup.policy", True),
    ],
)
def test_each_wrong_setting_is_one_defect(
    name: str, settings: dict[str, str], wrong: str, *, is_fatal: bool
) -> None:
    """It names topic, setting, what was found and what is expected, and what would follow."""
    topic = topic_named(name)
    (defect,) = defects([topic], {name: found(topic, **settings)})

    assert (defect.topic, defect.wrong, defect.is_fatal) == (name, wrong, is_fatal)
    (value,) = settings.values()
    assert f"{wrong} is {value}; expected " in str(defect)
    assert "kafka-configs" in defect.remedy


def test_more_than_asked_for_is_no_defect() -> None:
    """Longer retention, larger messages, more replicas in sync: that is the operators' affair."""
    raw = topic_named("iga.raw.acme")
    there = found(raw, retention_ms="-1", max_message_bytes="9000000", min_insync_replicas="3")

    assert defects([raw], {raw.name: there}) == []


def test_a_missing_topic_is_fatal() -> None:
    """No host runs without it."""
    (defect,) = defects([topic_named(JOURNAL)], {})

    assert (defect.is_fatal, defect.found) == (True, "missing")


@pytest.mark.parametrize("name", ["", "iga/acme", "a b", "ä", "x" * 201])
def test_a_name_that_kafka_does_not_take_is_refused(name: str) -> None:
    """Before any broker sees it."""
    for make in (raw_topic, state_topic):
        with pytest.raises(InvalidTopicNameError):
            make(name)
