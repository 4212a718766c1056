"""A data directory that can not be used is refused in a sentence, whatever is wrong with it."""

import os
import shutil
import sqlite3
import stat
import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import closing, contextmanager, suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.errors import FoureyesError
from rules.machines.contract import JOURNAL
from stream.hosts.contract import Pace
from stream.hosts.cursors import StoredCursors
from stream.hosts.store import FILE, FORMAT, LOCK, DataDirectoryError, Store
from tests.hosts.judged import journal, open_judge, write_journal

RECORDS = journal(30)
HOLD = """
import sys, time
from pathlib import Path
from stream.hosts.store import Store
store = Store(Path(sys.argv[1]))
print("held", flush=True)
time.sleep(60)
"""


def test_only_its_owner_may_read_a_record(tmp_path: Path) -> None:
    """Directory 0700, every file in it 0600, also those that SQLite adds while it is at work."""
    before = os.umask(0)
    try:
        judging = open_judge(tmp_path / "made" / "record")
        cursors = StoredCursors(tmp_path / "made" / "record")
        cursors.save("desk", {0: 1}, {})
        judging.host.step()
    finally:
        os.umask(before)
    directory = judging.store.path.parent
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in directory.iterdir()}
    judging.host.close()
    cursors.close()

    assert stat.S_IMODE(directory.stat().st_mode) == 0o700
    assert {FILE, f"{FILE}-wal", f"{FILE}-shm", LOCK, "cursors.sqlite3"} <= modes.keys()
    assert set(modes.values()) == {0o600}


def test_a_second_process_is_refused(tmp_path: Path) -> None:
    """Two at work on one record would each believe to know where it ends."""
    store = Store(tmp_path)
    second = subprocess.run(
        [sys.executable, "-c", HOLD, tmp_path], capture_output=True, text=True, check=False
    )
    with pytest.raises(DataDirectoryError):
        Store(tmp_path)
    store.close()
    Store(tmp_path).close()

    sentence = (
        f"{tmp_path}: another process is at work here; expected one process for each data directory"
    )
    assert second.stderr.splitlines()[-1].endswith(sentence)


def test_a_killed_process_holds_nothing(tmp_path: Path) -> None:
    """The kernel lets go of the directory; nobody has to delete a lock file."""
    with subprocess.Popen([sys.executable, "-c", HOLD, tmp_path], stdout=subprocess.PIPE) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == b"held\n"
        with pytest.raises(DataDirectoryError, match="another process"):
            Store(tmp_path)
        holder.kill()
        holder.wait()

    Store(tmp_path).close()


@contextmanager
def as_database(path: Path) -> Iterator[sqlite3.Connection]:
    """Change a database behind its owner's back."""
    with closing(sqlite3.connect(path)) as database, database:
        yield database


def of_format(version: int) -> Callable[[Path], None]:
    """Make a record that says it has this format."""

    def change(path: Path) -> None:
        with as_database(path) as database:
            database.execute("UPDATE meta SET value=? WHERE name='format'", (version,))

    return change


def of_somebody_else(path: Path) -> None:
    path.unlink()
    with as_database(path) as database:
        database.execute("CREATE TABLE bookmarks (url TEXT)")


def halved(path: Path) -> None:
    os.truncate(path, path.stat().st_size // 2)


def emptied(path: Path) -> None:
    os.truncate(path, 0)
    StoredCursors(path.parent).close()


def no_database(path: Path) -> None:
    path.write_text("minutes of the meeting, " * 1000)


def a_directory(path: Path) -> None:
    path.unlink()
    path.mkdir()


def overwritten(path: Path) -> None:
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 8)
        file.write(b"\xff" * (path.stat().st_size // 2))


DAMAGES = {
    "newer": (of_format(FORMAT + 1), rf"{FILE}: format {FORMAT + 1}; expected format {FORMAT}"),
    "older": (of_format(0), rf"{FILE}: format 0; expected format {FORMAT}"),
    "of somebody else": (of_somebody_else, rf"{FILE}: unreadable \(no such table: meta\)"),
    "no database": (no_database, rf"{FILE}: unreadable \(file is not a database\)"),
    "emptied": (emptied, rf"{FILE}: an empty record beside cursors.sqlite3"),
    "halved": (halved, rf"{FILE}: unreadable \(database disk image is malformed\)"),
    "overwritten": (overwritten, rf"{FILE}: unreadable \(database disk image is malformed\)"),
    "a directory": (a_directory, rf"{FILE} can not be written: unable to open database file"),
}


@pytest.mark.parametrize("name", DAMAGES)
def test_a_damaged_record_is_refused_by_name(name: str, tmp_path: Path) -> None:
    """When it is opened, or as soon as what is damaged is looked at: the file is named.

    Nothing is begun anew over it, and whoever wants only to read is refused in the same way.
    """
    damage, sentence = DAMAGES[name]
    write_journal(tmp_path, RECORDS)
    damage(tmp_path / FILE)

    with pytest.raises(FoureyesError, match=sentence):
        use(tmp_path)
    with pytest.raises(FoureyesError, match=str(tmp_path / FILE)):
        read(tmp_path)


def use(directory: Path) -> None:
    """Judge a record, and let go of it whatever happens."""
    judging = open_judge(directory)
    try:
        judging.work_off()
    finally:
        judging.cut()


def read(directory: Path) -> None:
    """Read a journal from outside."""
    store = Store(directory, read_only=True)
    try:
        store.read(JOURNAL, 0, 0, len(RECORDS))
    finally:
        store.close()


@pytest.mark.parametrize("place", ["file", "file/below"])
def test_where_no_directory_can_be_is_told(place: str, tmp_path: Path) -> None:
    """A file in the way: the operating system's own words, in our sentence."""
    (tmp_path / "file").touch()

    with pytest.raises(DataDirectoryError, match="expected a directory that this user may write"):
        Store(tmp_path / place)


def test_a_record_that_is_not_there_is_not_made_by_a_reader(tmp_path: Path) -> None:
    """Who only looks leaves no trace."""
    with pytest.raises(DataDirectoryError, match=f"no {FILE}; expected a data directory"):
        Store(tmp_path / "nowhere", read_only=True)

    assert not (tmp_path / "nowhere").exists()


@pytest.fixture(scope="module")
def half_judged(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A record that was cut off after a checkpoint, half of it judged."""
    directory = tmp_path_factory.mktemp("half")
    write_journal(directory, RECORDS)
    judging = open_judge(directory, pace=Pace(batch_records=5, checkpoint_every_records=10))
    for _ in range(len(RECORDS) // 10):
        judging.host.step()
    judging.cut()
    return directory


overwriting = st.tuples(
    st.binary(min_size=1, max_size=40) | st.integers(1, 40_000).map(bytes),
    st.floats(0, 1, exclude_max=True),
)


@settings(deadline=None)
@given(st.lists(overwriting, max_size=3), st.none() | st.floats(0, 1))
def test_no_damage_escapes_as_something_else(
    half_judged: Path, overwritten: list[tuple[bytes, float]], kept: float | None
) -> None:
    """Bytes overwritten, or the file cut, anywhere: it is refused, halts, or has not mattered."""
    with TemporaryDirectory() as directory:
        shutil.copytree(half_judged, directory, dirs_exist_ok=True)
        path = Path(directory, FILE)
        size = path.stat().st_size
        with path.open("r+b") as file:
            for content, at in overwritten:
                file.seek(int(at * size))
                file.write(content)
            file.truncate(size if kept is None else int(kept * size))
        with suppress(FoureyesError):
            use(Path(directory))
        with suppress(FoureyesError):
            read(Path(directory))
