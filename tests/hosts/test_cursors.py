"""Cursors: how far each reader has read survives whatever happens, or is read again."""

import sqlite3
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path

import pytest

from stream.hosts.cursors import FILE, KeptRows, StoredCursors
from stream.hosts.store import DataDirectoryError


@pytest.fixture
def cursors(tmp_path: Path) -> Iterator[StoredCursors]:
    """Cursors in a directory of their own."""
    made = StoredCursors(tmp_path)
    yield made
    made.close()


def fill(cursors: StoredCursors) -> None:
    """Let the disk be full."""
    pages = cursors._connection.execute("PRAGMA page_count").fetchone()[0]
    cursors._connection.execute(f"PRAGMA max_page_count={pages}")


def test_positions_and_rows_are_kept_by_reader(cursors: StoredCursors, tmp_path: Path) -> None:
    """What is handed in changes, what is not stays, None goes; another reader has its own."""
    cursors.save("alertmanager", {0: 3, 1: 4}, {"a": b"1", "b": b"2"})
    cursors.save("webhook", {0: 9}, {})
    cursors.save("alertmanager", {1: 5}, {"a": None, "c": b"3"})
    cursors.close()
    again = StoredCursors(tmp_path)
    told = again.load("alertmanager"), again.load("webhook"), again.load("new")
    again.close()

    assert told == (({0: 3, 1: 5}, {"b": b"2", "c": b"3"}), ({0: 9}, {}), ({}, {}))


def test_a_full_disk_holds_up_no_reader(cursors: StoredCursors, tmp_path: Path) -> None:
    """What can not be saved is remembered and saved with what comes next, once there is room.

    Losing it with the process costs a repeat; stopping the reader would cost the SOC its alerts.
    """
    cursors.save("webhook", {0: 1}, {"old": b"1"})
    fill(cursors)
    cursors.save("webhook", {0: 2, 1: 7}, {"large": b"x" * 200_000, "old": None})
    cursors.save("webhook", {0: 3}, {"large": b"y" * 200_000})
    while_full = cursors.load("webhook")
    stored = sqlite3.connect(tmp_path / FILE)
    on_disk = stored.execute("SELECT position FROM positions").fetchall()
    cursors._connection.execute("PRAGMA max_page_count=100000")
    cursors.save("webhook", {0: 4}, {})
    rows = stored.execute("SELECT partition, position FROM positions ORDER BY 1").fetchall()
    stored.close()

    assert while_full == ({0: 3, 1: 7}, {"large": b"y" * 200_000})
    assert on_disk == [(1,)]
    assert rows == [(0, 4), (1, 7)]
    assert cursors.load("webhook")[1] == {"large": b"y" * 200_000}


def test_what_waits_for_room_is_saved_at_the_end(cursors: StoredCursors, tmp_path: Path) -> None:
    """Closing tries a last time, and closes either way."""
    fill(cursors)
    cursors.save("webhook", {0: 2}, {"large": b"x" * 200_000})
    cursors._connection.execute("PRAGMA max_page_count=100000")
    cursors.close()
    again = StoredCursors(tmp_path)
    kept = again.load("webhook")
    fill(again)
    again.save("webhook", {0: 3}, {"larger": b"x" * 400_000})
    again.close()

    assert kept == ({0: 2}, {"large": b"x" * 200_000})


@pytest.mark.parametrize("content", [b"no database at all, " * 1000, bytes(range(256)) * 100])
def test_damaged_cursors_are_refused_by_name(content: bytes, tmp_path: Path) -> None:
    """The sentence says what losing them costs: repeats."""
    (tmp_path / FILE).write_bytes(content)

    with pytest.raises(DataDirectoryError, match=f"{FILE}: unreadable .*; expected ") as caught:
        StoredCursors(tmp_path)
    assert "moved away costs repeats" in str(caught.value)


def test_damage_found_later_is_refused_by_name_too(tmp_path: Path) -> None:
    """Overwritten while nobody is at work: found when it is read."""
    cursors = StoredCursors(tmp_path)
    cursors.save("webhook", {n: n for n in range(5000)}, {})
    cursors.close()
    path = tmp_path / FILE
    with path.open("r+b") as file:
        file.seek(4096)
        file.write(b"\xff" * (path.stat().st_size - 4096))

    with pytest.raises(DataDirectoryError, match=FILE):
        StoredCursors(tmp_path).load("webhook")


def test_who_looks_on_reads_again_only_what_has_changed(tmp_path: Path) -> None:
    """A save, and another file in the place of the first, are seen; nothing else is."""
    with closing(KeptRows(tmp_path, "a")) as kept:
        with pytest.raises(DataDirectoryError, match="no cursors"):
            kept.version()
        cursors = StoredCursors(tmp_path)
        cursors.save("webhook", {}, {"a1": b"1", "b1": b"2"})
        first, told, again = kept.version(), kept.read(), kept.version()
        cursors.save("webhook", {}, {"a1": b"3"})
        cursors.close()
        second, changed = kept.version(), kept.read()
        (tmp_path / FILE).rename(tmp_path / "away.sqlite3")
        StoredCursors(tmp_path).close()
        third, none = kept.version(), kept.read()

    assert (told, changed, none) == ({("webhook", "a1"): b"1"}, {("webhook", "a1"): b"3"}, {})
    assert first == again
    assert len({first, second, third}) == 3
