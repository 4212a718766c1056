"""`foureyes run` in a process of its own, as an operator starts it: ready, fed, stopped, killed."""

import json
import os
import signal
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import NamedTuple

from tests.servers import free_ports

FOUREYES = (sys.executable, "-m", "stream.cli")
EVENTS_A_BODY = 40
READY_SECONDS_MAX = 90.0
FINDINGS_SECONDS_MAX = 60.0
STOP_SECONDS_MAX = 40.0


class Run(NamedTuple):
    """A running program: where it listens, and the process to be cruel to."""

    url: str
    process: subprocess.Popen[bytes]
    log: Path


@contextmanager
def running(
    environ: Mapping[str, str], log: Path, *roles: str, out: Path | None = None
) -> Iterator[Run]:
    """`foureyes run` with settings of its own: from when it is ready until it ends in order.

    A process that the test has killed is not asked to end. What it writes to standard output goes
    to `out`, or with all else to the log.
    """
    (port,) = free_ports(1)
    # Nothing of one test is found by the next: not even an archive, which Kafka's runs keep too.
    settings = {
        "FOUREYES_HTTP_PORT": str(port),
        "FOUREYES_DATA": str(log.absolute().parent / "run-data"),
        # A test that counts what is on record counts what it has sent itself.
        "FOUREYES_CANARY_SECONDS": "0",
        **environ,
    }
    with log.open("ab") as said, (out or log).open("ab") as told:
        process = subprocess.Popen(
            [*FOUREYES, "run", *roles], env={**os.environ, **settings}, stdout=told, stderr=said
        )
        try:
            wait_until(lambda: is_ready(port), READY_SECONDS_MAX, log)
            yield Run(f"http://127.0.0.1:{port}", process, log)
            if process.poll() is None:
                process.send_signal(signal.SIGTERM)
                assert process.wait(STOP_SECONDS_MAX) == 0, log.read_text()
        finally:
            process.kill()
            process.wait()


def is_ready(port: int) -> bool:
    """Whether `/readyz` says so."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{port}/readyz", timeout=2) as answer:
            return bool(json.load(answer)["ready"])
    except OSError:
        return False


def page(url: str, name: str = "metrics") -> str:
    """What a page for programs shows: `/metrics`, unless another is asked for."""
    with urllib.request.urlopen(f"{url}/{name}", timeout=10) as answer:  # noqa: S310
        return str(answer.read().decode())


def wait_until(is_so: Callable[[], bool], seconds: float, log: Path) -> None:
    """Wait for something, but not for ever."""
    deadline = time.monotonic() + seconds
    while not is_so():
        assert time.monotonic() < deadline, log.read_text()
        time.sleep(0.1)


def post(url: str, lines: Sequence[bytes], source: str = "native") -> None:
    """Send lines as one body. Raises OSError if it was not taken in."""
    request = urllib.request.Request(  # noqa: S310 - a loopback address
        f"{url}/in/{source}", b"\n".join(lines), {"Content-Type": "application/x-ndjson"}
    )
    with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
        assert answer.status == 202


def bodies(lines: Sequence[bytes]) -> Iterator[Sequence[bytes]]:
    """Cut lines into bodies."""
    for at in range(0, len(lines), EVENTS_A_BODY):
        yield lines[at : at + EVENTS_A_BODY]


def lines_of(path: Path) -> list[bytes]:
    """The lines of a file that may not be there yet."""
    return path.read_bytes().splitlines() if path.exists() else []
