"""One raw file, three ways through: replay, the embedded host, Kafka. The findings are the same."""

import json
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.benchmarks.events import SOURCE, raw_events, tick
from tests.kafka.broker import Broker
from tests.programs import (
    FINDINGS_SECONDS_MAX,
    FOUREYES,
    bodies,
    lines_of,
    post,
    running,
    wait_until,
)

CASES = 60

POLICY = f"""
[policy]
version = "three-ways"
owner = "tests"

[sources."{SOURCE}"]
progress = "told"
"""


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Cases of four hours ago, and at the end the source's word that it has told everything."""
    begin = datetime.now(UTC) - timedelta(hours=4)
    lines = [*raw_events(CASES, begin=begin), tick(begin + timedelta(hours=3))]
    path = tmp_path / "raw.jsonl"
    path.write_bytes(b"\n".join(lines) + b"\n")
    return path


@pytest.fixture
def policy(tmp_path: Path) -> Path:
    """A policy that takes the source's own word for its progress."""
    path = tmp_path / "policy.toml"
    path.write_text(POLICY)
    return path


def replayed(raw: Path, policy: Path) -> list[bytes]:
    """The findings of `foureyes replay`."""
    words = ("replay", str(raw), "--source", "native", "--policy", str(policy))
    done = subprocess.run([*FOUREYES, *words, "--format", "jsonl"], capture_output=True, check=True)
    return sorted(done.stdout.splitlines())


def told_by(environ: Mapping[str, str], raw: Path, tmp_path: Path, expected: int) -> list[bytes]:
    """The findings that `foureyes run` writes for the file."""
    findings, log = tmp_path / "findings.jsonl", tmp_path / "run.log"
    with running({"FOUREYES_FINDINGS": str(findings), **environ}, log) as run:
        for body in bodies(raw.read_bytes().splitlines()):
            post(run.url, body)
        wait_until(lambda: len(lines_of(findings)) >= expected, FINDINGS_SECONDS_MAX, log)
    return sorted(lines_of(findings))


def test_replay_the_embedded_host_and_kafka_find_the_same_bytes(
    raw: Path, policy: Path, tmp_path: Path
) -> None:
    """Self-approvals at once, missing evidence when the source says that it has told everything."""
    expected = replayed(raw, policy)
    settings = {"FOUREYES_POLICY": str(policy)}
    for way in ("embedded", "kafka", "broker"):
        (tmp_path / way).mkdir()
    embedded = {**settings, "FOUREYES_DATA": str(tmp_path / "data")}

    assert {json.loads(line)["rule"] for line in expected} == {"APR-001", "APR-004", "EVD-002"}
    assert told_by(embedded, raw, tmp_path / "embedded", len(expected)) == expected
    # A broker of its own: the topics' names are the deployment's, not this test's.
    with Broker(tmp_path / "broker") as broker:
        kafka = {**settings, "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap}
        assert told_by(kafka, raw, tmp_path / "kafka", len(expected)) == expected
