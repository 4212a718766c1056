"""OCSF Detection Findings as lines of JSON in a file, for the forwarder of a SIEM."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from pathlib import Path

from stream import canonical
from stream.desk.delivery import Delivery
from stream.desk.lines import Lines
from stream.ocsf import detection_finding


class OcsfFile:
    """One finding change a line, at the end of a file; a repeat has the same `metadata.uid`.

    A reader passes over a line that is no JSON: a write that stopped halfway, and was made again.
    """

    name = "ocsf"
    batch_max = 64
    tells_groups = False
    resend: timedelta | None = None

    def __init__(self, path: Path) -> None:
        self._lines = Lines(path)

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002
        """Write the lines. Raises DestinationUnavailableError: a full disk."""
        told = (canonical.write(detection_finding(each.finding)) for each in deliveries)
        await self._lines.deliver(b"".join(line + b"\n" for line in told), self.name)

    async def close(self) -> None:
        """Close the file."""
        self._lines.close()
