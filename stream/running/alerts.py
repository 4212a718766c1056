"""What the desks have decided, read beside them while they work."""

import asyncio
from collections.abc import Iterable
from pathlib import Path

from stream.desk.configured import destination_names
from stream.desk.decisions import ROW, Decision, read_decisions
from stream.hosts.cursors import read_kept
from stream.settings import Settings


def decisions_of(settings: Settings) -> list[Decision]:
    """The last decisions of every desk, the earliest first.

    Raises DataDirectoryError; on Kafka, LogUnavailableError.
    """
    if not settings.kafka_bootstrap:
        return stored_decisions(settings.data)
    return in_order(asyncio.run(_on_kafka(settings)))


def stored_decisions(directory: Path) -> list[Decision]:
    """The same of the desks that keep their rows in a data directory. Raises DataDirectoryError."""
    return in_order([[(row, value) for (_, row), value in read_kept(directory, ROW).items()]])


def in_order(rows: Iterable[Iterable[tuple[str, bytes]]]) -> list[Decision]:
    """The decisions among the rows of several desks, the earliest first."""
    found = [each for of_one in rows for each in read_decisions(of_one)]
    return sorted(found, key=lambda each: (each.at, each.destination, each.number))


def changelog(destination: str) -> str:
    """The topic in which the desk of a destination keeps its rows."""
    return f"foureyes-desk-{destination}-known-changelog"


def row_of(key: bytes | None) -> str:
    """The name of a row of that topic: its key says its partition first."""
    return (key or b"").decode().partition("/")[2]


async def _on_kafka(settings: Settings) -> list[list[tuple[str, bytes]]]:
    # Only who reads from Kafka needs its client: it is imported here and not before.
    from stream.hosts.kafka import read_committed  # noqa: PLC0415
    from stream.running.deployment import client_of  # noqa: PLC0415

    client, found = client_of(settings), []
    for name in destination_names(settings):
        for partition in range(settings.kafka_partitions):
            rows: dict[str, bytes] = {}
            async for entry in read_committed(client, changelog(name), partition):
                row = row_of(entry.key)
                if row.startswith(ROW) and entry.value is not None:
                    rows[row] = entry.value
            found.append(list(rows.items()))
    return found
