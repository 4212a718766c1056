"""A lane: one raw stream that an intake reads, and what it has to know of it."""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any

from rules.machines.routing import Layout
from rules.policy import Policy, Progress
from stream.canary.gate import keep_out
from stream.connectors.table import Connector, Told

Admits = Callable[[object, dict[str, Any] | Told], None]
"""Looks at a document and what was read of it; raises MalformedEventError for what may not in."""


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
    admits: Admits = keep_out
    is_awaited: bool = True
    """Whether anybody waits for what it may bring: else nobody is told how far it has reported."""
    place: Callable[[int], str] = field(default=lambda offset: f"offset {offset}")
