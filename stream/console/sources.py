"""What the record says of its sources: how far each has reported, what became of what it told."""

from collections.abc import Iterator
from datetime import datetime
from typing import NamedTuple

import orjson

from rules.machines.records import Reported, SourceDeclared, read_reported, read_source
from stream.archive.leaves import Kind
from stream.archive.reader import Archive


class Source(NamedTuple):
    """A source: what it can carry, up to when it has reported, what was offered and became of it.

    `moved` events came with a case that was recorded elsewhere: they are counted there too.
    """

    name: str
    declared: SourceDeclared
    until: datetime | None
    recorded: int
    repeats: int
    refused: dict[str, int]

    @property
    def offered(self) -> int:
        """Everything that it told."""
        return self.recorded + self.repeats + sum(self.refused.values())


class Completeness(NamedTuple):
    """Every source, and up to when the log itself had come when that was said."""

    sources: list[Source]
    log_time: datetime | None


def standing_record(archive: Archive) -> str:
    """How far the record has come, as one word that changes when it grows."""
    return "-".join(f"{p}.{position}" for p, position in sorted(archive.positions().items()))


def completeness(archive: Archive) -> Completeness:
    """What the last reports of all logs say together."""
    declared: dict[str, SourceDeclared] = {}
    reports: list[Reported] = []
    for log in archive.logs():
        numbers = archive.headers(Kind.SOURCE, log.partition, log.size)
        for _, body in archive.bodies(log.partition, numbers):
            told = read_source(orjson.loads(body))
            declared[told.source] = told
        last = archive.last_header(Kind.REPORTED, log.partition, log.size)
        if last is not None:
            body = next(archive.bodies(log.partition, [last]))[1]
            reports.append(read_reported(orjson.loads(body)))
    times = [each.log_time for each in reports if each.log_time]
    return Completeness(
        [_source(declared[name], reports) for name in sorted(declared)], max(times, default=None)
    )


def _source(declared: SourceDeclared, reports: list[Reported]) -> Source:
    name = declared.source
    refused: dict[str, int] = {}
    for each in reports:
        for kind, count in each.refused.get(name, {}).items():
            refused[kind] = refused.get(kind, 0) + count
    return Source(
        name=name,
        declared=declared,
        # Everybody has it from the least of the logs that tell it.
        until=min(_told(name, reports), default=None),
        recorded=sum(each.recorded.get(name, 0) for each in reports),
        repeats=sum(each.repeats.get(name, 0) for each in reports),
        refused=refused,
    )


def _told(name: str, reports: list[Reported]) -> Iterator[datetime]:
    return (each.until[name] for each in reports if name in each.until)
