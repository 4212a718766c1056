"""Lines at the end of a file or on standard output, of which none is lost or joined to another."""

import asyncio
import os
import sys
from pathlib import Path

from stream.desk.delivery import DestinationUnavailableError

NEW_FILE_MODE = 0o640


class Lines:
    """Appends lines to a file, or with no `path` to standard output.

    A line is on its way to the disk when `write` returns; a file is synchronised. Where a write
    stopped halfway, the torn line is closed and the line is written whole once more.
    """

    def __init__(self, path: Path | None) -> None:
        self._path = path
        self._descriptor: int | None = None
        self._is_torn = False

    async def deliver(self, lines: bytes, destination: str) -> None:
        """Append what a destination is told. Raises DestinationUnavailableError, in its name."""
        try:
            # In a thread: a reader of our pipe that is stuck must not hold up other destinations.
            await asyncio.to_thread(self.write, lines)
        except OSError as error:
            raise DestinationUnavailableError(
                destination=destination, reason=error.strerror or type(error).__name__
            ) from None

    def write(self, lines: bytes) -> None:
        """Append whole lines. Raises OSError: a full disk, a closed pipe."""
        descriptor = self._open()
        left = b"\n" + lines if self._is_torn else lines
        self._is_torn = True
        while left:
            left = left[os.write(descriptor, left) :]
        if self._path is not None:
            os.fsync(descriptor)
        self._is_torn = False

    def close(self) -> None:
        """Close the file, if there is one."""
        if self._path is not None and self._descriptor is not None:
            os.close(self._descriptor)
            self._descriptor = None

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
