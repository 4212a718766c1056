"""A destination that fails as it is told to, and a log and cursors that live in memory."""

import asyncio
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from rules.machines.contract import Record
from stream.desk.delivery import Delivery, DeliveryRefusedError, DestinationUnavailableError

Verdict = Exception | None


class Flaky:
    """Keeps what it is told; `verdicts` says how each attempt ends (then they all succeed).

    An attempt that fails may have arrived: `arrives_anyway` says so.
    """

    def __init__(
        self,
        name: str = "flaky",
        verdicts: Iterable[Verdict] = (),
        *,
        batch_max: int = 3,
        resend: timedelta | None = None,
        refuses: Callable[[Delivery], bool] = lambda _: False,
    ) -> None:
        self.name = name
        self.batch_max = batch_max
        self.tells_groups = False
        self.resend = resend
        self.is_closed = False
        self.attempts: list[Sequence[Delivery]] = []
        self.arrived: list[Delivery] = []
        self._verdicts = list(verdicts)
        self._refuses = refuses

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002
        """Take them, or end as told."""
        await asyncio.sleep(0)
        self.attempts.append(deliveries)
        assert 0 < len(deliveries) <= self.batch_max
        verdict = self._verdicts.pop(0) if self._verdicts else None
        if verdict is not None:
            raise verdict
        if any(map(self._refuses, deliveries)):
            raise DeliveryRefusedError(destination=self.name, reason="HTTP 400")
        self.arrived += deliveries

    async def close(self) -> None:
        """Say that it was closed."""
        self.is_closed = True


def down(retry_after: timedelta | None = None) -> DestinationUnavailableError:
    """The destination is down."""
    return DestinationUnavailableError(
        destination="flaky", reason="HTTP 503", retry_after=retry_after
    )


class MemoryLog:
    """A findings log in memory."""

    def __init__(self, partitions: int = 1) -> None:
        self.partitions = partitions
        self._records: list[list[Record]] = [[] for _ in range(partitions)]
        self._news = asyncio.Event()

    def write(self, *lines: bytes, partition: int = 0) -> None:
        """Add findings. Every second offset is taken by something else, as in Kafka."""
        records = self._records[partition]
        records += [Record(2 * (len(records) + n), each) for n, each in enumerate(lines)]
        self._news.set()

    def read(self, partition: int, position: int, limit: int) -> Sequence[Record]:
        """From a position on."""
        return [each for each in self._records[partition] if each.offset >= position][:limit]

    async def wait(self, timeout: float) -> None:  # noqa: ASYNC109 - as the log's contract has it
        """Until something is written."""
        # Not wait_for: in Python 3.11 it may swallow being cancelled.
        with suppress(TimeoutError):
            async with asyncio.timeout(timeout):
                await self._news.wait()
                self._news.clear()


class MemoryCursors:
    """Cursors in memory; `on_save` is called before anything is stored, and may die there."""

    def __init__(self) -> None:
        self.positions: dict[str, dict[int, int]] = {}
        self.rows: dict[str, dict[str, bytes]] = {}
        self.saves = 0
        self.on_save: Callable[[], None] = lambda: None

    def load(self, destination: str) -> tuple[dict[int, int], dict[str, bytes]]:
        """Copies, as a database would give."""
        return dict(self.positions.get(destination, {})), dict(self.rows.get(destination, {}))

    def save(
        self, destination: str, positions: Mapping[int, int], rows: Mapping[str, bytes | None]
    ) -> None:
        """Both or neither."""
        self.on_save()
        self.saves += 1
        self.positions.setdefault(destination, {}).update(positions)
        kept = self.rows.setdefault(destination, {})
        for key, row in rows.items():
            if row is None:
                kept.pop(key, None)
            else:
                kept[key] = row
