"""How far a start is that brings machines back: bars on a terminal that goes away, else lines."""

import io
import os
import pty
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing, suppress
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from stream.clock import FixedClock
from stream.hosts.contract import Pace
from stream.progress import LINE_SECONDS, Meter
from tests.hosts.judged import NOW, ROLE, journal, open_judge, write_journal

CASES = 60
PACE = Pace(batch_records=5, checkpoint_every_records=40)


class Hurrying(FixedClock):
    """Time passes each time that somebody asks."""

    def __init__(self, at: datetime, *, by: float = 1.0) -> None:
        super().__init__(at)
        self._by = timedelta(seconds=by)

    def monotonic(self) -> float:
        """So many seconds more than the last time."""
        self.advance(self._by)
        return super().monotonic()


@pytest.fixture(scope="module")
def killed(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, int]:
    """A foureyes that was killed a while after its last checkpoint: where, and how many records.

    Those have to be replayed.
    """
    directory = tmp_path_factory.mktemp("killed")
    write_journal(directory, journal(CASES))
    judging = open_judge(directory, pace=PACE)
    judging.host.open()
    judging.work_off()
    key = ROLE.name, 0
    head = judging.store.head(*key)
    assert head is not None
    behind = head.position - judging.store.checkpoint(*key)[0]
    judging.cut()
    return directory, behind


def restored(directory: Path, meter: Meter) -> None:
    """Bring the machines back, and let go of them as they are."""
    judging = open_judge(directory, pace=PACE)
    with closing(judging.store), meter:
        judging.host.open(meter)
        assert judging.host.halts == {}


def all_of(master: int) -> str:
    """What a terminal is told until nobody has it open any more."""
    told = b""
    with os.fdopen(master, "rb", buffering=0) as file, suppress(OSError):
        while some := file.read(1024):
            told += some
    return told.decode()


def test_a_terminal_is_shown_what_is_restored(
    killed: tuple[Path, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """On a pseudo-terminal: rows of the checkpoint, records after it; and nothing is left there."""
    monkeypatch.setenv("TERM", "xterm")
    directory, behind = killed
    master, slave = pty.openpty()
    with ThreadPoolExecutor(1) as reading:
        reader = reading.submit(all_of, master)
        with os.fdopen(slave, "w") as out:
            restored(directory, Meter("restoring", out, Hurrying(NOW)))
        shown = reader.result()

    assert "rows restored" in shown
    assert f"{behind} records replayed" in shown
    assert shown.rstrip().endswith("\x1b[2K")


def test_a_file_is_told_in_lines(killed: tuple[Path, int]) -> None:
    """How many of how many."""
    directory, behind = killed
    out = io.StringIO()
    restored(directory, Meter("restoring", out, Hurrying(NOW, by=LINE_SECONDS)))

    assert f"{behind} of {behind} records replayed\n" in out.getvalue()
