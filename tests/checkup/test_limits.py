"""`foureyes doctor --limits`: what could grow is named, with the limit that holds it."""

import ast
import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

import stream.checkup.limits as shown_limits
from stream.cli import main
from stream.hosts.kafka import KafkaLimits
from stream.settings import Settings

PACKAGES = Path(__file__).parents[2]
RUNNING = (
    "rules/machines",
    *(f"stream/{each}" for each in ("archive", "console", "desk", "hosts", "intake", "pulling")),
    *(f"stream/{each}" for each in ("running", "web", "log.py", "metrics.py", "metric_labels.py")),
)
"""Where what runs for long is."""
OF_ONE_THING = re.compile(r"(CHARS|BYTES|SECONDS|MS|DIGITS|LENGTH|NAME|ORIGIN|TOKEN|STATE)_MAX$")
"""Sizes of one text or file, and how long one answer is waited for: nothing gathers there."""
ELSEWHERE = {
    "CASES_REVIEWED_MAX": "a page shows so many and says so",
    "CASES_SHOWN_MAX": "a page shows so many and says so",
    "CHALLENGE_MAX": "a header of one request",
    "CHOICES_MAX": "a page offers so many",
    "DEPTH_MAX": "one document",
    "FAULTS_MAX": "a refusal lists so many",
    "GZIP_MEMBERS_MAX": "one body",
    "HELD_NAMED_MAX": "a refusal names so many",
    "KEYS_MAX": "one file",
    "MASKS_KEPT": "judging again, for export and pages: as many as there are kinds of paths",
    "NAMES_TRIED_MAX": "a search that ends",
    "NEAR_MAX": "a page shows so many",
    "PAGES_MAX": "a search that ends",
    "PASSES_MAX": "a search that ends",
    "PLACES_MAX": "one decision",
    "REASONS_LISTED_MAX": "one refusal",
    "RECORDS_MAX": "one file",
    "RESOURCES_MAX": "one file",
    "AUDIT_ROWS_MAX": "one page",
    "SIGNATURES_MAX": "a header of one request",
}
"""Limits of one document, page or search: they bound no queue, cache or retry."""


def in_the_code() -> Iterator[str]:
    """The name of every limit that stands as a constant in what runs for long."""
    for place in RUNNING:
        root = PACKAGES / place
        for path in sorted(root.rglob("*.py")) if root.is_dir() else [root]:
            for node in ast.parse(path.read_text()).body:
                named = node.targets[0] if isinstance(node, ast.Assign) else None
                if isinstance(named, ast.Name) and re.search(r"[A-Z]_(MAX|KEPT)$", named.id):
                    yield named.id


def told_in(capsys: pytest.CaptureFixture[str]) -> dict[str, float]:
    """What is listed, by name."""
    assert main(["doctor", "--limits", "--format", "json"]) == 0
    return {each["name"]: each["value"] for each in json.loads(capsys.readouterr().out)["limits"]}


def test_every_limit_is_shown(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Those that are settings as they are set, those of the Kafka host all of them."""
    monkeypatch.setenv("FOUREYES_HTTP_IN_FLIGHT_MAX", "7")
    told = told_in(capsys)

    assert told["FOUREYES_HTTP_IN_FLIGHT_MAX: bodies being taken in at the same time"] == 7
    assert len([name for name in told if name.startswith("kafka: ")]) > len(fields(KafkaLimits))
    assert all(value > 0 for value in told.values())


def test_no_setting_that_limits_is_left_out(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever adds one that ends in `_max` finds it in the list, and this names what is not."""
    told = " ".join(told_in(capsys))
    limiting = [name for name in Settings.model_fields if name.endswith("_max")]

    assert len(limiting) > 9
    assert [name for name in limiting if f"FOUREYES_{name.upper()}:" not in told] == []


def test_no_queue_cache_or_retry_is_left_out() -> None:
    """A limit that stands in the code is shown, or bounds one thing only; this names the others."""
    shown = Path(shown_limits.__file__).read_text()
    found = [name for name in in_the_code() if not OF_ONE_THING.search(name)]

    assert len(found) > 30
    assert [each for each in found if each not in ELSEWHERE and each not in shown] == []
    assert set(ELSEWHERE) - set(found) == set()


def test_they_are_listed_for_people(capsys: pytest.CaptureFixture[str]) -> None:
    """A number and what it limits, a line each."""
    assert main(["doctor", "--limits"]) == 0
    lines = capsys.readouterr().out.splitlines()

    assert all(float(line.split()[0]) > 0 for line in lines)
