"""A program in a process of its own, and the CPU time it has taken by now."""

import os
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path
from types import TracebackType
from typing import Self

ROOT = Path(__file__).resolve().parents[2]
STOP_SECONDS_MAX = 60.0
_TICKS = os.sysconf("SC_CLK_TCK")


class Program:
    """A module of the project at work, logging to a file. Ended with its context (Linux)."""

    def __init__(self, module: str, environment: Mapping[str, str], log: Path) -> None:
        self.log = log
        # Installed programs are compiled: compiling them at each start is nobody's cost.
        kept = {k: v for k, v in os.environ.items() if k != "PYTHONDONTWRITEBYTECODE"}
        with log.open("wb") as to:
            self._process = subprocess.Popen(
                [sys.executable, "-m", module],
                cwd=ROOT,
                env={**kept, **environment},
                stdin=subprocess.DEVNULL,
                stdout=to,
                stderr=subprocess.STDOUT,
            )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self.kill()

    def cpu_seconds(self) -> float:
        """What it has used so far, in user and kernel mode, all threads together."""
        stat = Path(f"/proc/{self._process.pid}/stat").read_text()
        user, kernel = stat.rsplit(")", 1)[1].split()[11:13]
        return (int(user) + int(kernel)) / _TICKS

    def peak_mebibytes(self) -> float:
        """The most memory that it has had."""
        lines = Path(f"/proc/{self._process.pid}/status").read_text().splitlines()
        (peak,) = (line.split()[1] for line in lines if line.startswith("VmHWM"))
        return int(peak) / 1024

    def kill(self) -> None:
        """End it where it stands."""
        self._process.kill()
        self._process.wait()

    def stop(self) -> int:
        """Ask it to end; its exit code."""
        self._process.terminate()
        return self._process.wait(STOP_SECONDS_MAX)


def load() -> str:
    """How busy the machine is with everything: what the wall clock says depends on it."""
    return f"load {os.getloadavg()[0]:.1f} on {os.cpu_count()} cores"
