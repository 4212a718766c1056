"""`foureyes run` without Kafka under faults, while events flow: held to a plain fold each time."""

import random
import socket
import threading
import time
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from rules.machines.contract import FINDINGS, JOURNAL, TRAIL
from stream.hosts.store import Store
from stream.running.embedded import LAYOUT
from stream.running.roles import JUDGE
from tests.end_to_end.test_storage import disk_of, fill, started
from tests.faults.flow import Program, flowing, hold_to_promises
from tests.faults.table import draw, folds, left_out, note, note_refused, of_the_judge, said_of
from tests.programs import is_ready, wait_until

ALL = 10**7
LIFE_SECONDS_MAX = 1.2
DISK_MB = 256
"""Much more than the events come to: only what the test lays there fills it."""


def hold(fault: str, times: int, directory: Path, promised: Sequence[str]) -> None:
    """Hold the record to a plain fold of its journal, and to what senders were promised."""
    with closing(Store(directory, read_only=True)) as store:

        def values(log: str, partition: int) -> list[bytes]:
            return [each.value for each in store.read(log, partition, 0, ALL)]

        parts = range(LAYOUT.journal)
        journals = [values(JOURNAL, number) for number in parts]
        found = [
            said_of(
                values(TRAIL, number),
                of_the_judge(values(FINDINGS, number), values(TRAIL, number + LAYOUT.journal)),
            )
            for number in parts
        ]
        decisions = [each for number in parts for each in store.decisions(JUDGE, number)]
    decided = left_out(decisions)
    note("embedded", fault, times, folds(journals, decided), found)
    hold_to_promises([each.entries for each in found], journals, decided, promised)


def test_killed_at_moments_nobody_chose(tmp_path: Path) -> None:
    """SIGKILL again and again; what it had acknowledged is there once, bodies sent twice too."""
    chance = random.Random(4)
    program, times = Program({}, tmp_path), draw(short=4, full=100)
    with flowing(program) as flow:
        for _ in range(times):
            time.sleep(chance.random() * LIFE_SECONDS_MAX)
            program.kill()
            program.start()
    hold("kill -9 at random moments", times, tmp_path / "data", flow.acknowledged)


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    """A disk for this test alone."""
    with disk_of(DISK_MB, tmp_path / "disk") as directory:
        yield directory


def test_a_disk_that_is_full_for_a_while(disk: Path, tmp_path: Path) -> None:
    """Senders are told to come back; with room again the same process goes on."""
    program, times = Program({"FOUREYES_DATA": str(disk)}, tmp_path), draw(short=1, full=3)
    with flowing(program) as flow:
        for _ in range(times):
            time.sleep(0.5)
            ballast = fill(disk)
            wait_until(lambda: not is_ready(program.port), 30, program.log)
            time.sleep(0.5)
            ballast.unlink()
            wait_until(lambda: is_ready(program.port), 30, program.log)
    hold("full disk", times, disk, flow.acknowledged)


def test_a_destination_that_hangs(tmp_path: Path) -> None:
    """A webhook takes the connection and never answers: judging goes on, and so does the end."""
    with hanging() as port:
        environ = {
            "FOUREYES_WEBHOOK_URL": f"http://127.0.0.1:{port}/hook",
            "FOUREYES_WEBHOOK_SECRET": "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
            # Its events are in the record, and no sender was promised them.
            "FOUREYES_CANARY_SECONDS": "0",
        }
        program = Program(environ, tmp_path)
        with flowing(program) as flow:
            time.sleep(1.5)
    hold("an alert destination that hangs", 1, tmp_path / "data", flow.acknowledged)


@contextmanager
def hanging() -> Iterator[int]:
    """A port that takes connections and never answers."""
    kept: list[socket.socket] = []
    with socket.create_server(("127.0.0.1", 0)) as server:

        def take() -> None:
            while True:
                try:
                    kept.append(server.accept()[0])
                except OSError:
                    return

        taking = threading.Thread(target=take, daemon=True)
        taking.start()
        yield server.getsockname()[1]
        server.shutdown(socket.SHUT_RDWR)
        taking.join()
    for each in kept:
        each.close()


def test_a_second_process_is_refused_and_the_first_goes_on(tmp_path: Path) -> None:
    """Two on one directory would each believe to know where the record ends."""
    program = Program({}, tmp_path)
    with flowing(program) as flow:
        second = started({"FOUREYES_DATA": str(tmp_path / "data")})
        time.sleep(0.3)
    assert second.returncode == 2
    assert "another process is at work here" in second.stderr
    hold("two processes on one directory", 1, tmp_path / "data", flow.acknowledged)


@pytest.mark.parametrize("feed", ["PEOPLE", "ENTITLEMENTS"])
def test_reference_facts_that_are_missing_at_the_start(feed: str, tmp_path: Path) -> None:
    """Refused by name before anything is judged without them."""
    missing = tmp_path / "missing.csv"
    refused = started({"FOUREYES_DATA": str(tmp_path / "data"), f"FOUREYES_{feed}": str(missing)})

    assert refused.returncode == 2
    assert str(missing) in refused.stderr
    assert "Traceback" not in refused.stderr
    note_refused("embedded", f"reference facts missing at start ({feed.lower()}): refused")
