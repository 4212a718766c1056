"""What the desks have decided, read beside them while they work."""

import asyncio
from collections.abc import Iterator

from stream.desk.configured import destination_names
from stream.desk.decisions import ROW, Decision, read_decisions
from stream.hosts.cursors import read_kept
from stream.settings import Settings


def decisions_of(settings: Settings) -> list[Decision]:
    """The last decisions of every desk, the earliest first.

    Raises DataDirectoryError; on Kafka, LogUnavailableError.
    """
    rows = asyncio.run(_on_kafka(settings)) if settings.kafka_bootstrap else _embedded(settings)
    found = [each for of_one in rows for each in read_decisions(of_one)]
    return sorted(found, key=lambda each: (each.at, each.destination, each.number))


def _embedded(settings: Settings) -> Iterator[list[tuple[str, bytes]]]:
    kept = read_kept(settings.data, ROW)
    yield [(row, value) for (_, row), value in kept.items()]


async def _on_kafka(settings: Settings) -> list[list[tuple[str, bytes]]]:
    # Only who reads from Kafka needs its client: it is imported here and not before.
    from stream.hosts.kafka import read_committed  # noqa: PLC0415
    from stream.running.deployment import client_of  # noqa: PLC0415

    client, found = client_of(settings), []
    for name in destination_names(settings):
        for partition in range(settings.kafka_partitions):
            rows: dict[str, bytes] = {}
            topic = f"foureyes-desk-{name}-known-changelog"
            async for entry in read_committed(client, topic, partition):
                row = (entry.key or b"").decode().partition("/")[2]
                if row.startswith(ROW) and entry.value is not None:
                    rows[row] = entry.value
            found.append(list(rows.items()))
    return found
