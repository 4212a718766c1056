"""One raw file, three ways through: replay, the embedded host, Kafka. The findings are the same."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from tests.benchmarks.events import SOURCE, raw_events, tick
from tests.kafka.broker import Broker
from tests.servers import free_ports

FOUREYES = (sys.executable, "-m", "stream.cli")
CASES = 60
EVENTS_A_BODY = 40
READY_SECONDS_MAX = 90.0
FINDINGS_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 40.0

POLICY = f"""
[policy]
version = "three-ways"
owner = "tests"

[sources."{SOURCE}"]
progress = "told"
"""


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """Sixty cases of just now, and at the end the source's word that it has told everything."""
    begin = datetime.now(UTC) - timedelta(minutes=10)
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


@contextmanager
def running(environ: Mapping[str, str], log: Path) -> Iterator[str]:
    """`foureyes run` with settings of its own: from when it is ready until it ends in order."""
    (port,) = free_ports(1)
    settings = {"FOUREYES_HTTP_PORT": str(port), **environ}
    with log.open("ab") as said:
        process = subprocess.Popen(
            [*FOUREYES, "run"], env={**os.environ, **settings}, stdout=said, stderr=said
        )
        try:
            wait_until(lambda: is_ready(port), READY_SECONDS_MAX, log)
            yield f"http://127.0.0.1:{port}"
            process.send_signal(signal.SIGTERM)
            assert process.wait(STOP_SECONDS_MAX) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()


def is_ready(port: int) -> bool:
    """Whether `/readyz` says so."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(json.load(answer)["ready"])
    except OSError:
        return False


def wait_until(is_so: object, seconds: float, log: Path) -> None:
    """Wait for something, but not for ever."""
    assert callable(is_so)
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def post(url: str, raw: Path) -> None:
    """Send the file in bodies of some lines each."""
    lines = raw.read_bytes().splitlines()
    for at in range(0, len(lines), EVENTS_A_BODY):
        request = urllib.request.Request(  # noqa: S310 - a loopback address
            f"{url}/in/native",
            b"\n".join(lines[at : at + EVENTS_A_BODY]),
            {"Content-Type": "application/x-ndjson"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            assert answer.status == 202


def told_by(environ: Mapping[str, str], raw: Path, tmp_path: Path, expected: int) -> list[bytes]:
    """The findings that `foureyes run` writes for the file."""
    findings, log = tmp_path / "findings.jsonl", tmp_path / "run.log"
    with running({"FOUREYES_FINDINGS": str(findings), **environ}, log) as url:
        post(url, raw)
        wait_until(lambda: len(lines_of(findings)) >= expected, FINDINGS_SECONDS_MAX, log)
    return sorted(lines_of(findings))


def lines_of(path: Path) -> list[bytes]:
    """The lines of a file that may not be there yet."""
    return path.read_bytes().splitlines() if path.exists() else []


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
