"""Events that keep flowing into `foureyes run` while it is killed: sent again until taken in."""

import json
import os
import subprocess
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

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
    """`foureyes run` that can be killed and started again, on the same port."""

    def __init__(self, environ: Mapping[str, str], directory: Path, *roles: str) -> None:
        (self.port,) = free_ports(1)
        self.log = directory / "run.log"
        self.url = f"http://127.0.0.1:{self.port}"
        policy = directory / "policy.toml"
        policy.write_text(POLICY)
        self._roles = roles
        self._environ = {
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
        with self.log.open("ab") as said:
            self.process = subprocess.Popen(
                [*FOUREYES, "run", *self._roles], env=self._environ, stdout=said, stderr=said
            )
        wait_until(lambda: is_ready(self.port), READY_SECONDS_MAX, self.log)

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
            self._send(body)
        self._send([tick(self._begin + timedelta(hours=3))])

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

    def _send(self, body: list[bytes]) -> None:
        while True:
            time.sleep(PAUSE_SECONDS)
            try:
                post(self._url, body)
            except OSError:
                continue
            events = [json.loads(line) for line in body]
            self.acknowledged += [each["id"] for each in events if each["type"] != "iga.tick"]
            return
