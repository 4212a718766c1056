"""One lane's intake for tests, and what it said, taken apart again."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

import orjson

from rules.machines.contract import JOURNAL, LINKS, REFUSED, Output, Record
from rules.machines.routing import Layout
from rules.pattern_terms import Flow
from rules.policy import Policy, Progress, SourcePolicy
from stream.clock import FixedClock
from stream.connectors import connector
from stream.intake.intake import Intake
from stream.intake.lane import Lane

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)
LAYOUT = Layout(journal=3, links=2)
SOURCE = "iga/acme"


def intake(  # noqa: PLR0913 - what a lane has that may matter
    clock: FixedClock | None = None,
    *,
    name: str = "native",
    sources: Sequence[SourcePolicy] = (),
    progress: Progress = Progress.CLOCK,
    lanes: tuple[str, ...] = ("raw/0",),
    flow: Flow | None = None,
) -> Intake:
    """Make the intake of the first of these lanes."""
    lane = Lane(
        name=lanes[0],
        source=name,
        connector=connector(name),
        lanes=lanes,
        layout=LAYOUT,
        policy=Policy(sources=tuple(sources), flow=flow or Flow()),
        progress=progress,
        place=lambda offset: f"raw/0@{offset}",
    )
    return Intake(lane, clock or FixedClock(NOON), lambda _tree: None)


def event(id: str = "1", **fields: Any) -> dict[str, Any]:
    """A native event; `data` fields by name, what stands beside `data` in capitals."""
    envelope = {key.lower(): value for key, value in fields.items() if key.isupper()}
    told = {key: value for key, value in fields.items() if not key.isupper()}
    return {
        "specversion": "1.0",
        "id": id,
        "source": SOURCE,
        "type": "iga.approved",
        "subject": "REQ-1",
        "time": "2026-11-02T11:00:00Z",
        "data": {"actor": {"account": "bo"}, **told},
        **envelope,
    }


def tick(until: str = "2026-11-02T11:30:00Z", source: str = SOURCE) -> dict[str, Any]:
    """A report of progress."""
    return {
        "specversion": "1.0",
        "id": f"tick-{until}",
        "source": source,
        "type": "iga.tick",
        "time": until,
    }


def body(*documents: object) -> bytes:
    """Documents as JSON lines."""
    return b"\n".join(map(orjson.dumps, documents))


@dataclass(slots=True)
class Heard:
    """What an intake said, by kind; events as their canonical bytes, by log and partition."""

    events: dict[tuple[str, int], list[bytes]] = field(default_factory=dict)
    frames: list[bytes] = field(default_factory=list)
    ticks: list[tuple[str, int, dict[str, str]]] = field(default_factory=list)
    declared: list[dict[str, Any]] = field(default_factory=list)
    names: list[dict[str, Any]] = field(default_factory=list)
    refusals: list[dict[str, Any]] = field(default_factory=list)
    kept: list[Output] = field(default_factory=list)

    @property
    def lines(self) -> list[bytes]:
        """Every event, wherever it went."""
        return [line for lines in self.events.values() for line in lines]

    @property
    def until(self) -> dict[str, str]:
        """The times of the latest tick of the first partition of the journal."""
        return next(
            (told for log, part, told in reversed(self.ticks) if (log, part) == (JOURNAL, 0)), {}
        )


def heard(outputs: Iterable[Output]) -> Heard:
    """Take apart what an intake said."""
    found = Heard()
    for output in outputs:
        if output.log == REFUSED:
            found.kept.append(output)
        else:
            assert output.log in {JOURNAL, LINKS}
            _sort(found, output)
    return found


def _sort(found: Heard, output: Output) -> None:
    first, *lines = output.value.split(b"\n")
    header = orjson.loads(first)
    match header["record"]:
        case "events":
            found.frames.append(output.value)
            found.events.setdefault((output.log, output.partition), []).extend(lines)
        case "ticks":
            found.ticks.append((output.log, output.partition, header["until"]))
        case "source":
            found.declared.append({**header, "partition": output.partition})
        case "names":
            found.names.append(header)
        case "refused":
            found.refusals.append(header["refused"])
        case other:
            raise AssertionError(other)


def fed(reader: Intake, *bodies: bytes, at_ms: int = 0) -> Heard:
    """Feed bodies as one batch."""
    return heard(reader.feed([Record(number, each, at_ms) for number, each in enumerate(bodies)]))


def kept_bodies(kept: Iterable[Output]) -> list[bytes]:
    """Put the bodies that were kept together again from their parts."""
    found: list[list[bytes]] = []
    for output in kept:
        header, _, part = output.value.partition(b"\n")
        told = orjson.loads(header)
        if told["part"] == 1:
            found.append([])
        found[-1].append(part)
        assert len(found[-1]) == told["part"] <= told["parts"]
    return [b"".join(parts) for parts in found]
