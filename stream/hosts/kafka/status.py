"""What a host says of one partition of one role, for metrics, readiness and people."""

from dataclasses import dataclass
from enum import StrEnum

from stream.hosts.contract import Halt


class Stage(StrEnum):
    """How a partition is doing on this worker."""

    ELSEWHERE = "elsewhere"
    """Another worker owns it, or nobody yet."""
    RESTORING = "restoring"
    RUNNING = "running"
    TROUBLED = "troubled"
    """An error, told in `trouble`; it is tried again by itself."""
    HALTED = "halted"
    """It needs a person; `halt` says why."""
    STOPPED = "stopped"
    """Ended in an orderly way: the worker is stopping."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PartitionStatus:
    """A partition as this worker sees it just now.

    `position` is the next record to be fed and committed; `lag_records` is how many offsets it
    stands before the log's end as last heard. `fed_at_ms` is the log's time of the last record
    fed (ms since 1970), `seconds_since_answer` how long ago the log last answered, if only that
    there is nothing new. What is not known is None.
    """

    role: str
    partition: int
    stage: Stage
    position: int | None = None
    lag_records: int | None = None
    fed_at_ms: int | None = None
    seconds_since_answer: float | None = None
    seconds_since_commit: float | None = None
    batches: int = 0
    """Committed by this worker since it took the partition over, the last time."""
    restores: int = 0
    """How often this worker has had to take it over."""
    slice_seconds_max: float = 0.0
    """The longest that the machine has held the event loop: see `stream.hosts.kafka.turns`."""
    trouble: str | None = None
    halt: Halt | None = None

    @property
    def is_owned(self) -> bool:
        """Whether the group has given it to this worker."""
        return self.stage is not Stage.ELSEWHERE
