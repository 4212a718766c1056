"""The storage of `foureyes run` fails while it is at work: nothing is lost, all of it is said."""

import json
import os
import sqlite3
import subprocess
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path

import pytest

from stream.hosts.data_directory import FILE
from tests.benchmarks.events import raw_events
from tests.end_to_end.asked import get, recorded, send
from tests.programs import FINDINGS_SECONDS_MAX, FOUREYES, STOP_SECONDS_MAX, running, wait_until

DISK_MB = 8


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    """A disk of a few megabytes, for this test alone."""
    with disk_of(DISK_MB, tmp_path / "disk") as directory:
        yield directory


@contextmanager
def disk_of(megabytes: int, directory: Path) -> Iterator[Path]:
    """A disk of a size, in memory; skips the test where none can be mounted."""
    directory.mkdir()
    words = ["-t", "tmpfs", "-o", f"size={megabytes}m", "tmpfs", str(directory)]
    try:
        mounted = subprocess.run(["mount", *words], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        pytest.skip("no program `mount`")
    if mounted.returncode:
        pytest.skip(f"a disk of our own can not be mounted: {mounted.stderr.strip()}")
    try:
        yield directory
    finally:
        subprocess.run(["umount", str(directory)], check=True)


def fill(directory: Path) -> Path:
    """Write until nothing more goes on the disk; give the file that takes the place."""
    ballast = directory / "ballast"
    with ballast.open("wb", buffering=0) as file:
        try:
            while True:
                file.write(bytes(4096))
        except OSError:
            return ballast


def test_a_full_disk_is_waited_for(small_disk: Path, tmp_path: Path) -> None:
    """Senders are told to come back, readiness says why, and with room again all goes on.

    Everything that was acknowledged, before and after, is in the record once, and what was refused
    is not: no process had to be started anew.
    """
    log, found = tmp_path / "run.log", tmp_path / "found.jsonl"
    settings = {"FOUREYES_DATA": str(small_disk / "data"), "FOUREYES_FINDINGS": str(found)}
    lines = raw_events(40)
    first, refused, last = lines[:20], lines[20:150], lines[150:]
    with running(settings, log) as run:
        assert send(run, first).status == 202
        ballast = fill(small_disk)
        # Until the last free page of the file is used, bodies are still taken in.
        taken = []
        while (answer := send(run, refused[:10])).status == 202:
            taken += refused[:10]
            refused = refused[10:]
        unready = get(run, "/readyz")
        ballast.unlink()
        wait_until(lambda: get(run, "/readyz").status == 200, FINDINGS_SECONDS_MAX, log)
        after = send(run, last)

    assert answer.status == 503
    assert answer.headers["Retry-After"] == "5"
    assert "disk is full" in answer.text
    assert unready.status == 503
    assert "disk is full" in unready.text
    assert after.status == 202
    expected = sorted(json.loads(line)["id"] for line in [*first, *taken, *last])
    assert sorted(recorded(small_disk / "data")) == expected
    assert "Traceback" not in log.read_text()


def test_damage_in_the_midst_of_work_ends_it_with_a_sentence(tmp_path: Path) -> None:
    """Somebody's hand is in the record: the process ends, names the file, shows no traceback.

    Who sends is told that nothing was stored, and the next start refuses in the same words.
    """
    log, data = tmp_path / "run.log", tmp_path / "data"
    settings = {"FOUREYES_DATA": str(data), "FOUREYES_FINDINGS": str(tmp_path / "found.jsonl")}
    lines = raw_events(20)
    with running(settings, log) as run:
        assert send(run, lines[:50]).status == 202
        with closing(sqlite3.connect(data / FILE)) as record:
            record.execute("DROP TABLE records")
        with suppress(OSError):
            assert send(run, lines[50:]).status == 503
        code = run.process.wait(STOP_SECONDS_MAX)
    again = started(settings)

    sentence = f"{data / FILE}: unreadable (no such table: records)"
    assert code == again.returncode == 2
    assert sentence in log.read_text().splitlines()[-1]
    assert sentence in again.stderr
    assert "Traceback" not in log.read_text() + again.stderr


def test_a_disk_without_room_to_begin_is_told(small_disk: Path) -> None:
    """The first start finds no room: a sentence, and once there is room it starts."""
    settings = {"FOUREYES_DATA": str(small_disk / "data"), "FOUREYES_FINDINGS": "none"}
    ballast = fill(small_disk)
    refused = started(settings)
    ballast.unlink()

    assert refused.returncode == 2
    assert refused.stderr.startswith(f"foureyes: {small_disk / 'data'}")
    assert "Traceback" not in refused.stderr
    with running(settings, small_disk / "run.log") as run:
        assert send(run, raw_events(1)).status == 202


def started(settings: dict[str, str]) -> subprocess.CompletedProcess[str]:
    """A start that is expected to end by itself."""
    return subprocess.run(
        [*FOUREYES, "run"],
        env={**os.environ, "FOUREYES_HTTP_PORT": "0", **settings},
        capture_output=True,
        text=True,
        check=False,
        timeout=60,
    )
