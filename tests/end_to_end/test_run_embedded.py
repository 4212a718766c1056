"""`foureyes run` without Kafka, as an operator has it: killed, restarted, stopped, misused."""

import json
import subprocess
import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from rules.machines.contract import TRAIL
from stream.hosts.store import Store
from stream.running.embedded import LAYOUT
from tests.benchmarks.events import raw_events
from tests.programs import (
    FINDINGS_SECONDS_MAX,
    FOUREYES,
    bodies,
    lines_of,
    post,
    running,
    wait_until,
)

CLIENTS = 3
CASES = 90


@pytest.fixture
def lines() -> list[bytes]:
    """Events of just now."""
    return raw_events(CASES, begin=datetime.now(UTC) - timedelta(minutes=10))


def recorded(directory: Path) -> list[str]:
    """The id of every event in the trail, as often as it stands there."""
    store = Store(directory, read_only=True)
    entries = [
        entry
        for partition in range(LAYOUT.journal)
        for record in store.read(TRAIL, partition, 0, 10**6)
        for entry in json.loads(record.value)["entries"]
    ]
    store.close()
    return [entry["id"] for entry in entries if "id" in entry]


def test_what_was_acknowledged_is_in_the_record_once_after_kill_9(
    lines: list[bytes], tmp_path: Path
) -> None:
    """Three clients post while the process is killed; each then sends all of its bodies again."""
    data, log = tmp_path / "data", tmp_path / "run.log"
    settings = {"FOUREYES_DATA": str(data), "FOUREYES_FINDINGS": str(tmp_path / "found.jsonl")}
    acknowledged: list[bytes] = []

    def client(url: str, share: list[bytes]) -> None:
        for body in bodies(share):
            try:
                post(url, body)
            except OSError:
                return
            acknowledged.extend(body)

    with running(settings, log) as run:
        shares = [lines[number::CLIENTS] for number in range(CLIENTS)]
        clients = [threading.Thread(target=client, args=(run.url, each)) for each in shares]
        for each in clients:
            each.start()
        wait_until(lambda: bool(acknowledged), FINDINGS_SECONDS_MAX, log)
        run.process.kill()
        run.process.wait()
        for each in clients:
            each.join()
    kept = recorded(data)
    with running(settings, log) as run:
        for body in bodies(lines):
            post(run.url, body)

    assert {json.loads(line)["id"] for line in acknowledged} <= set(kept)
    assert sorted(recorded(data)) == sorted(json.loads(line)["id"] for line in lines)


def test_each_change_of_a_finding_is_told_though_the_process_was_killed(
    lines: list[bytes], tmp_path: Path
) -> None:
    """After the restart the file has every change; what stands twice has the same number."""
    data, log, found = tmp_path / "data", tmp_path / "run.log", tmp_path / "found.jsonl"
    settings = {"FOUREYES_DATA": str(data), "FOUREYES_FINDINGS": str(found)}
    with running(settings, log) as run:
        for body in bodies(lines):
            post(run.url, body)
        run.process.kill()
        run.process.wait()
    with running(settings, log):
        wait_until(lambda: bool(lines_of(found)), FINDINGS_SECONDS_MAX, log)

    told = {(each["finding"], each["number"]) for each in map(json.loads, lines_of(found))}
    replayed = subprocess.run(
        [*FOUREYES, "replay", "-", "--source", "native", "--format", "jsonl"],
        input=b"\n".join(lines),
        capture_output=True,
        check=True,
    )
    expected = [json.loads(line) for line in replayed.stdout.splitlines()]
    assert told == {(each["finding"], each["number"]) for each in expected}


def test_a_second_process_on_the_directory_is_refused(tmp_path: Path) -> None:
    """It says who is at work there, and the first goes on."""
    data, log = tmp_path / "data", tmp_path / "run.log"
    settings = {"FOUREYES_DATA": str(data), "FOUREYES_FINDINGS": "none"}
    with running(settings, log) as run:
        second = subprocess.run(
            [*FOUREYES, "run"],
            env={"FOUREYES_DATA": str(data), "FOUREYES_HTTP_PORT": "0", "PATH": "/usr/bin"},
            capture_output=True,
            text=True,
            check=False,
            timeout=60,
        )
        post(run.url, raw_events(1))

    assert second.returncode == 2
    assert "another process is at work here" in second.stderr
    assert "Traceback" not in second.stderr
