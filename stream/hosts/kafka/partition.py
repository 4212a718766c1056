"""One partition of one role on this worker: owned again after every error, until lost or halted."""

import asyncio
from collections.abc import Callable
from contextlib import closing, suppress
from dataclasses import dataclass, replace

from rules.errors import FoureyesError
from rules.machines.contract import Machine
from stream.hosts.contract import Halt, OtherRulesError, Pace, Role
from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.errors import HaltingError, MachineRaisedError, told
from stream.hosts.kafka.limits import KafkaLimits
from stream.hosts.kafka.mirror import Mirror
from stream.hosts.kafka.ownership import Ownership
from stream.hosts.kafka.reading import LogEnd, PartitionReader
from stream.hosts.kafka.restore import NotWantedError, Restore, Restored
from stream.hosts.kafka.status import PartitionStatus, Stage
from stream.hosts.kafka.tenure import Tenure, Terms
from stream.hosts.kafka.turns import Cut, Turns
from stream.hosts.kafka.writing import Writer
from stream.log import logger
from stream.progress import Steps

LOG = logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Worker:
    """What all partitions of a host share."""

    client: KafkaClient
    pace: Pace
    limits: KafkaLimits
    turns: Turns
    closing: asyncio.Event
    report: Callable[[Halt], None]
    steps: Callable[[], Steps]


class Partition:
    """Owns, restores, works, and after an error begins again.

    While the group settles who owns what, a partition that is at work goes on (fencing keeps it
    safe), but none is fenced anew.
    """

    def __init__(self, worker: Worker, role: Role, number: int, ownership: Ownership) -> None:
        self._worker = worker
        self._role = role
        self._number = number
        self._ownership = ownership
        self._is_lost = False
        self._stage = Stage.RESTORING
        self._tenure: Tenure | None = None
        self._position: int | None = None
        self._careful_until = 0
        self._failures = 0
        self._restores = 0
        self._trouble: str | None = None
        self._halt: Halt | None = None
        self._raised: MachineRaisedError | None = None
        """Why it is about to halt: only a checkpoint is still to be written."""
        limits = worker.limits
        self._cut = Cut(
            slice_bytes=limits.slice_bytes,
            slice_seconds=limits.slice_seconds,
            records_max=role.batch_records or worker.pace.batch_records,
        )
        self._log = LOG.bind(role=role.name, partition=number)

    @property
    def machine(self) -> Machine | None:
        """The machine at work, to be looked at between two slices and never to be changed."""
        return None if self._tenure is None else self._tenure.machine

    def lose(self) -> None:
        """Take note that the group gave it to somebody else: nothing more is committed."""
        self._is_lost = True

    def _is_wanted(self) -> bool:
        return not (self._is_lost or self._worker.closing.is_set())

    async def run(self) -> None:
        """Work until the partition is lost, halted, or the worker stops."""
        while self._is_wanted() and self._halt is None:
            try:
                await self._own()
            except NotWantedError:
                break
            except (HaltingError, OtherRulesError) as error:
                self._stop_for(self._raised or error)
            except MachineRaisedError as error:
                self._take_care(error)
            # A fence, a broker that is away and a timeout have many faces (measured): whatever it
            # was, memory and producer are dropped, and the log is asked what is true.
            except Exception as error:  # noqa: BLE001
                await self._wait_after(error)
        self._stage = Stage.HALTED if self._halt else Stage.STOPPED

    def _take_care(self, error: MachineRaisedError) -> None:
        """Look for the record to blame; a new machine then goes on as is decided, or halts."""
        self._careful_until = error.last + 1
        if error.is_alone:
            if self._raised is not None and self._raised.first == error.first:
                self._stop_for(error)
            self._raised = error
            return
        self._log.warning("machine_raised", reason=str(error), then="one record at a time")

    async def _own(self) -> None:
        """Fence, restore, work. The order is that of `stream.hosts.kafka.restore`."""
        self._stage = Stage.RESTORING
        self._restores += 1
        with closing(Mirror()) as mirror:
            await self._own_with(mirror)

    async def _own_with(self, mirror: Mirror) -> None:
        worker, role, number = self._worker, self._role, self._number
        async with (
            Writer.open(worker.client, role.name, number, worker.limits) as writer,
            PartitionReader.open(worker.client, role.log, number, worker.limits) as reader,
            LogEnd(worker.client, role.log, number, worker.limits) as log_end,
        ):
            restored = await self._restore(mirror).run(reader)
            self._position = restored.position
            self._log.info(
                "partition_owned", position=restored.position, replayed=restored.replayed_records
            )
            self._tenure = Tenure(self._terms(mirror), writer, reader, log_end, restored)
            self._stage = Stage.RUNNING
            try:
                if self._may_feed(restored):
                    await self._tenure.work()
                if not self._is_lost:
                    await self._tenure.finish()
                    self._halt_if_stuck(restored)
            finally:
                self._take_leave(self._tenure)

    def _may_feed(self, restored: Restored) -> bool:
        """Whether no machine has raised at a record about which nothing is decided."""
        raised = self._raised
        return raised is None or restored.decisions.about(raised.first) is not None

    def _halt_if_stuck(self, restored: Restored) -> None:
        """Halt, now that there is a checkpoint at the head: a repaired version takes over there."""
        if self._raised is not None and not self._may_feed(restored):
            self._stop_for(self._raised)

    def _restore(self, mirror: Mirror) -> Restore:
        return Restore(
            mirror=mirror,
            client=self._worker.client,
            role=self._role,
            partition=self._number,
            limits=self._worker.limits,
            turns=self._worker.turns,
            cut=self._cut,
            is_wanted=self._is_wanted,
            steps=self._worker.steps(),
        )

    def _terms(self, mirror: Mirror) -> Terms:
        return Terms(
            mirror=mirror,
            role=self._role,
            pace=self._worker.pace,
            limits=self._worker.limits,
            turns=self._worker.turns,
            cut=self._cut,
            is_wanted=self._is_wanted,
            careful_until=self._careful_until,
            raised_at=self._raised.first if self._raised else None,
        )

    def _take_leave(self, tenure: Tenure) -> None:
        self._position = tenure.position
        if tenure.batches:
            self._failures = 0
        self._tenure = None

    def _stop_for(self, error: FoureyesError) -> None:
        raised = error if isinstance(error, MachineRaisedError) else None
        self._stage = Stage.HALTED
        self._halt = Halt(
            role=self._role.name,
            partition=self._number,
            position=raised.first if raised else self._position or 0,
            reason=str(error),
            digest=raised.digest if raised else None,
        )
        self._log.error("partition_halted", position=self._halt.position, reason=str(error))
        self._worker.report(self._halt)

    async def _wait_after(self, error: Exception) -> None:
        """Wait two heartbeats, in which the group learns of a rival, and longer each time."""
        if self._is_lost:
            return
        limits = self._worker.limits
        self._stage = Stage.TROUBLED
        self._trouble = told(error)
        seconds = max(limits.retry_seconds, 2 * limits.heartbeat_seconds) * 2**self._failures
        seconds = min(seconds, limits.retry_seconds_max)
        self._failures += 1
        self._log.warning("partition_troubled", reason=self._trouble, retry_seconds=seconds)
        with suppress(TimeoutError):
            await asyncio.wait_for(self._worker.closing.wait(), seconds)
        await self._ownership.settle(self._is_wanted)

    def status(self) -> PartitionStatus:
        """How it is doing."""
        told = PartitionStatus(
            role=self._role.name,
            partition=self._number,
            stage=self._stage,
            position=self._position,
            restores=self._restores,
            slice_seconds_max=self._cut.seconds_max,
            trouble=self._trouble if self._stage is Stage.TROUBLED else None,
            halt=self._halt,
        )
        tenure = self._tenure
        if tenure is None:
            return told
        return replace(
            told,
            position=tenure.position,
            lag_records=tenure.lag_records,
            fed_at_ms=tenure.fed_at_ms,
            seconds_since_answer=tenure.seconds_since_answer,
            seconds_since_commit=tenure.seconds_since_commit,
            batches=tenure.batches,
        )
