"""What the desks have decided, read beside them while they work."""

import asyncio
import re
from collections.abc import Iterable
from pathlib import Path
from typing import TYPE_CHECKING

from stream.desk.decisions import ROW, Decision, read_decisions
from stream.hosts.cursors import read_kept
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.hosts.kafka import KafkaClient

_CHANGELOG = re.compile("foureyes-desk-.+-known-changelog")
"""How Faust calls the topic behind a desk's table."""


def decisions_of(settings: Settings) -> list[Decision]:
    """The last decisions of every desk, the earliest first.

    Raises DataDirectoryError; on Kafka, BrokersUnavailableError and
    LogUnavailableError.
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


async def desk_logs(client: "KafkaClient") -> list[tuple[str, int]]:
    """The topics, with each partition, in which desks on Kafka keep their rows.

    Raises BrokersUnavailableError.
    """
    # Only who reads from Kafka needs its client: it is imported here and not before.
    from stream.hosts.kafka import topics_there  # noqa: PLC0415

    found = await topics_there(client)
    desks = sorted(name for name in found if _CHANGELOG.fullmatch(name))
    return [(name, partition) for name in desks for partition in range(found[name])]


def row_of(key: bytes | None) -> str:
    """The name of a row of such a topic: its key says its partition first."""
    return (key or b"").decode().partition("/")[2]


async def _on_kafka(settings: Settings) -> list[list[tuple[str, bytes]]]:
    from stream.hosts.kafka import read_committed  # noqa: PLC0415
    from stream.running.deployment import client_of  # noqa: PLC0415

    client, found = client_of(settings), []
    for topic, partition in await desk_logs(client):
        rows: dict[str, bytes] = {}
        async for entry in read_committed(client, topic, partition):
            row = row_of(entry.key)
            if row.startswith(ROW) and entry.value is not None:
                rows[row] = entry.value
        found.append(list(rows.items()))
    return found
