"""A Faust table that keeps its word: what it says it has stored is with the brokers.

| Faust 0.15.3 | here |
|---|---|
| commits although a changelog record was not written | `settled` waits, and raises |
| keeps its own rows of partitions it has lost | they go with the partition |
| a row may only be written while a message is in hand | its key says its partition |
| joins its group before the brokers know a changelog just made | waits until they do |
"""

import asyncio
import logging
from typing import Any, cast

from faust.tables.table import Table
from faust.transport.drivers import aiokafka as driver
from faust.types import FutureMessage

from rules.errors import FoureyesError

DECLARE_SECONDS_MAX = 30.0
"""How long the brokers may take to know a changelog that they have made."""
ASK_AGAIN_SECONDS = 0.1


class ChangelogUnavailableError(FoureyesError):
    """What the desk remembers could not be stored; nothing after it may be committed."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"the changelog of the desk's table can not be written: {reason}")


class DurableTable(Table[bytes, bytes]):
    """A table in memory whose changes are known to be in its changelog once it has `settled`."""

    logger = logging.getLogger("faust.desk")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self._unsettled: list[FutureMessage] = []

    def send_changelog(self, *args: Any, **kwargs: Any) -> FutureMessage:
        """Send a change, and remember that it is on its way."""
        sent = super().send_changelog(*args, **kwargs)
        self._unsettled.append(sent)
        return sent

    async def settled(self, seconds_max: float) -> None:
        """Wait until every change is with the brokers. Raises ChangelogUnavailableError."""
        unsettled, self._unsettled = self._unsettled, []
        try:
            async with asyncio.timeout(seconds_max):
                await asyncio.gather(*unsettled)
        except Exception as error:
            # Too late or refused, it comes to the same: it is not there.
            raise ChangelogUnavailableError(reason=type(error).__name__) from error

    async def on_start(self) -> None:
        """Start, and wait until the brokers know the changelog: who joins before is given none."""
        await super().on_start()
        name, seconds = self.changelog_topic.get_topic_name(), 0.0
        producer = cast(driver.Producer, self.app.producer)
        while len(await producer._ensure_producer().partitions_for(name)) != self.partitions:  # noqa: SLF001
            if seconds >= DECLARE_SECONDS_MAX:
                raise ChangelogUnavailableError(
                    reason=f"{name} has not {self.partitions} partitions"
                )
            await asyncio.sleep(ASK_AGAIN_SECONDS)
            seconds += ASK_AGAIN_SECONDS

    def _verify_source_topic_partitions(self, source_topic: str) -> None:
        """Leave that to the desk, which asks who knows."""

    def partition_for_key(self, key: bytes) -> int:
        """The partition that a key begins with: also what time alone has moved is stored."""
        return int(key.partition(b"/")[0])

    def on_key_set(self, key: bytes, value: bytes) -> None:
        """Note the partition too: rows of a lost one are dropped by it at the next rebalance."""
        super().on_key_set(key, value)
        self._rows_by_partition()[key] = self.partition_for_key(key)

    def on_key_del(self, key: bytes) -> None:
        """Forget the row's partition with the row."""
        super().on_key_del(key)
        self._rows_by_partition().pop(key, None)

    def _rows_by_partition(self) -> dict[bytes, int]:
        return cast("dict[bytes, int]", self.data._key_partition)  # type: ignore[attr-defined]  # noqa: SLF001
