"""A partition that is handed round between workers, as a broker would keep it, all in memory.

What a broker does for the Kafka host: whoever takes a partition over fences all earlier owners; a
commit is whole or refused; a new owner has the committed rows, position and head, and nothing else.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Generic, TypeVar

from rules.machines.contract import Machine, Output, Record

M = TypeVar("M", bound=Machine)
REPLAYED_AT_ONCE = 3
"""Records in a slice of a replay: another cut than that in which they were fed."""


class FencedError(Exception):
    """Somebody else has taken the partition over."""


@dataclass
class Place(Generic[M]):
    """A partition: its records, and what is committed of a machine that reads them."""

    records: Sequence[bytes]
    build: Callable[[], M]
    said: list[Output] = field(default_factory=list)
    rows: dict[str, bytes] = field(default_factory=dict)
    checkpoint: int = 0
    position: int = 0
    head: bytes | None = None
    epoch: int = 0

    def slice(self, start: int, end: int) -> list[Record]:
        """Give the records from one position to another."""
        return [Record(start + n, value) for n, value in enumerate(self.records[start:end])]


class Tenure(Generic[M]):
    """One worker's time with a partition: fenced, restored, replayed, compared, then at work."""

    def __init__(self, place: Place[M]) -> None:
        self.machine = place.build()
        self._place = place
        place.epoch += 1
        self._epoch = place.epoch
        self._fed = place.position
        self._said: list[Output] = []
        self.machine.restore(sorted(place.rows.items()))
        for start in range(place.checkpoint, place.position, REPLAYED_AT_ONCE):
            end = min(start + REPLAYED_AT_ONCE, place.position)
            self.machine.feed(place.slice(start, end))
        if place.head is not None:
            assert self.machine.head() == place.head

    def feed(self, count: int) -> None:
        """Hand the machine so many records more; nobody hears yet what it says."""
        records = self._place.slice(self._fed, self._fed + count)
        self._said += self.machine.feed(records)
        self._fed += len(records)

    def commit(self) -> None:
        """Make what was said heard, with position and head. Raises FencedError."""
        place = self._place
        if place.epoch != self._epoch:
            raise FencedError
        place.said += self._said
        place.position, place.head = self._fed, self.machine.head()
        self._said = []

    def write_down(self) -> None:
        """Commit, and write the rows that changed in a transaction of their own."""
        self.commit()
        for name, row in self.machine.changes():
            if row is None:
                self._place.rows.pop(name, None)
            else:
                self._place.rows[name] = row
        self._place.checkpoint = self._place.position


class Move(StrEnum):
    """What a worker does, or has done to it."""

    FEED = "feed"
    COMMIT = "commit"
    CHECKPOINT = "checkpoint"
    CRASH = "crash"
    TAKE = "take"
    """The group gives it a partition that another may still believe to own."""


@dataclass(frozen=True, slots=True)
class Act:
    """One worker's move, at one partition; `count` records where it feeds."""

    move: Move
    worker: int
    place: int
    count: int = 1


def hand_round(places: Sequence[Place[M]], acts: Sequence[Act]) -> list[M]:
    """Do all of it; then one more worker takes everything over and finishes. Its machines."""
    tenures: dict[tuple[int, int], Tenure[M]] = {}
    for act in acts:
        key = act.worker, act.place % len(places)
        if act.move is Move.CRASH:
            tenures = {k: each for k, each in tenures.items() if k[0] != act.worker}
        elif act.move is Move.TAKE or key not in tenures:
            tenures[key] = Tenure(places[key[1]])
        elif not _has_acted(tenures[key], act):
            del tenures[key]
    return [_finished(place) for place in places]


def _has_acted(tenure: Tenure[M], act: Act) -> bool:
    """Whether it may go on: a worker that finds itself fenced off gives up what it holds."""
    try:
        if act.move is Move.FEED:
            tenure.feed(act.count)
        elif act.move is Move.COMMIT:
            tenure.commit()
        else:
            tenure.write_down()
    except FencedError:
        return False
    return True


def _finished(place: Place[M]) -> M:
    last = Tenure(place)
    last.feed(len(place.records))
    last.commit()
    return last.machine
