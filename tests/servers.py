"""A server that a test starts for itself: up when it answers, gone when the test is over."""

import random
import socket
import subprocess
import time
from abc import ABC, abstractmethod
from contextlib import ExitStack
from http.client import HTTPConnection, HTTPException
from pathlib import Path
from types import TracebackType
from typing import Self

LOOPBACK = "127.0.0.1"
# Below the kernel's ephemeral ports: while a server is down, no client's socket may take its place.
PORTS = range(20_000, 30_000)
LOG_TAIL_LINES = 30
START_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 30.0
POLL_SECONDS = 0.05


class ServerFailedError(Exception):
    """A server did not come up; its last words are part of the message."""

    def __init__(self, *, name: str, reason: str, log_tail: str) -> None:
        self.name = name
        self.reason = reason
        self.log_tail = log_tail
        super().__init__(f"{name} {reason}; the end of its log:\n{log_tail or '(empty)'}")


class Server(ABC):
    """One process with its own directory, log and ports, all of them on the loopback.

    - `start` returns only once the server answers; it raises `ServerFailedError` otherwise.
    - `stop` asks (SIGTERM) and `kill` does not (SIGKILL); both return when the process is gone.
    - after either, `start` brings it up again on the same data and the same ports.
    """

    def __init__(self, directory: Path) -> None:
        directory.mkdir(parents=True, exist_ok=True)
        self.directory = directory
        self.log = directory / "server.log"
        self._process: subprocess.Popen[bytes] | None = None
        self._log_start = 0

    @abstractmethod
    def command(self) -> list[str]:
        """The program and its arguments."""

    @abstractmethod
    def is_ready(self) -> bool:
        """Whether it answers by now."""

    @property
    def pid(self) -> int:
        """The process to send signals to."""
        if self._process is None:
            raise RuntimeError(f"{type(self).__name__} is not running")
        return self._process.pid

    def start(self) -> None:
        """Start it and wait until it answers."""
        if self._process is not None:
            raise RuntimeError(f"{type(self).__name__} is already running")
        self.log.touch()
        self._log_start = self.log.stat().st_size
        with self.log.open("ab") as log:
            self._process = subprocess.Popen(
                self.command(), stdin=subprocess.DEVNULL, stdout=log, stderr=subprocess.STDOUT
            )
        give_up = time.monotonic() + START_SECONDS_MAX
        while not self.is_ready():
            code = self._process.poll()
            if code is None and time.monotonic() < give_up:
                time.sleep(POLL_SECONDS)
                continue
            self.kill()
            reason = (
                f"is not up after {START_SECONDS_MAX:.0f} s" if code is None else f"ended ({code})"
            )
            raise ServerFailedError(
                name=type(self).__name__, reason=reason, log_tail=self.log_tail()
            )

    def stop(self) -> None:
        """Ask it to end; insist when it takes too long."""
        if self._process is None:
            return
        self._process.terminate()
        try:
            self._process.wait(STOP_SECONDS_MAX)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()
        self._process = None

    def kill(self) -> None:
        """End it without a chance to tidy up."""
        if self._process is None:
            return
        self._process.kill()
        self._process.wait()
        self._process = None

    def log_since_start(self) -> str:
        """What it has written since it was last started."""
        with self.log.open("rb") as log:
            log.seek(self._log_start)
            return log.read().decode(errors="replace")

    def log_tail(self) -> str:
        """The last lines it has written since it was last started."""
        return "\n".join(self.log_since_start().splitlines()[-LOG_TAIL_LINES:])

    def __enter__(self) -> Self:
        self.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self.stop()


def free_ports(count: int) -> list[int]:
    """Different ports on the loopback that nobody holds just now."""
    found: list[int] = []
    # Hypothesis seeds the ordinary source, and every test would ask for the same ports.
    candidates = random.SystemRandom().sample(PORTS, len(PORTS))
    with ExitStack() as held:
        while len(found) < count:
            port = candidates.pop()
            holder = held.enter_context(socket.socket())
            try:
                holder.bind((LOOPBACK, port))
            except OSError:
                continue
            found.append(port)
    return found


def answers(port: int, path: str) -> bool:
    """Whether a web server on this port says 200 to this path."""
    connection = HTTPConnection(LOOPBACK, port, timeout=2)
    try:
        connection.request("GET", path)
        return connection.getresponse().status == 200
    except (OSError, HTTPException):
        return False
    finally:
        connection.close()
