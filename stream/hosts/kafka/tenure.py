"""One stretch of owning a partition: from its restored machine to the first error, or the end."""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from rules.machines.contract import Machine, Output, PuttingAway, Record, Versioned
from rules.machines.set_aside import digest_of
from stream.hosts.contract import Pace, Pulsed, Role, version_of
from stream.hosts.data_directory import StorageUnavailableError
from stream.hosts.kafka.batch import Batch
from stream.hosts.kafka.errors import (
    MachineFailedError,
    MachineRaisedError,
    RejectedRecordError,
)
from stream.hosts.kafka.limits import KafkaLimits
from stream.hosts.kafka.mirror import Mirror, MirrorUnavailableError
from stream.hosts.kafka.reading import LogEnd, PartitionReader
from stream.hosts.kafka.restore import Restored, records_of
from stream.hosts.kafka.state import Checkpoint, Head, digest
from stream.hosts.kafka.turns import Cut, Turns
from stream.hosts.kafka.writing import Writer
from stream.hosts.setting_aside import carry_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a tenure is given: the role, the pace, and when it is over.

    Up to the offset `careful_until` every record is a batch of its own: a machine raised there,
    and what comes before the record to blame has to be committed first.
    """

    role: Role
    pace: Pace
    limits: KafkaLimits
    turns: Turns
    cut: Cut
    mirror: Mirror
    is_wanted: Callable[[], bool]
    careful_until: int = 0
    raised_at: int | None = None
    """The record at which a machine has raised that was fed it alone."""

    @property
    def batch_records(self) -> int:
        """How many records make a batch at most."""
        return self.role.batch_records or self.pace.batch_records


class Tenure:
    """Feeds a machine and commits what it says, batch by batch."""

    def __init__(
        self,
        terms: Terms,
        writer: Writer,
        reader: PartitionReader,
        log_end: LogEnd,
        restored: Restored,
    ) -> None:
        self.machine: Machine = restored.machine
        self.position = restored.position
        self.fed_at_ms: int | None = None
        self._committed_at: float | None = None
        self.batches = 0
        self._terms = terms
        self._writer = writer
        self._reader = reader
        self._log_end = log_end
        self._clock = asyncio.get_running_loop().time
        self._head = restored.head
        self._fed_to = restored.position
        self._read_to = restored.position
        self._since_checkpoint = restored.replayed_records
        self._bytes_since_checkpoint = 0
        self._pulse_at = self._clock() + terms.pace.pulse_seconds
        self._batch = Batch()
        self._is_of_other_rules = restored.is_of_other_rules
        self._decisions = restored.decisions

    @property
    def lag_records(self) -> int:
        """Offsets between here and the end of the log, as last heard."""
        return max(0, self._reader.highwater - self._read_to)

    @property
    def seconds_since_answer(self) -> float:
        """How long ago the log last answered."""
        return self._reader.seconds_since_answer

    @property
    def seconds_since_commit(self) -> float | None:
        """How long ago the last commit was; None before the first."""
        return None if self._committed_at is None else self._clock() - self._committed_at

    async def work(self) -> None:
        """Feed and commit until the partition is lost or the worker stops."""
        if self._is_of_other_rules:
            await self._adopt()
        while self._terms.is_wanted():
            await self._fill()
            if self._terms.is_wanted():
                await self._commit()

    async def _adopt(self) -> None:
        """Have the machine take over what another version of its rules has left."""
        before = self._head.rules if self._head else ""
        outputs: Sequence[Output] = ()
        if isinstance(self.machine, Versioned):
            try:
                # In a thread: a question for each of a million open cases takes longer than
                # heartbeats can wait.
                outputs = await asyncio.to_thread(self.machine.adopt, before)
                self._writer.check(outputs)
            except Exception as error:
                doing = f"while it took over from rules {before}"
                raise MachineFailedError(doing=doing, error=error) from error
        await self._write_checkpoint(outputs)

    async def finish(self) -> None:
        """End in an orderly way: commit what was fed and leave a checkpoint at the head."""
        await self._commit()
        if self._terms.role.replayed and self._since_checkpoint:
            await self._write_checkpoint()

    async def _fill(self) -> None:
        """Feed what comes until the batch is full or has waited long enough."""
        while self._terms.is_wanted() and (room := self._room()) > 0:
            patience = self._patience()
            if patience <= 0:
                return
            taken = await self._reader.take(room, patience)
            self._read_to = await self._reader.position()
            for some in self._terms.cut.slices(records_of(taken)):
                async with self._terms.turns.slice(self._terms.cut):
                    self._feed(some)
            await self._pulse_if_due()

    def _room(self) -> int:
        """How many records the batch still takes."""
        if self._batch.size >= self._terms.limits.batch_bytes:
            return 0
        return self._records_max() - self._batch.records

    def _records_max(self) -> int:
        return 1 if self._fed_to < self._terms.careful_until else self._terms.batch_records

    def _patience(self) -> float:
        """How long the next records may take; nothing left: the batch is committed as it is."""
        limits = self._terms.limits
        now = self._clock()
        patience = limits.idle_seconds
        if self._batch.began_at is not None:
            filling = limits.behind_seconds if self.lag_records else limits.linger_seconds
            patience = min(patience, self._batch.began_at + filling - now)
        if patience > 0 and isinstance(self.machine, Pulsed):
            patience = min(patience, max(0.001, self._pulse_at - now))
        return patience

    def _feed(self, some: Sequence[Record]) -> None:
        decision = None
        if some[0].offset == self._terms.raised_at:
            decision = self._decisions.about(some[0].offset)
        try:
            if decision is None:
                outputs = self.machine.feed(some)
            else:
                outputs = carry_out(self.machine, some[0], decision)
            self._writer.check(outputs)
        except (MirrorUnavailableError, StorageUnavailableError):
            # What is kept elsewhere can not be had at present: no record is to blame.
            raise
        except Exception as error:
            raise MachineRaisedError(
                first=some[0].offset,
                last=some[-1].offset,
                is_alone=len(some) == 1 and not self._batch,
                error=error,
                digest=digest_of(some[0].value),
            ) from error
        if decision is not None:
            self._batch.decisions.append(self._decisions.applied(decision))
        if self._terms.role.replayed:
            self._bytes_since_checkpoint += sum(len(record.value) for record in some)
        self._fed_to = some[-1].offset + 1
        self.fed_at_ms = some[-1].at_ms
        self._batch.add(len(some), outputs, self._clock())

    async def _pulse_if_due(self) -> None:
        if not isinstance(self.machine, Pulsed) or self._clock() < self._pulse_at:
            return
        is_caught_up = await self._is_caught_up()
        async with self._terms.turns.slice(self._terms.cut):
            try:
                outputs = self.machine.pulse(caught_up=is_caught_up)
                self._writer.check(outputs)
            except Exception as error:
                raise MachineRaisedError(
                    first=self._fed_to, last=self._fed_to, is_alone=not self._batch, error=error
                ) from error
        now = self._clock()
        self._pulse_at = now + self._terms.pace.pulse_seconds
        self._batch.add(0, outputs, now)

    async def _is_caught_up(self) -> bool:
        """Whether nothing waits, also no record of a transaction that somebody holds open.

        Asked just before the pulse, since the answer ages. All that was read was fed before.
        """
        return self._read_to >= await self._log_end.ask()

    async def _commit(self) -> None:
        """Commit outputs, position and head in one transaction; for intake its state as well."""
        batch, self._batch = self._batch, Batch()
        if not batch:
            return
        head = self._next_head()
        try:
            await self._writer.commit(
                outputs=batch.outputs,
                rows=() if self._terms.role.replayed else self._changes(),
                head=head,
                decisions=batch.decisions,
                # The very first one says where replays begin; there are no rows yet.
                checkpoint=None if self._head else Checkpoint(position=self.position, number=0),
            )
        except RejectedRecordError as error:
            raise MachineRaisedError(
                first=self.position, last=self._fed_to - 1, is_alone=batch.records <= 1, error=error
            ) from error
        self._committed(head)
        self._since_checkpoint += batch.records
        if self._terms.role.replayed and self._is_checkpoint_due():
            await self._write_checkpoint()

    def _is_checkpoint_due(self) -> bool:
        return (
            self._since_checkpoint >= self._terms.pace.checkpoint_every_records
            or self._bytes_since_checkpoint >= self._terms.limits.checkpoint_bytes
        )

    async def _write_checkpoint(self, outputs: Sequence[Output] = ()) -> None:
        """Write the rows that changed and their position, in a transaction of their own.

        So a row that can not be written takes nothing with it that the machine has said, except
        for what it said when it took over.
        """
        head = self._next_head()
        await self._writer.commit(
            outputs=outputs,
            rows=self._changes(),
            head=head,
            checkpoint=Checkpoint(position=head.position, number=head.number),
        )
        self._committed(head)
        self._since_checkpoint = self._bytes_since_checkpoint = 0

    def _next_head(self) -> Head:
        number = 1 if self._head is None else self._head.number + 1
        try:
            said = digest(self.machine.head())
        except Exception as error:
            raise MachineFailedError(doing="when asked for its head", error=error) from error
        rules = version_of(self.machine)
        return Head(position=self._fed_to, number=number, digest=said, rules=rules)

    def _changes(self) -> Iterator[tuple[str, bytes | None]]:
        try:
            rows = self.machine.changes()
            has_put_away = isinstance(self.machine, PuttingAway)
            yield from self._terms.mirror.copying(rows) if has_put_away else rows
        except MirrorUnavailableError:
            raise
        except Exception as error:
            raise MachineFailedError(doing="when asked for its changes", error=error) from error

    def _committed(self, head: Head) -> None:
        self._head = head
        self.position = head.position
        self._committed_at = self._clock()
        self.batches += 1
