"""SIGKILL at moments nobody chose, and cuts anywhere: what is committed is as if fed once."""

import random
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from tempfile import TemporaryDirectory

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.machines.contract import FINDINGS, JOURNAL, TRAIL, Output
from stream.hosts.contract import Pace
from stream.hosts.store import FILE, Store
from tests.contracts.toys import SAID, fold
from tests.contracts.world import texts
from tests.hosts.embedded_worker import PARTITIONS
from tests.hosts.judged import (
    AT_MS,
    RECORDS_MAX,
    journal,
    open_judge,
    verdict,
    verdict_of,
    write_journal,
)

ROOT = Path(__file__).resolve().parents[2]
KILLS = 3
GIVE_UP_SECONDS = 30.0
BEGIN = """
import sys
from pathlib import Path
from stream.hosts.store import Store
Store(Path(sys.argv[1]))
"""


def work(kind: str, directory: Path) -> subprocess.Popen[bytes]:
    """Start a worker."""
    command = [sys.executable, "-m", "tests.hosts.embedded_worker", kind, str(directory)]
    return subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, stderr=subprocess.PIPE)


def finish(kind: str, directory: Path) -> bytes:
    """Let a worker work everything off; give its last word."""
    with work(kind, directory) as worker:
        out, err = worker.communicate(timeout=GIVE_UP_SECONDS)
    assert worker.returncode == 0, err.decode()
    return out


def kill_at_work(
    kind: str, directory: Path, count: Callable[[], int], chance: random.Random
) -> None:
    """Kill a worker shortly after it has committed something more."""
    before = count()
    give_up = time.monotonic() + GIVE_UP_SECONDS
    with work(kind, directory) as worker:
        while count() == before and time.monotonic() < give_up:
            time.sleep(0.002)
        time.sleep(chance.random() * 0.03)
        is_at_work = worker.poll() is None
        worker.kill()
    assert is_at_work, "the kill hit nobody at work"


def counting(directory: Path, log: str) -> Callable[[], int]:
    """Count what is committed to a log, from outside."""

    def count() -> int:
        store = Store(directory, read_only=True)
        found = sum(len(store.read(log, part, 0, RECORDS_MAX)) for part in store.partitions(log))
        store.close()
        return found

    return count


def test_toys_that_are_killed_say_what_a_plain_loop_says(tmp_path: Path) -> None:
    """Two partitions, killed again and again: nothing lost, nothing doubled, nothing halted."""
    values = texts(300)
    store = Store(tmp_path)
    with store.transaction():
        for partition in range(PARTITIONS):
            store.append([Output(JOURNAL, partition, value) for value in values], AT_MS)
    store.close()
    chance, count = random.Random(1), counting(tmp_path, SAID)

    for _ in range(KILLS):
        kill_at_work("toy", tmp_path, count, chance)
    done = finish("toy", tmp_path)
    reader = Store(tmp_path, read_only=True)
    said = [
        [each.value for each in reader.read(SAID, partition, 0, RECORDS_MAX)]
        for partition in range(PARTITIONS)
    ]
    reader.close()

    assert done == b"done\n"
    assert said == [fold(values)] * PARTITIONS


def test_a_judge_that_is_killed_gives_the_same_trail_findings_and_head(tmp_path: Path) -> None:
    """The real machine: every log it writes, byte for byte, and the ledger it arrives at."""
    records = journal(120, events_a_frame=2)
    write_journal(tmp_path, records)
    chance, count = random.Random(2), counting(tmp_path, TRAIL)

    for _ in range(KILLS):
        kill_at_work("judge", tmp_path, count, chance)
    finish("judge", tmp_path)

    assert verdict_of(records)[FINDINGS]
    assert verdict(tmp_path) == verdict_of(records)


def test_a_process_killed_while_it_begins_leaves_something_to_begin_with(tmp_path: Path) -> None:
    """At its very first steps: the next one makes a record of it, whatever it finds there."""
    chance = random.Random(3)
    for number in range(KILLS):
        directory = tmp_path / str(number)
        with subprocess.Popen([sys.executable, "-c", BEGIN, directory], cwd=ROOT) as worker:
            while worker.poll() is None and not (directory / FILE).exists():
                time.sleep(0.0005)
            time.sleep(chance.random() * 0.004)
            worker.kill()
        Store(directory).close()


RECORDS = journal(40)


@settings(max_examples=15, deadline=None)
@given(
    st.lists(
        st.tuples(st.integers(1, 60), st.integers(1, 20), st.integers(1, 7), st.booleans()),
        max_size=5,
    )
)
def test_wherever_it_is_cut_a_judge_arrives_at_the_same(
    lives: list[tuple[int, int, int, bool]],
) -> None:
    """Any checkpoints, any batches, any number of rounds, ended in order or not."""
    with TemporaryDirectory() as made:
        directory = Path(made)
        write_journal(directory, RECORDS)
        for every, batch, rounds, is_orderly in lives:
            judging = open_judge(
                directory, pace=Pace(batch_records=batch, checkpoint_every_records=every)
            )
            for _ in range(rounds):
                judging.host.step()
            assert not judging.host.halts
            judging.host.close() if is_orderly else judging.cut()
        last = open_judge(directory)
        last.work_off()
        last.cut()

        assert verdict(directory) == EXPECTED


EXPECTED = verdict_of(RECORDS)
