"""The doctor's look at the machine: it sees what is wrong and leaves no trace."""

import os
import socket
import sqlite3
from contextlib import closing
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.checkup import machine
from stream.checkup.check import Check, State
from stream.checkup.machine import check_clock, check_data, check_port, is_held
from stream.clock import FixedClock
from stream.hosts.store import FILE, FORMAT, LOCK, Store

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def told(directory: Path) -> dict[str, Check]:
    """Look at a data directory; give the checks by name."""
    return {check.name: check for check in check_data(directory)}


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """A data directory as the embedded host leaves it."""
    directory = tmp_path / "data"
    Store(directory).close()
    return directory


def traces(directory: Path) -> dict[str, tuple[int, int]]:
    """What would show that somebody was here."""
    paths = [directory, *directory.iterdir()]
    return {path.name: (path.stat().st_size, path.stat().st_mtime_ns) for path in paths}


def test_a_directory_that_is_not_there_will_be_made(tmp_path: Path) -> None:
    """Nothing has run yet: that is no fault, unless nobody may make it."""
    [check] = check_data(tmp_path / "a" / "b")

    assert check.state is State.OK
    assert not (tmp_path / "a").exists()


def test_a_sound_directory_is_left_as_it_was(data: Path) -> None:
    """The doctor changes nothing: neither content nor times, and no file beside the record."""
    before = traces(data)
    checks = told(data)

    assert {check.state for check in checks.values()} <= {State.OK, State.WARN}
    assert checks["data format"].found == f"version {FORMAT}"
    assert traces(data) == before


def test_a_directory_at_work_is_looked_at_without_disturbing_it(data: Path) -> None:
    """The record is read beside the process that writes it, and the lock stays where it is."""
    store = Store(data)
    try:
        check = told(data)["data format"]

        assert check.found == f"version {FORMAT}, in use by a running foureyes"
        assert is_held(data)
    finally:
        store.close()

    assert not is_held(data)


def test_a_record_of_a_newer_version_is_wrong(data: Path) -> None:
    """An older foureyes must not touch it; the message says what to do."""
    with closing(sqlite3.connect(data / FILE)) as database:
        database.execute("UPDATE meta SET value=? WHERE name='format'", (FORMAT + 1,))
        database.commit()
    check = told(data)["data format"]

    assert check.state is State.WRONG
    assert "written by a newer foureyes" in check.found


def test_a_damaged_record_is_wrong(data: Path) -> None:
    """Overwritten by something else: it can only come back from a copy."""
    (data / FILE).write_bytes(b"not a database" * 400)
    check = told(data)["data format"]

    assert check.state is State.WRONG
    assert "restore it" in check.remedy


def test_a_run_that_was_cut_off_before_its_first_checkpoint_is_no_damage(data: Path) -> None:
    """All of the record may still lie beside the file; the next start puts it in."""
    (data / FILE).write_bytes(b"")
    (data / f"{FILE}-wal").write_bytes(b"x" * 100)

    assert told(data)["data format"].state is State.WARN


def test_what_others_may_read_is_told(data: Path) -> None:
    """The record names people; by default nobody else on the machine needs it."""
    data.chmod(0o755)
    (data / LOCK).chmod(0o644)
    check = told(data)["data access"]

    assert check.state is State.WARN
    assert "data (0755)" in check.found
    assert check.remedy == f"chmod -R go= {data}"


def test_a_file_in_place_of_the_directory_is_wrong(tmp_path: Path) -> None:
    """A typing mistake in FOUREYES_DATA."""
    (tmp_path / "data").write_text("")
    [check] = check_data(tmp_path / "data")

    assert check.state is State.WRONG


@pytest.mark.skipif(os.geteuid() == 0, reason="root may write everywhere")
def test_a_directory_that_we_may_not_write_is_wrong(data: Path) -> None:
    """Made by root, run by somebody else."""
    data.chmod(0o500)
    try:
        assert told(data)["data directory"].state is State.WRONG
    finally:
        data.chmod(0o700)


@pytest.mark.parametrize(
    ("low", "least", "state"),
    [(0, 0, State.OK), (2**80, 0, State.WARN), (2**80, 2**80, State.WRONG)],
)
def test_a_full_disk_is_seen_before_it_stops_the_record(
    data: Path, monkeypatch: pytest.MonkeyPatch, low: int, least: int, state: State
) -> None:
    """First a warning, then the alarm."""
    monkeypatch.setattr(machine, "FREE_BYTES_LOW", low)
    monkeypatch.setattr(machine, "FREE_BYTES_MIN", least)

    assert told(data)["data space"].state is state


def test_a_port_that_is_taken_is_wrong_unless_it_is_ours() -> None:
    """Another program on the port keeps the receiver from starting; a running foureyes may."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        assert check_port("127.0.0.1", port, running=False).state is State.WRONG
        assert check_port("127.0.0.1", port, running=True).state is State.OK
    assert check_port("127.0.0.1", port, running=False).state is State.OK
    assert check_port("127.0.0.1", 0, running=False).state is State.OK


def test_an_address_that_is_not_ours_is_wrong() -> None:
    """198.51.100.0/24 is for documentation: no machine has it."""
    assert check_port("198.51.100.7", 8787, running=False).state is State.WRONG
    assert check_port("no such host", 8787, running=False).state is State.WRONG


def test_a_clock_behind_a_file_is_wrong(tmp_path: Path) -> None:
    """Deadlines judged by a clock that stands in 1970 would never pass."""
    file = tmp_path / "people.csv"
    file.write_text("person\n")
    os.utime(file, (NOON.timestamp(), NOON.timestamp()))
    os.utime(tmp_path, (NOON.timestamp() - 60, NOON.timestamp() - 60))
    late = check_clock(FixedClock(NOON - timedelta(minutes=1)), [tmp_path])
    good = check_clock(FixedClock(NOON + timedelta(minutes=1)), [tmp_path, tmp_path / "none"])

    assert late.state is State.WRONG
    assert "people.csv is of 2026-11-02 12:00:00Z" in late.found
    assert good.state is State.OK
