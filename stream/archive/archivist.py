"""Keeps the archive up with the trail, and signs what it has."""

import asyncio
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from contextlib import aclosing
from datetime import datetime
from functools import partial
from typing import NamedTuple, TypeVar

from sqlalchemy import Engine

from rules.errors import FoureyesError
from stream.archive.cosigning import Cosigner, WitnessUnavailableError
from stream.archive.database import ArchiveUnavailableError
from stream.archive.leaves import DamagedTrailError
from stream.archive.notary import Notary
from stream.archive.schema import ArchiveError
from stream.archive.trail import Trail
from stream.archive.writer import AnotherWriterError, Destroy, PartitionWriter
from stream.hosts.data_directory import StorageUnavailableError
from stream.log import logger
from stream.progress import UNWATCHED, Steps

LOG = logger(__name__)
T = TypeVar("T")

RETRY_SECONDS = 5.0
"""How long a database, or a trail, that does not answer is left alone."""
SIGN_SECONDS = 10.0
"""How often a checkpoint of what is new is signed."""


class Standing(NamedTuple):
    """Where the archive of a partition stands: the trail record it wants next, and how late."""

    position: int
    behind_seconds: float
    is_stopped: bool


class Archivist:
    """Writes every partition of a trail into an archive, one transaction at a time.

    What can not be reached is tried again. A partition whose trail is damaged stops, visibly, and
    the others go on.
    """

    def __init__(
        self,
        engine: Engine,
        trail: Trail,
        notary: Notary,
        cosigner: Cosigner | None = None,
        destroy: Destroy | None = None,
    ) -> None:
        self._engine = engine
        self._destroy = destroy
        self._trail = trail
        self._notary = notary
        self._cosigner = cosigner
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="foureyes-archive")
        self._kept: dict[int, asyncio.Task[None]] = {}
        self.stopped: dict[int, str] = {}
        """Partitions that can not be gone on with, and why."""
        self.unsigned: str | None = None
        """Why the latest checkpoints were not signed or not cosigned, if so."""
        self._positions: dict[int, int] = {}
        self._storing_ms: dict[int, int] = {}
        """When the trail took the record that a partition is at; none where it is caught up."""

    def reasons(self) -> list[str]:
        """Why the archive is not whole; nothing if it is."""
        found = [f"archive {p} stopped: {reason}" for p, reason in sorted(self.stopped.items())]
        return [*found, f"no checkpoint: {self.unsigned}"] if self.unsigned else found

    def position(self, partition: int) -> int:
        """The record of a partition's trail that is wanted next, as far as is known by now."""
        return self._positions.get(partition, 0)

    def standings(self, now: datetime) -> dict[int, Standing]:
        """Where each partition stands that was begun with."""
        return {
            partition: Standing(
                position,
                max(0.0, now.timestamp() - self._storing_ms[partition] / 1000)
                if partition in self._storing_ms
                else 0.0,
                partition in self.stopped,
            )
            for partition, position in self._positions.items()
        }

    async def run(self) -> None:
        """Go on for as long as nobody cancels it."""
        try:
            while True:
                for each in self._trail.partitions:
                    if each not in self._kept:
                        self._kept[each] = asyncio.create_task(self._keep(each))
                await asyncio.sleep(SIGN_SECONDS)
                await self._sign()
        finally:
            for task in self._kept.values():
                task.cancel()
            await asyncio.gather(*self._kept.values(), return_exceptions=True)
            self._kept.clear()

    async def catch_up(self, steps: Steps = UNWATCHED) -> None:
        """Write and sign what is committed by now, and tell how far that is.

        Raises what goes wrong.
        """
        for each in self._trail.partitions:
            await self._write(each, follow=False, steps=steps)
        await self._issue()

    def close(self) -> None:
        """Wait for the transaction under way, and let go of everything."""
        self._thread.shutdown()
        self._trail.close()
        self._engine.dispose()

    async def _keep(self, partition: int) -> None:
        while True:
            try:
                await self._write(partition, follow=True)
            except DamagedTrailError as error:
                self._stop(partition, error)
                return
            except AnotherWriterError as error:
                LOG.warning("archive written elsewhere", partition=partition, reason=str(error))
            except (ArchiveError, StorageUnavailableError) as error:
                LOG.warning("archive unavailable", partition=partition, reason=str(error))
            except FoureyesError as error:
                LOG.warning("trail unavailable", partition=partition, reason=str(error))
            await asyncio.sleep(RETRY_SECONDS)

    async def _write(self, partition: int, *, follow: bool, steps: Steps = UNWATCHED) -> None:
        writer = await self._in_thread(
            partial(PartitionWriter, self._engine, partition, self._destroy)
        )
        async with aclosing(self._trail.read(partition, writer.position, follow=follow)) as parts:
            self._positions[partition] = writer.position
            async for records in parts:
                if records:
                    self._storing_ms[partition] = records[0].at_ms
                    await self._in_thread(partial(writer.write, records))
                    self._positions[partition] = writer.position
                    steps.told(f"records of trail {partition}", len(records))
                else:
                    self._storing_ms.pop(partition, None)

    async def _sign(self) -> None:
        refused = None
        try:
            await self._issue()
        except ArchiveUnavailableError as error:
            LOG.warning("archive unavailable", reason=str(error))
        except FoureyesError as error:
            refused = str(error)
        if refused is not None:
            LOG.error("checkpoint refused", reason=refused)
        self.unsigned = refused

    async def _issue(self) -> None:
        """Sign, and have it cosigned. A witness that is away is asked again the next time."""
        notes = await self._in_thread(self._notary.issue)
        if self._cosigner is not None:
            try:
                await self._cosigner.cosign(notes, self._in_thread)
            except WitnessUnavailableError as error:
                LOG.warning("checkpoint not cosigned", reason=str(error))

    def _stop(self, partition: int, error: DamagedTrailError) -> None:
        self.stopped[partition] = str(error)
        LOG.error("archive stopped", partition=partition, reason=str(error))

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)
