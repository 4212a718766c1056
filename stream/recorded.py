"""What a journal holds, judged again by somebody who only reads it."""

from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime
from heapq import merge
from pathlib import Path

from rules.machines.contract import ENTITIES, Machine, Output, Record
from rules.machines.feeding import Feeds
from rules.machines.judge import Judge
from rules.machines.patterns import Patterns
from rules.machines.routing import Layout
from stream.canonical import CODEC
from stream.hosts.direct import Listener
from stream.journals import Journal, StoredJournal

Take = Callable[[bytes], bool]
"""Whether a record of the journal is to be judged."""


@dataclass(frozen=True, slots=True)
class Benches:
    """The machines that have judged a journal: a judge for each partition, and as many patterns."""

    judges: list[Judge] = field(default_factory=list)
    patterns: list[Patterns] = field(default_factory=list)


def judges_of(journal: Journal) -> Iterator[Judge]:
    """A judge for each partition, fed with all that is committed."""
    for partition in journal.partitions:
        judge = Judge(partition, CODEC)
        journal.read(partition, feeding(judge, lambda _: None))
        yield judge


def benches_of(
    journal: Journal,
    listen: Listener = lambda _: None,
    *,
    first: bytes | None = None,
    wanted: Take = lambda _: True,
) -> Benches:
    """Judge cases and entities by what is committed.

    `first`: a record that each partition begins with; `wanted`: which of the others count.
    """
    count = max(journal.partitions, default=0) + 1
    benches = Benches()
    told = []
    for partition in journal.partitions:
        judge = Judge(partition, CODEC, feeds=Feeds(count))
        told.append(_Told(partition, judge, listen))
        take = feeding(judge, told[-1].hear)
        if first is not None:
            take(first, partition)
        journal.read(partition, _only(wanted, take))
        benches.judges.append(judge)
    layout = Layout(journal=count, links=count)
    benches.patterns.extend(Patterns(each, layout, CODEC) for each in range(count))
    takes = [feeding(each, listen) for each in benches.patterns]
    # One judge is not heard to its end before the next: an entity's time is that of them all.
    for _, _, output in merge(*(each.outputs for each in told), key=lambda each: each[:2]):
        takes[output.partition](output.value, output.partition)
    return benches


class _Told:
    """What one judge tells of entities, each with how late it was; the rest goes on."""

    def __init__(self, partition: int, judge: Judge, listen: Listener) -> None:
        self.outputs: list[tuple[datetime, int, Output]] = []
        self._partition = partition
        self._judge = judge
        self._listen = listen

    def hear(self, output: Output) -> None:
        if output.log != ENTITIES:
            self._listen(output)
            return
        at = self._judge.horizon.log_time or _BEFORE
        self.outputs.append((at, self._partition, output))


_BEFORE = datetime.min.replace(tzinfo=UTC)


def _only(wanted: Take, take: Callable[[bytes, int], None]) -> Callable[[bytes, int], None]:
    def sieve(record: bytes, partition: int) -> None:
        if wanted(record):
            take(record, partition)

    return sieve


def feeding(machine: Machine, listen: Listener) -> Callable[[bytes, int], None]:
    """Something that hands each record to a machine, and what that says to somebody."""

    def take(record: bytes, _partition: int) -> None:
        for output in machine.feed([Record(0, record)]):
            listen(output)

    return take


def judges_over(directory: Path) -> list[Judge]:
    """The judges of a data directory; its host may be running. Raises DataDirectoryError."""
    with closing(StoredJournal(directory)) as journal:
        return list(judges_of(journal))


def benches_over(directory: Path) -> Benches:
    """The judges and patterns machines of a data directory. Raises DataDirectoryError."""
    with closing(StoredJournal(directory)) as journal:
        return benches_of(journal)
