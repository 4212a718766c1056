"""Frames: many events in one record, because per-record overhead is what limits Python."""

from rules.machines.contract import JOURNAL, LINKS, Output
from rules.machines.records import write_events
from rules.machines.routing import Layout, partition_of_case, partition_of_links
from stream.canonical import CODEC

FRAME_EVENTS_MAX = 500
FRAME_BYTES_MAX = 600_000
"""Well under a broker's default limit of 1 MiB a record."""


class Frames:
    """Events of one lane, gathered by the log and partition they go to, in order."""

    def __init__(self, lane: str, layout: Layout) -> None:
        self._lane = lane
        self._layout = layout
        self._frames: dict[tuple[str, int], _Frame] = {}

    def add(self, line: bytes, tenant: str | None, case: str | None) -> Output | None:
        """Take a canonical event; give the frame that it filled, if it did."""
        if case is not None:
            place = JOURNAL, partition_of_case(tenant, case, self._layout.journal)
        else:
            place = LINKS, partition_of_links(tenant, self._layout.links)
        frame = self._frames.get(place)
        if frame is None:
            frame = self._frames[place] = _Frame()
        done = None
        frame.size += len(line)
        if frame.lines and (len(frame.lines) >= FRAME_EVENTS_MAX or frame.size > FRAME_BYTES_MAX):
            done = self._close(place, frame)
            frame = self._frames[place] = _Frame()
            frame.size = len(line)
        frame.lines.append(line)
        return done

    def flush(self) -> list[Output]:
        """Give everything that waits, as frames."""
        frames, self._frames = self._frames, {}
        return [self._close(place, frames[place]) for place in sorted(frames)]

    def _close(self, place: tuple[str, int], frame: "_Frame") -> Output:
        return Output(*place, write_events(CODEC, self._lane, frame.lines))


class _Frame:
    """Events that wait to leave together, and how many bytes they are."""

    __slots__ = ("lines", "size")

    def __init__(self) -> None:
        self.lines: list[bytes] = []
        self.size = 0
