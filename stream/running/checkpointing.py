"""State written down where the record stands, by hand: what an upgrade needs after a crash."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

from rules.errors import FoureyesError
from stream.clock import Clock
from stream.hosts.contract import Pace, Role
from stream.hosts.embedded import EmbeddedHost, Standing
from stream.hosts.kafka import KafkaClient, KafkaHost, Stage
from stream.hosts.store import FILE, DataDirectoryError, Store
from stream.running.embedded import LAYOUT, check_layout

KAFKA_SECONDS_MAX = 300.0
"""How long the partitions on Kafka may take to be owned, restored and replayed."""
LOOK_SECONDS = 0.25


class OwnedElsewhereError(FoureyesError):
    """Other workers own partitions: theirs are written when those workers are stopped in order."""

    def __init__(self, *, partitions: Sequence[str]) -> None:
        self.partitions = tuple(partitions)
        super().__init__(
            f"{', '.join(self.partitions)} not taken over within {KAFKA_SECONDS_MAX:g} s; expected"
            f" no other worker. Stop the others in order: that writes their checkpoints too"
        )


def checkpoint_embedded(directory: Path, roles: Sequence[Role], clock: Clock) -> list[Standing]:
    """Restore every machine of a data directory, write its checkpoint; where each one stands.

    Raises DataDirectoryError, also where there is no record yet.
    """
    if not (directory / FILE).exists():
        raise DataDirectoryError(
            path=directory, found=f"no {FILE}", expected="a data directory of foureyes"
        )
    store = Store(directory)
    host = EmbeddedHost(store, roles, clock=clock)
    try:
        check_layout(store, directory, LAYOUT)
        host.open()
        return host.standings()
    finally:
        host.close()


async def checkpoint_on_kafka(client: KafkaClient, roles: Sequence[Role]) -> list[Standing]:
    """Be a worker until every partition is restored, then stop in order: that writes them.

    Raises UnfitTopicsError, and OwnedElsewhereError where others are at work.
    """
    host = KafkaHost(client, roles, Pace())
    work = asyncio.create_task(host.run())
    settled = {Stage.RUNNING, Stage.HALTED}
    try:
        async with asyncio.timeout(KAFKA_SECONDS_MAX):
            # Nobody tells: the host can only be looked at again.
            while not work.done() and {each.stage for each in host.status()} - settled:  # noqa: ASYNC110
                await asyncio.sleep(LOOK_SECONDS)
    except TimeoutError:
        missing = [f"{s.role} {s.partition}" for s in host.status() if s.stage not in settled]
        raise OwnedElsewhereError(partitions=missing) from None
    finally:
        found = host.status()
        await host.stop()
        await work
    return [
        Standing(
            role=each.role,
            partition=each.partition,
            position=each.position or 0,
            behind=each.lag_records or 0,
            behind_seconds=0.0,
            halted=each.halt.reason if each.halt else None,
        )
        for each in found
    ]
