"""A machine built again: its last checkpoint, what came since, and the proof that it is the same.

The order matters. The writer is opened first, which fences the old owner; only then is the state
partition read, so what is read cannot be overtaken; only then is the input sought.
"""

import asyncio
from collections.abc import Callable, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from itertools import chain
from typing import Any

from rules.errors import UnreadableRecordError
from rules.machines.contract import Machine, PuttingAway, Record
from stream.hosts.contract import OtherRulesError, Role, version_of
from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.errors import (
    HaltingError,
    HeadMismatchError,
    MachineFailedError,
    TruncatedLogError,
)
from stream.hosts.kafka.limits import KafkaLimits
from stream.hosts.kafka.mirror import Mirror, MirrorUnavailableError
from stream.hosts.kafka.reading import PartitionReader
from stream.hosts.kafka.state import Checkpoint, Head, State, digest
from stream.hosts.kafka.turns import Cut, Turns
from stream.hosts.putting_away import put_away_by
from stream.hosts.setting_aside import Decisions
from stream.progress import Steps
from stream.topics import state_topic


class NotWantedError(Exception):
    """The partition was lost, or the worker stops, before the machine was there."""


class UnreadableStateError(HaltingError):
    """The state partition holds what this version does not write."""

    def __init__(self, *, topic: str, partition: int, offset: int, error: Exception) -> None:
        super().__init__(f"{topic}, partition {partition}, offset {offset}: {error}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Restored:
    """A machine at its head: the next record to feed is at `position`."""

    machine: Machine
    position: int
    head: Head | None
    replayed_records: int
    decisions: Decisions

    @property
    def is_of_other_rules(self) -> bool:
        """Whether its rows were written by another version than its own."""
        return self.head is not None and self.head.rules != version_of(self.machine)


@dataclass(frozen=True, slots=True, kw_only=True)
class Restore:
    """What a restore works with; `is_wanted` is asked between slices.

    The rows are never in memory all at once: they go to the `mirror`, which is empty, and from
    there to the machine, which is left to read what it has put away from it.
    """

    client: KafkaClient
    role: Role
    partition: int
    mirror: Mirror
    limits: KafkaLimits
    turns: Turns
    cut: Cut
    is_wanted: Callable[[], bool]
    steps: Steps

    async def run(self, reader: PartitionReader) -> Restored:
        """Build the machine, and leave `reader` where its input goes on.

        Raises a HaltingError where trying again would not help, NotWantedError where nobody
        needs the machine any more, and whatever the log raises.
        """
        state = await self._read_state()
        machine = await self._build()
        decisions = Decisions(state.decisions.values())
        head = state.head
        if head is None:
            start = await reader.first()
            reader.seek(start)
            return Restored(
                machine=machine, position=start, head=None, replayed_records=0, decisions=decisions
            )
        start = self._start(state, head)
        self._check_rules(version_of(machine), state.checkpoint, head)
        await self._check_log(reader, start, head.position)
        reader.seek(start)
        replayed = await self._replay(reader, machine, decisions, head.position)
        self._check_head(machine, head)
        reader.seek(head.position)
        return Restored(
            machine=machine,
            position=head.position,
            head=head,
            replayed_records=replayed,
            decisions=decisions,
        )

    def _start(self, state: State, head: Head) -> int:
        """Where the rows stand: intake's are written with every batch."""
        if not self.role.replayed:
            return head.position
        if state.checkpoint is None:
            raise UnreadableStateError(
                topic=state_topic(self.role.name),
                partition=self.partition,
                offset=0,
                error=UnreadableRecordError(
                    what="the checkpoint", found=None, expected="a record, since there is a head"
                ),
            )
        return state.checkpoint.position

    def _check_rules(self, version: str, checkpoint: Checkpoint | None, head: Head) -> None:
        """Other rules may take over where nothing is to be replayed, and nowhere else."""
        stands = checkpoint or Checkpoint(position=0, number=0)
        if self.role.replayed and head.rules != version and stands.number != head.number:
            raise OtherRulesError(
                written_by=head.rules,
                version=version,
                checkpoint=stands.position,
                head=head.position,
            )

    async def _read_state(self) -> State:
        topic = state_topic(self.role.name)
        state = State()
        async with PartitionReader.open(self.client, topic, self.partition, self.limits) as reader:
            # Taken after the fence, and past the fence's own marker.
            end = await reader.end()
            first = await reader.first()
            reader.seek(first)
            step = f"state of {self.role.name} {self.partition}"
            self.steps.expect(step, end - first)
            async with aclosing(reader.read_to(end)) as parts:
                async for part in parts:
                    self._go_on()
                    self._fold(state, part, topic)
                    self.steps.told(step, len(part))
                    self.mirror.write(state.take_rows())
                    await asyncio.sleep(0)
        return state

    def _fold(self, state: State, part: list[Any], topic: str) -> None:
        for record in part:
            try:
                state.apply(record.key, record.value)
            except UnreadableRecordError as error:
                raise UnreadableStateError(
                    topic=topic, partition=self.partition, offset=record.offset, error=error
                ) from error

    async def _build(self) -> Machine:
        try:
            machine = self.role.build(self.partition)
            if isinstance(machine, PuttingAway):
                machine.reach(self.mirror)
            rows = self.mirror.without(put_away_by(machine))
            # In a thread: the rows of a million cases take seconds, longer than heartbeats.
            await asyncio.to_thread(_hand_over, machine, rows)
        except MirrorUnavailableError:
            raise
        except Exception as error:
            raise MachineFailedError(doing="while it was restored", error=error) from error
        return machine

    async def _check_log(self, reader: PartitionReader, start: int, head: int) -> None:
        first = await reader.first()
        if first > start:
            raise self._truncated(f"begins at {first}", f"record {start} to be there")
        clock = asyncio.get_running_loop().time
        give_up = clock() + self.limits.stall_seconds
        # A broker that has just come back may know less of its log's end than we have read.
        while (end := await reader.end()) < head:
            if clock() > give_up:
                raise self._truncated(f"ends at {end}", f"an end not before {head}")
            self._go_on()
            await asyncio.sleep(self.limits.idle_seconds)

    def _truncated(self, found: str, expected: str) -> TruncatedLogError:
        return TruncatedLogError(
            topic=self.role.log, partition=self.partition, found=found, expected=expected
        )

    async def _replay(
        self, reader: PartitionReader, machine: Machine, decisions: Decisions, head: int
    ) -> int:
        count, step = 0, f"records of {self.role.name} {self.partition}"
        self.steps.expect(step, head - await reader.position())
        async with aclosing(reader.read_to(head)) as parts:
            async for part in parts:
                for some in slices(records_of(part), decisions, self.cut):
                    self._go_on()
                    async with self.turns.slice(self.cut):
                        self._feed(machine, decisions, some)
                    count += len(some)
                    self.steps.told(step, len(some))
                self._go_on()
        return count

    def _feed(self, machine: Machine, decisions: Decisions, some: Sequence[Record]) -> None:
        try:
            decisions.replay(machine, some)
        except MirrorUnavailableError:
            raise
        except Exception as error:
            raise MachineFailedError(
                doing=f"while records from {some[0].offset} on were replayed", error=error
            ) from error

    def _check_head(self, machine: Machine, head: Head) -> None:
        try:
            found = digest(machine.head())
        except Exception as error:
            raise MachineFailedError(doing="when asked for its head", error=error) from error
        if found != head.digest:
            raise HeadMismatchError(
                position=head.position, number=head.number, found=found, expected=head.digest
            )

    def _go_on(self) -> None:
        if not self.is_wanted():
            raise NotWantedError


def _hand_over(machine: Machine, rows: Iterator[tuple[str, bytes]]) -> None:
    """Hand rows to a machine, if there are any."""
    for first in rows:
        machine.restore(chain([first], rows))


def slices(records: Sequence[Record], decisions: Decisions, cut: Cut) -> Iterator[Sequence[Record]]:
    """Cut records in slices; one about which there is a decision is alone in its own."""
    for run in decisions.runs(records):
        yield from cut.slices(run)


def records_of(taken: Sequence[Any]) -> list[Record]:
    """Turn aiokafka's records into a machine's. A null value is an empty one: nobody's event."""
    return [Record(each.offset, each.value or b"", each.timestamp) for each in taken]
