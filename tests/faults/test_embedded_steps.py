"""The embedded host's every step to a commit fails once: cut off there, and refused there."""

import json
import os
import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from rules.machines.contract import FINDINGS, JOURNAL, TRAIL, Output
from rules.policy import Policy
from stream.clock import FixedClock
from stream.hosts.contract import Pace
from stream.hosts.data_directory import FILE
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import DataDirectoryError, StorageUnavailableError, Store
from stream.running.embedded import LAYOUT, RAW_PARTITIONS, put_policy
from stream.running.roles import Plan, roles_of
from stream.topics import raw_topic
from tests.benchmarks.events import BEGIN, raw_events, tick
from tests.faults.table import draw, folds, note, of_the_judge, said_of
from tests.hosts.judged import NOW

ALL = 10**7
PACE = Pace(batch_records=4, checkpoint_every_records=3)
BODIES = [b"\n".join(raw_events(6, seed=n, first=6 * n)) for n in range(8)]
STEPS_MAX = 500
STEPS_MIN = 5
"""A round has more statements than that."""


class Cut(BaseException):
    """What ends everything where it stands: nothing after it runs."""


class Failing:
    """A connection whose statement number `at` (from 1) fails with `error`, and no other."""

    def __init__(self, connection: sqlite3.Connection, at: int, error: BaseException) -> None:
        self._connection = connection
        self._left = at
        self._error = error

    @property
    def has_failed(self) -> bool:
        """Whether that statement was reached."""
        return self._left <= 0

    def _count(self) -> None:
        self._left -= 1
        if self._left == 0:
            raise self._error

    def execute(self, *words: Any) -> sqlite3.Cursor:
        """Fail, or do it."""
        self._count()
        return self._connection.execute(*words)

    def executemany(self, *words: Any) -> sqlite3.Cursor:
        """Fail, or do it."""
        self._count()
        return self._connection.executemany(*words)

    def __getattr__(self, name: str) -> Any:
        """Everything else is the connection's."""
        return getattr(self._connection, name)


class Bench:
    """All machines over a directory, fed the same bodies whatever happens on the way."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = FixedClock(NOW)
        self.taken = 0

    def open(self) -> tuple[Store, EmbeddedHost]:
        """Begin, or go on."""
        plan = Plan(
            sources={"native": "native"},
            layout=LAYOUT,
            raw_partitions=RAW_PARTITIONS,
            policy=Policy(),
            stamp=lambda _: None,
            clock=self.clock,
        )
        store = Store(self.directory)
        host = EmbeddedHost(store, roles_of(plan), clock=self.clock, pace=PACE)
        put_policy(store, host, Policy(), self.clock)
        return store, host

    def step(self, host: EmbeddedHost) -> None:
        """Take the next body in, and tell the time."""
        body = [Output(raw_topic("native"), 0, BODIES[self.taken])] if self._has_more else []
        host.step(body, pulse=True)
        self.taken += len(body)
        self.clock.advance(timedelta(seconds=1))

    @property
    def _has_more(self) -> bool:
        return self.taken < len(BODIES)

    def go_on(self) -> None:
        """Open it and finish; whatever is raised, the directory is let go of."""
        store, host = self.open()
        try:
            self.finish(host)
        finally:
            store.close()

    def finish(self, host: EmbeddedHost) -> None:
        """Take in what is left, say that everything was told, and end in order."""
        while self._has_more:
            self.step(host)
        host.step([Output(raw_topic("native"), 0, tick(BEGIN + timedelta(days=1)))])
        while not host.step().is_idle:
            pass
        assert not host.halts
        host.close()

    def hold(self, fault: str, times: int) -> None:
        """Hold what was said to a plain fold of the same journal; every event is there once."""
        with closing(Store(self.directory, read_only=True)) as store:

            def values(log: str, partition: int) -> list[bytes]:
                return [each.value for each in store.read(log, partition, 0, ALL)]

            parts = range(LAYOUT.journal)
            found = [
                said_of(
                    values(TRAIL, n),
                    of_the_judge(values(FINDINGS, n), values(TRAIL, n + LAYOUT.journal)),
                )
                for n in parts
            ]
            expected = folds([values(JOURNAL, n) for n in parts], {})
            note("embedded", fault, times, expected, found)
        entries = [json.loads(entry) for each in found for entry in each.entries]
        events = [each["id"] for each in entries if "action" in each]
        assert len(events) == sum(len(body.split(b"\n")) for body in BODIES)
        assert len(set(events)) == len(events)


def disk_error() -> sqlite3.OperationalError:
    """What SQLite raises when the disk does not answer."""
    error = sqlite3.OperationalError("disk I/O error")
    error.sqlite_errorcode = sqlite3.SQLITE_IOERR
    return error


@pytest.mark.parametrize("kind", ["cut off", "refused by the disk"])
def test_at_every_step_to_a_commit(kind: str, tmp_path: Path) -> None:
    """Each statement of a round fails once, in a directory of its own or in the same one.

    Cut off: the file is let go of and opened again, as after a power failure. Refused: the same
    host goes on with the next round.
    """
    stride = draw(short=4, full=1)
    made = 0
    for number in range(1, STEPS_MAX, stride):
        bench = Bench(tmp_path / str(number))
        store, host = bench.open()
        bench.step(host)
        failing = Failing(store._connection, number, Cut() if kind == "cut off" else disk_error())
        store._connection = failing  # type: ignore[assignment]
        try:
            bench.step(host)
        except Cut:
            store.close()
            store, host = bench.open()
        except StorageUnavailableError:
            pass
        if not failing.has_failed:
            store.close()
            break
        bench.finish(host)
        bench.hold(f"at every step to a commit: {kind}", 1)
        made += 1
    assert made > STEPS_MIN


def test_a_clock_that_jumps(tmp_path: Path) -> None:
    """Back a day and forth a day between rounds: what is said follows from the journal's time."""
    bench = Bench(tmp_path)
    store, host = bench.open()
    jumps: Sequence[timedelta] = [timedelta(days=1), timedelta(days=-2), timedelta(hours=30)]
    for jump in jumps:
        bench.step(host)
        bench.clock.advance(jump)
    bench.finish(host)
    store.close()
    bench.hold("a clock that jumps", len(jumps))


@pytest.mark.parametrize("damage", ["overwritten", "truncated"])
def test_a_damaged_file_is_refused(damage: str, tmp_path: Path) -> None:
    """Nothing is begun anew over it; put back as it was, it goes on where it stood."""
    bench = Bench(tmp_path / "data")
    _, host = bench.open()
    for _ in range(4):
        bench.step(host)
    host.close()
    path = bench.directory / FILE
    sound = path.read_bytes()
    if damage == "truncated":
        os.truncate(path, len(sound) // 3 // 16384 * 16384)
    else:
        path.write_bytes(b"\xff" * len(sound))
    with pytest.raises(DataDirectoryError, match=FILE):
        bench.go_on()
    for left in bench.directory.glob(f"{FILE}-*"):
        left.unlink()
    path.write_bytes(sound)
    bench.go_on()
    bench.hold(f"a file that was {damage}: refused, then restored", 1)
