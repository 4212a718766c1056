"""The doctor at a real broker: what it says of the topics, and that it makes none."""

import asyncio
import os
from collections.abc import Iterator
from pathlib import Path

import pytest

from rules.policy import Policy
from stream.cli import main
from stream.clock import SystemClock
from stream.hosts.kafka import create_topics
from stream.running.deployment import client_of, deployment_of, plan_of
from stream.settings import Settings
from stream.topics import Topic, topics_of
from tests.kafka.broker import Broker


@pytest.fixture(scope="module")
def empty(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Broker]:
    """A broker without topics: the doctor looks for them by their real names."""
    with Broker(tmp_path_factory.mktemp("kafka")) as running:
        yield running


@pytest.fixture
def environment(
    empty: Broker, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> pytest.MonkeyPatch:
    """Nothing set but the broker, and what keeps other checks quiet."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_") and not name.startswith("FOUREYES_TEST_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FOUREYES_KAFKA_BOOTSTRAP", empty.bootstrap)
    monkeypatch.setenv("FOUREYES_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FOUREYES_HTTP_PORT", "0")
    monkeypatch.setenv("FOUREYES_SOURCES", "hr=native")
    return monkeypatch


def needed(settings: Settings) -> tuple[Topic, ...]:
    """What these settings ask for."""
    plan = plan_of(settings, Policy(), SystemClock(), lambda _: None)
    return topics_of(deployment_of(settings, plan))


def lines(capsys: pytest.CaptureFixture[str]) -> list[str]:
    """What the doctor said of Kafka."""
    told = capsys.readouterr().out.splitlines()
    return [line for line in told if line.split()[1].rstrip(":") in {"kafka", "topics", "topic"}]


def test_topics_are_missed_and_not_made_then_found_and_compared(
    environment: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A fresh cluster, a deployment that is well, and one whose partition count was changed."""
    bootstrap = os.environ["FOUREYES_KAFKA_BOOTSTRAP"]
    settings = Settings.load(os.environ)
    topics = needed(settings)
    for _ in range(2):
        assert main(["doctor"]) == 0
        answers, missing = lines(capsys)

        assert answers == f"ok     kafka: {bootstrap} answers"
        assert missing.startswith(f"warn   topics: {len(topics)} of {len(topics)} are missing: ")

    asyncio.run(create_topics(client_of(settings), topics))

    assert main(["doctor"]) == 0
    assert lines(capsys)[1] == f"ok     topics: all {len(topics)} are as they have to be"

    environment.setenv("FOUREYES_KAFKA_PARTITIONS", "6")

    assert main(["doctor"]) == 1
    assert any(
        line.startswith(
            "wrong  topic foureyes.journal: the number of partitions is 4; expected 6; "
        )
        for line in lines(capsys)
    )
