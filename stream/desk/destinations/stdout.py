"""Findings as lines of JSON, on standard output or in a file: exactly the log's bytes."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from stream.desk.delivery import Delivery
from stream.desk.lines import Lines


class Stdout:
    """One finding change a line, to standard output or, with `path`, to the end of a file.

    A reader passes over a line that is no JSON (a write that stopped halfway, and was made again),
    and knows repeats by finding and number.
    """

    name = "stdout"
    batch_max = 64
    tells_groups = False
    resend: timedelta | None = None

    def __init__(self, path: Path | None = None) -> None:
        self._lines = Lines(path)

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002
        """Write the lines. Raises DestinationUnavailableError: a full disk, a closed pipe."""
        lines = b"".join(each.line + b"\n" for each in deliveries)
        await self._lines.deliver(lines, self.name)

    async def close(self) -> None:
        """Close the file, if there is one."""
        self._lines.close()
