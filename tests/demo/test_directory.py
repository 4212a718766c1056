"""The demo overwrites what a demo has written, and nothing else."""

import os
import signal
import subprocess
import sys
from contextlib import closing
from pathlib import Path

import pytest

from rules.machines.contract import JOURNAL, Output
from stream.demo.directory import DemoDirectory, DemoDirectoryError, reached
from stream.demo.feed import BEGINS, RawEvent
from stream.hosts.store import DataDirectoryError, Store
from tests.demo.staged import lines_of

STREAMS = ("native", "portside")


def finished(path: Path) -> DemoDirectory:
    """A directory in which a demo has been shown to its end."""
    directory = DemoDirectory(path, STREAMS)
    directory.claim()
    directory.keep([RawEvent(BEGINS, "native", b"{}")])
    with closing(Store(path)) as store:
        with store.transaction():
            store.append([Output(JOURNAL, 0, b"a record")], 0)
        directory.finish(reached(store))
    return directory


def test_what_a_demo_wrote_is_replaced(tmp_path: Path) -> None:
    """The second demo begins with an empty record."""
    path = tmp_path / "day"
    finished(path).claim()

    assert sorted(each.name for each in path.iterdir()) == [
        "foureyes-demo.json",
        "foureyes.lock",
        "raw",
    ]
    assert list((path / "raw").iterdir()) == []


def test_what_somebody_else_put_there_stays(tmp_path: Path) -> None:
    """Notes beside the day, and a file among the raw ones, are not the demo's."""
    path = tmp_path / "day"
    directory = finished(path)
    mine = [path / "notes.txt", path / "raw" / "mine.jsonl"]
    for each in mine:
        each.write_text("mine")
    directory.claim()

    assert [each.read_text() for each in mine] == ["mine", "mine"]


def test_an_empty_directory_is_taken(tmp_path: Path) -> None:
    """Somebody has made it for the purpose."""
    DemoDirectory(tmp_path, STREAMS).claim()

    assert (tmp_path / "foureyes-demo.json").exists()


def test_a_directory_of_something_else_is_refused(tmp_path: Path) -> None:
    """`--data ~` would be a pity."""
    (tmp_path / "thesis.txt").write_text("years of work")

    with pytest.raises(DemoDirectoryError, match="holds something else"):
        DemoDirectory(tmp_path, STREAMS).claim()
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


def test_a_record_of_foureyes_run_is_refused(tmp_path: Path) -> None:
    """A real record has no mark of a demo."""
    Store(tmp_path / "data").close()

    with pytest.raises(DemoDirectoryError):
        DemoDirectory(tmp_path / "data", STREAMS).claim()


def test_a_file_is_refused(tmp_path: Path) -> None:
    """There is nowhere to put a day."""
    (tmp_path / "day").write_text("")

    with pytest.raises(DemoDirectoryError, match="it is a file"):
        DemoDirectory(tmp_path / "day", STREAMS).claim()


def test_a_record_that_went_on_after_the_demo_is_refused(tmp_path: Path) -> None:
    """Whoever ran foureyes on it has a record of their own there now."""
    path = tmp_path / "day"
    directory = finished(path)
    with closing(Store(path)) as store, store.transaction():
        store.append([Output(JOURNAL, 0, b"one more")], 0)

    with pytest.raises(DemoDirectoryError, match="gone on since the demo"):
        directory.claim()


def test_a_record_in_use_is_refused(tmp_path: Path) -> None:
    """Two demos do not write over each other."""
    path = tmp_path / "day"
    directory = finished(path)

    with closing(Store(path)), pytest.raises(DataDirectoryError, match="another process"):
        directory.claim()


def test_a_demo_that_was_killed_is_replaced_by_the_next(tmp_path: Path) -> None:
    """Kill -9 in the middle of the day leaves what the next demo clears away."""
    path = tmp_path / "day"
    command = [sys.executable, "-m", "stream.cli", "demo", "--format", "jsonl", "--data", str(path)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, env=os.environ) as demo:
        assert demo.stdout is not None
        demo.stdout.readline()
        demo.send_signal(signal.SIGKILL)
        demo.communicate()
    assert demo.returncode == -signal.SIGKILL
    changes, summary = lines_of(path, seed=9)

    assert (changes, summary) == lines_of(path, seed=9)
