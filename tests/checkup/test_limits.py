"""`foureyes doctor --limits`: what could grow is named, with the limit that holds it."""

import json
from dataclasses import fields

import pytest

from stream.cli import main
from stream.hosts.kafka import KafkaLimits


def test_every_limit_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that are settings as they are set, those of the Kafka host all of them."""
    monkeypatch.setenv("FOUREYES_HTTP_IN_FLIGHT_MAX", "7")
    code = main(["doctor", "--limits", "--format", "json"])
    told = {each["name"]: each["value"] for each in json.loads(capsys.readouterr().out)["limits"]}

    assert code == 0
    assert told["FOUREYES_HTTP_IN_FLIGHT_MAX: bodies being taken in at the same time"] == 7
    assert len([name for name in told if name.startswith("kafka: ")]) > len(fields(KafkaLimits))
    assert all(value > 0 for value in told.values())


def test_they_are_listed_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """A number and what it limits, a line each."""
    assert main(["doctor", "--limits"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert all(float(line.split()[0]) > 0 for line in lines)
