"""A replay: files through the same machines, in memory, with time taken from the events."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from types import MappingProxyType

from rules.machines.contract import Record
from rules.machines.records import write_policy
from rules.policy import Policy, Progress
from stream.canonical import CODEC
from stream.clock import Clock
from stream.connectors import connector
from stream.connectors.table import Connector
from stream.hosts.direct import Direct, Listener
from stream.intake.files import Raw, records_of
from stream.intake.intake import Hear, Intake, Stamp
from stream.intake.lane import Lane
from stream.progress import Steps, Unwatched

FILE_LATENESS = timedelta(hours=24)
"""How far out of order a file may be before its own later lines count as late reports."""
CHUNK_RECORDS = 500
_NO_OTHERS: Mapping[str, Sequence[str]] = MappingProxyType({})


@dataclass(slots=True)
class _File:
    """One file on its way through: where it is, and the intake that reads it."""

    path: str
    records: Iterator[Raw]
    intake: Intake
    line: int = 0
    done: bool = False


class Replay:
    """Reads files of one or more sources, each file a lane of its own, side by side by event time.

    Absence is judged when the files have reported past it: by the sources' own ticks, by the
    latest event less FILE_LATENESS (or the delay in policy), and at the end up to the latest event
    of all files, or up to `until`.
    """

    def __init__(  # noqa: PLR0913 - what it works on, each by name
        self,
        *,
        connector: Connector,
        clock: Clock,
        policy: Policy,
        stamp: Stamp,
        listen: Listener,
        hear: Hear | None = None,
        steps: Steps | None = None,
    ) -> None:
        self.host = Direct(listen)
        self._connector = connector
        self._clock = clock
        self._policy = policy
        self._stamp = stamp
        self._hear = hear
        self._steps = steps or Unwatched()
        self._files: list[_File] = []

    def run(
        self,
        paths: Sequence[str],
        until: datetime | None = None,
        *,
        also: Mapping[str, Sequence[str]] = _NO_OTHERS,
    ) -> None:
        """Read everything; `also` are files of other sources, by their names.

        Raises UnreadableFileError, what was read before it stands; UnknownSourceError.
        """
        name = self._connector.name
        sources = [(self._connector, [*paths, *also.get(name, ())])]
        sources += [(connector(other), [*its]) for other, its in also.items() if other != name]
        self.host.begin(write_policy(CODEC, self._policy))
        self._files = [file for source, its in sources for file in self._files_of(source, its)]
        while running := [file for file in self._files if not file.done]:
            # The file that is furthest behind in event time goes first.
            file = min(running, key=lambda each: each.intake.progress.latest or _NEVER)
            self._read_chunk(file)
        self._end(until)

    def counts(self) -> dict[str, int]:
        """How many events and ticks were told, and how many documents were refused."""
        names = ("events", "refused", "ticks")
        return {name: sum(file.intake.counts[name] for file in self._files) for name in names}

    def _files_of(self, source: Connector, paths: Sequence[str]) -> list[_File]:
        lanes = tuple(f"{path}#{number}" for number, path in enumerate(paths))
        return [self._file(source, path, lanes, n) for n, path in enumerate(paths)]

    def _file(self, source: Connector, path: str, lanes: tuple[str, ...], number: int) -> _File:
        lane = Lane(
            name=lanes[number],
            source=source.name,
            connector=source,
            lanes=lanes,
            layout=Direct.LAYOUT,
            policy=self._policy,
            progress=Progress.EVENTS,
            delay=FILE_LATENESS,
            stamp_observed=False,
            place=lambda line: f"{path}:{line}" if line else path,
        )
        intake = Intake(lane, self._clock, self._stamp, self._hear)
        return _File(path, records_of(path, source.parse), intake)

    def _read_chunk(self, file: _File) -> None:
        records: list[Record] = []
        try:
            for raw in file.records:
                records.append(Record(raw.line, raw.value))
                if len(records) == CHUNK_RECORDS:
                    break
            else:
                file.done = True
        finally:
            # Also what stands before the place where a file breaks off.
            self.host.take(file.intake.feed(records))
            self._steps.told("records", len(records))
        self.host.take(file.intake.pulse(caught_up=True))

    def _end(self, until: datetime | None) -> None:
        latest = [f.intake.progress.latest for f in self._files if f.intake.progress.latest]
        if until is None and not latest:
            return
        end = until or max(latest)
        for file in self._files:
            self.host.take(file.intake.tick(file.intake.progress.finally_(end)))


_NEVER = datetime.fromisoformat("0001-01-01T00:00:00+00:00")
