"""Findings as lines of JSON, on standard output or in a file: exactly the log's bytes."""

import asyncio
import os
import sys
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from stream.desk.delivery import Delivery, DestinationUnavailableError

NEW_FILE_MODE = 0o640


class Stdout:
    """One finding change a line, to standard output or, with `path`, to the end of a file.

    A line is on its way to the disk when the delivery returns; a file is synchronised. Where a
    write stopped halfway, the torn line is closed and the finding is written whole once more: a
    reader passes over the line that is no JSON, and knows repeats by finding and number.
    """

    name = "stdout"
    batch_max = 64
    resend: timedelta | None = None

    def __init__(self, path: Path | None = None) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._is_torn = False

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002
        """Write the lines. Raises DestinationUnavailableError: a full disk, a closed pipe."""
        lines = b"".join(each.line + b"\n" for each in deliveries)
        try:
            # In a thread: a reader of our pipe that is stuck must not hold up other destinations.
            await asyncio.to_thread(self._write, lines)
        except OSError as error:
            raise DestinationUnavailableError(
                destination=self.name, reason=error.strerror or type(error).__name__
            ) from None

    async def close(self) -> None:
        """Close the file, if there is one."""
        if self._path is not None and self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

    def _write(self, lines: bytes) -> None:
        descriptor = self._open()
        left = b"\n" + lines if self._is_torn else lines
        self._is_torn = True
        while left:
            left = left[os.write(descriptor, left) :]
        if self._path is not None:
            os.fsync(descriptor)
        self._is_torn = False

    def _open(self) -> int:
        if self._descriptor is None:
            if self._path is None:
                self._descriptor = sys.stdout.fileno()
            else:
                flags = os.O_RDWR | os.O_APPEND | os.O_CREAT | os.O_CLOEXEC
                self._descriptor = os.open(self._path, flags, NEW_FILE_MODE)
                self._is_torn = _is_torn(self._descriptor)
        return self._descriptor


def _is_torn(descriptor: int) -> bool:
    """Whether a file ends in the middle of a line."""
    size = os.fstat(descriptor).st_size
    return size > 0 and os.pread(descriptor, 1, size - 1) != b"\n"
