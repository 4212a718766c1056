"""A lane: one raw stream that an intake reads, and what it has to know of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta

from rules.machines.routing import Layout
from rules.policy import Policy, Progress
from stream.connectors.table import Connector


@dataclass(frozen=True, slots=True, kw_only=True)
class Lane:
    """What intake needs to know of the raw stream that it reads.

    `name` is the lane's own; `lanes` are those of all raw partitions of the same stream. `source`
    is what its events are called where they do not name their source themselves.
    """

    name: str
    source: str
    connector: Connector
    lanes: tuple[str, ...]
    layout: Layout
    policy: Policy
    progress: Progress = Progress.CLOCK
    delay: timedelta | None = None
    """How late the sources may report where policy does not say; None: as the connector says."""
    stamp_observed: bool = True
    place: Callable[[int], str] = field(default=lambda offset: f"offset {offset}")
