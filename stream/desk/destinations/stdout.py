"""Findings as lines of JSON, on standard output or in a file: exactly the log's bytes."""

import asyncio
from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from stream.desk.delivery import Delivery, DestinationUnavailableError
from stream.desk.lines import Lines


class Stdout:
    """One finding change a line, to standard output or, with `path`, to the end of a file.

    A reader passes over a line that is no JSON (a write that stopped halfway, and was made again),
    and knows repeats by finding and number.
    """

    name = "stdout"
    batch_max = 64
    resend: timedelta | None = None

    def __init__(self, path: Path | None = None) -> None:
        self._lines = Lines(path)

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002
        """Write the lines. Raises DestinationUnavailableError: a full disk, a closed pipe."""
        lines = b"".join(each.line + b"\n" for each in deliveries)
        try:
            # In a thread: a reader of our pipe that is stuck must not hold up other destinations.
            await asyncio.to_thread(self._lines.write, lines)
        except OSError as error:
            raise DestinationUnavailableError(
                destination=self.name, reason=error.strerror or type(error).__name__
            ) from None

    async def close(self) -> None:
        """Close the file, if there is one."""
        self._lines.close()
