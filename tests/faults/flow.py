"""Events that keep flowing into `foureyes run` while it is killed: sent again until taken in."""

import json
import os
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rules.machines.set_aside import digest_of
from tests.benchmarks.events import SOURCE, raw_events, tick
from tests.programs import FOUREYES, READY_SECONDS_MAX, STOP_SECONDS_MAX, is_ready, post, wait_until
from tests.servers import free_ports

CASES_A_ROUND = 10
EVENTS_A_BODY = 10
PAUSE_SECONDS = 0.02
POLICY = f"""
[policy]
version = "faults"
owner = "tests"

[sources."{SOURCE}"]
progress = "told"
"""


class Program:
    """`foureyes run` that can be killed and started again, on the same port.

    `command` is what is started: `foureyes`, or one that is broken on purpose.
    """

    def __init__(self, environ: Mapping[str, str], directory: Path, *roles: str) -> None:
        self.command: Sequence[str] = FOUREYES
        (self.port,) = free_ports(1)
        self.log = directory / "run.log"
        self.url = f"http://127.0.0.1:{self.port}"
        policy = directory / "policy.toml"
        policy.write_text(POLICY)
        self._roles = roles
        self.environ = {
            **os.environ,
            "FOUREYES_HTTP_PORT": str(self.port),
            "FOUREYES_DATA": str(directory / "data"),
            "FOUREYES_POLICY": str(policy),
            "FOUREYES_FINDINGS": "none",
            "FOUREYES_SOURCES": "native",
            **environ,
        }
        self.process: subprocess.Popen[bytes] | None = None

    def start(self) -> None:
        """Start it; returns when it is ready."""
        self.launch()
        wait_until(lambda: is_ready(self.port), READY_SECONDS_MAX, self.log)

    def launch(self) -> subprocess.Popen[bytes]:
        """Start it, and wait for nothing."""
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(
                [*self.command, "run", *self._roles], env=self.environ, stdout=said, stderr=said
            )
        return self.process

    def kill(self) -> None:
        """SIGKILL."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def stop(self) -> None:
        """SIGTERM; it has to end in order."""
        assert self.process is not None
        self.process.terminate()
        assert self.process.wait(STOP_SECONDS_MAX) == 0, self.log.read_text()[-4000:]


class Flow(threading.Thread):
    """A sender that sends each body again until it is taken in, and remembers what was."""

    def __init__(self, url: str) -> None:
        super().__init__(daemon=True)
        self.acknowledged: list[str] = []
        self._url = url
        # Long enough ago for what it says in the end to be believed: nobody is, of times to come.
        self._begin = datetime.now(UTC) - timedelta(hours=3, minutes=10)
        self._ending = threading.Event()

    def run(self) -> None:
        """Send until told to end; the last thing told is that everything has been told."""
        for body in self._bodies():
            self.send(body)
        self.send([tick(self._begin + timedelta(hours=3))])

    def end(self) -> None:
        """Send what has begun to its end, and return when all of it is taken in."""
        self._ending.set()
        self.join()

    def _bodies(self) -> Iterator[list[bytes]]:
        number = 0
        while not self._ending.is_set():
            first = number * CASES_A_ROUND
            lines = raw_events(CASES_A_ROUND, seed=number, first=first, begin=self._begin)
            lines.append(tick(self._begin + timedelta(seconds=first / 50)))
            number += 1
            for at in range(0, len(lines), EVENTS_A_BODY):
                yield lines[at : at + EVENTS_A_BODY]

    def send(self, body: list[bytes]) -> None:
        """Send a body until it is taken in."""
        while True:
            time.sleep(PAUSE_SECONDS)
            try:
                post(self._url, body)
            except OSError:
                continue
            events = [json.loads(line) for line in body]
            self.acknowledged += [each["id"] for each in events if each["type"] != "iga.tick"]
            return


@contextmanager
def flowing(program: Program) -> Iterator[Flow]:
    """Events flow while the program is maltreated; at the end it is up and has all of them."""
    flow = Flow(program.url)
    try:
        program.start()
        flow.start()
        yield flow
        flow.end()
        program.stop()
    finally:
        program.kill()


def hold_to_promises(
    partitions: Sequence[Sequence[bytes]],
    journals: Sequence[Sequence[bytes]],
    left_out: Mapping[str, bytes],
    promised: Sequence[str],
) -> None:
    """Every event that was taken in is an entry, once, unless two people have left it out."""
    told = (json.loads(entry) for entries in partitions for entry in entries)
    recorded = Counter(each["id"] for each in told if "action" in each)
    assert recorded == Counter(set(promised) - ids_in(journals, left_out))


def ids_in(journals: Sequence[Sequence[bytes]], left_out: Mapping[str, bytes]) -> set[str]:
    """The events of records that two people have set aside, which are left out whole."""
    frames = [each for journal in journals for each in journal if digest_of(each) in left_out]
    assert len(frames) == len(left_out)
    return {json.loads(line)["id"] for frame in frames for line in frame.split(b"\n")[1:]}
