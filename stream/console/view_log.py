"""Who has looked at whom: a line for each view of personal data, on disk before it is shown.

A file that is opened to be appended to, by its owner only. Nobody who may write there is kept from
changing it: whoever has to prove more ships the lines elsewhere.
"""

import asyncio
import os
from concurrent.futures import ThreadPoolExecutor
from datetime import datetime
from pathlib import Path
from typing import NamedTuple

import orjson

from rules.errors import FoureyesError
from stream.console.viewers import Role

FILE = "views.jsonl"
"""Where in the data directory views are written down, unless the settings say otherwise."""


class UnrecordedViewError(FoureyesError):
    """A view can not be written down, so nothing is shown."""

    def __init__(self, *, path: Path, reason: str) -> None:
        self.path = path
        self.reason = reason
        super().__init__(
            f"{path}: a view can not be written down: {reason}; expected a file to append to"
        )


class View(NamedTuple):
    """Who looked at what, when, and what became of it (an HTTP status)."""

    at: datetime
    viewer: str
    role: Role
    method: str
    page: str
    asked: dict[str, str]
    status: int


class ViewLog:
    """Appends views, each durable once `record` has returned. Raises UnrecordedViewError."""

    def __init__(self, path: Path) -> None:
        """Open the file, which is made with its directory where there is none."""
        self._path = path
        try:
            path.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            self._file = os.open(path, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        except OSError as error:
            raise self._unrecorded(error) from error
        # One thread: lines are written in the order of the views.
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="foureyes-views")

    async def record(self, view: View) -> None:
        """Write a view down."""
        line = orjson.dumps(view._asdict(), option=orjson.OPT_APPEND_NEWLINE)
        await asyncio.get_running_loop().run_in_executor(self._thread, self._append, line)

    def _append(self, line: bytes) -> None:
        try:
            written = os.write(self._file, line)
            os.fsync(self._file)
        except OSError as error:
            raise self._unrecorded(error) from error
        if written != len(line):
            raise UnrecordedViewError(path=self._path, reason="the line was cut off")

    def _unrecorded(self, error: OSError) -> UnrecordedViewError:
        return UnrecordedViewError(path=self._path, reason=error.strerror or str(error))

    def close(self) -> None:
        """Wait for what is being written, and close the file."""
        self._thread.shutdown()
        os.close(self._file)
