"""One slice of work at a time, however many partitions a worker owns.

Why heartbeats are safe while machines work. Kafka takes a worker's partitions away when it has
not been heard for `session_seconds` (6 s). The heartbeat is sent every second by a task in the
same event loop, so it waits for whatever runs there: from the moment it is due until it is on the
wire (on a connection of its own) the loop comes round twice. A turn of the loop runs at most one
slice, since all partitions of a host share one lock and each gives way before the next takes it;
and a slice ends after `slice_bytes`, or after one record. So a heartbeat is late by three slices
at most: about 80 ms at 25 µs an event, and 1.5 s for a machine ten times slower that is fed
records of a megabyte. The rows of a checkpoint are made in slices of time as well.
Building state from rows may take longer and is done in a thread. Only a single record that takes
longer than the session loses it; then the worker that takes over fences us, and nothing is doubled.
"""

import asyncio
from collections.abc import AsyncIterator, Iterator, Sequence
from contextlib import asynccontextmanager

from rules.machines.contract import Record


class Turns:
    """A lock that all partitions of a host pass round, giving way to the loop each time."""

    def __init__(self) -> None:
        self._lock = asyncio.Lock()
        self._clock = asyncio.get_running_loop().time

    @asynccontextmanager
    async def slice(self, cut: "Cut") -> AsyncIterator[None]:
        """Hold the loop for one slice, and tell `cut` how long it took. Await nothing inside."""
        async with self._lock:
            began = self._clock()
            yield
            cut.took(self._clock() - began)
            # Held while the loop comes round: nobody else's slice runs in the same turn.
            await asyncio.sleep(0)


class Cut:
    """How many records are fed in one go: by bytes, and fewer where a machine proves slow."""

    def __init__(self, *, slice_bytes: int, slice_seconds: float, records_max: int) -> None:
        self._bytes = slice_bytes
        self._seconds = slice_seconds
        self._records_max = records_max
        # It begins with one: nothing is known yet of how slow the machine is.
        self._records = 1
        self.seconds_max = 0.0
        """The longest slice so far."""

    def slices(self, records: Sequence[Record]) -> Iterator[Sequence[Record]]:
        """Cut records in slices of at least one; `took` may change the next one's size."""
        start = 0
        while start < len(records):
            end, size = start, 0
            while end < len(records) and end - start < self._records:
                size += len(records[end].value)
                if size > self._bytes and end > start:
                    break
                end += 1
            yield records[start:end]
            start = end

    def took(self, seconds: float) -> None:
        """Learn from the last slice."""
        self.seconds_max = max(self.seconds_max, seconds)
        if seconds > self._seconds:
            self._records = max(1, self._records // 2)
        elif seconds < self._seconds / 4:
            self._records = min(self._records_max, self._records * 2)
