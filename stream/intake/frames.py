"""Frames: many events in one record, because per-record overhead is what limits Python."""

from rules.machines.contract import JOURNAL, LINKS, Output
from rules.machines.records import write_events
from rules.machines.routing import Layout, partition_of_case, partition_of_link
from stream.canonical import CODEC

FRAME_EVENTS_MAX = 500
FRAME_BYTES_MAX = 600_000
"""Well under a broker's default limit of 1 MiB a record."""


class Frames:
    """Events of one lane, gathered by the log and partition they go to, in order."""

    def __init__(self, lane: str, layout: Layout) -> None:
        self._lane = lane
        self._layout = layout
        self._waiting: dict[tuple[str, int], list[bytes]] = {}
        self._bytes: dict[tuple[str, int], int] = {}

    def add(self, line: bytes, *, tenant: str | None, case: str | None, link: str) -> list[Output]:
        """Take a canonical event; give the frame that it filled, if it did."""
        if case is not None:
            place = JOURNAL, partition_of_case(tenant, case, self._layout.journal)
        else:
            place = LINKS, partition_of_link(tenant, link, self._layout.links)
        waiting = self._waiting.setdefault(place, [])
        size = self._bytes.get(place, 0) + len(line)
        full = bool(waiting) and (len(waiting) >= FRAME_EVENTS_MAX or size > FRAME_BYTES_MAX)
        done = [self._close(place)] if full else []
        self._waiting.setdefault(place, []).append(line)
        self._bytes[place] = len(line) if full else size
        return done

    def flush(self) -> list[Output]:
        """Give everything that waits, as frames."""
        return [self._close(place) for place in sorted(self._waiting)]

    def _close(self, place: tuple[str, int]) -> Output:
        log, partition = place
        self._bytes.pop(place, None)
        return Output(log, partition, write_events(CODEC, self._lane, self._waiting.pop(place)))
