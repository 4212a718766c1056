"""The desks of one Faust worker: delivered first, remembered durably then, committed last."""

from collections.abc import Callable
from typing import cast

from faust.types import EventT, Message

from rules.errors import FoureyesError
from rules.machines.contract import FINDINGS
from stream.clock import Clock
from stream.desk.courier import Courier, NoLongerOursError
from stream.desk.delivery import Delivery
from stream.desk.desk import Desk, Memory
from stream.desk.faust_driver import DeskApp, DeskConsumer, partitions_of
from stream.desk.faust_table import DurableTable
from stream.log import logger

LOG = logger(__name__)

SETTLE_SECONDS_MAX = 60.0
"""How long the brokers may take to store what the desk remembers."""


class MismatchedPartitionsError(FoureyesError):
    """The findings topic has other partitions than the settings say; nothing was delivered."""

    def __init__(self, *, found: int, expected: int | None) -> None:
        self.found = found
        self.expected = expected
        super().__init__(f"{FINDINGS} has {found} partitions; the settings say {expected}")


class FaustDesk:
    """The desks of the partitions that this worker owns, kept in one table.

    For each finding: deliver, store what is remembered now, and only then say that the finding
    may be committed. Whoever dies in between delivers again, under the same id.
    """

    def __init__(
        self, app: DeskApp, table: DurableTable, courier: Courier, clock: Clock, memory: Memory
    ) -> None:
        self._app = app
        self._table = table
        self._courier = courier
        self._clock = clock
        self._memory = memory
        self._resend = courier.destination.resend
        self._desks: dict[int, Desk] = {}
        self._left: set[tuple[int, int]] = set()
        """Partitions and flows in which a finding was left to whoever comes next."""
        self._next_round = clock.monotonic()

    def rebuild(self) -> None:
        """Read the desks of the partitions that are ours now out of the table.

        Raises MismatchedPartitionsError: the table's rows would lie where nobody finds them.
        """
        found, expected = self._consumer.count_partitions(FINDINGS), self._table.partitions
        if found is not None and found != expected:
            raise MismatchedPartitionsError(found=found, expected=expected)
        self._left = {place for place in self._left if place[1] == self._consumer.flow}
        owned = partitions_of(self._app)
        # Without its changelog a partition would have a desk that remembers nothing: it has none,
        # and nothing of it is told, until the brokers know the changelog and hand out anew.
        known = owned.get(self._table.changelog_topic.get_topic_name(), set())
        self._desks = {each: self._restored(each) for each in owned.get(FINDINGS, set()) & known}
        LOG.info(
            "desk ready",
            destination=self._courier.destination.name,
            partitions=sorted(self._desks),
            findings=sum(map(len, self._desks.values())),
        )
        # Nobody knows how long the alerts were not told: remind at once.
        self._next_round = self._clock.monotonic()

    def _restored(self, partition: int) -> Desk:
        """Read one partition's desk out of the table."""
        desk = Desk(
            self._courier.destination.name,
            remembers=self._resend is not None,
            memory=self._memory,
        )
        prefix = f"{partition}/"
        rows = ((key.decode(), row) for key, row in self._table.items())
        desk.restore((key.removeprefix(prefix), row) for key, row in rows if key.startswith(prefix))
        return desk

    @property
    def _consumer(self) -> DeskConsumer:
        return cast(DeskConsumer, self._app.consumer)

    def let_go(self) -> None:
        """Forget everything: partitions are being handed out anew."""
        self._desks = {}

    async def take(self, event: EventT[bytes]) -> None:
        """Deliver one finding. Raises what a defect raises.

        What a rebalance takes out of our hands is left to whoever owns the partition next, and so
        is all that follows in the same flow.
        """
        message, consumer = event.message, self._consumer
        place = message.partition, consumer.flow_of(message)
        if place in self._left or not consumer.is_current(message):
            return
        desk = self._desks.get(message.partition)
        if desk is None or not await self._told(desk, message):
            self._left.add(place)
            if self._desks.get(message.partition) is desk is not None:
                # It has heard of a finding that was not delivered.
                self._desks[message.partition] = self._restored(message.partition)
            return
        await self._store(desk, message.partition)
        consumer.delivered(message)

    async def _told(self, desk: Desk, message: Message) -> bool:
        """Whether a finding has arrived, was refused for good, or had arrived before."""
        delivery = desk.take(message.value or b"", self._clock.now())
        if delivery is None:
            return True
        try:
            refused = await self._courier.carry(
                [delivery], lambda: self._consumer.is_current(message)
            )
        except NoLongerOursError:
            return False
        for each in refused:
            desk.drop(each.finding.finding)
        return self._consumer.is_ours(message)

    async def remind(self) -> None:
        """Tell what stands again, when a round is due."""
        if self._resend is None or self._clock.monotonic() < self._next_round:
            return
        self._next_round = self._clock.monotonic() + self._resend.total_seconds()
        for desk in list(self._desks.values()):
            for refused in await self._courier.remind(
                desk.standing(self._clock.now()), self._still_stands(desk)
            ):
                # Stored with the next finding: a table may only be written while one is in hand.
                desk.drop(refused.finding.finding)

    def _still_stands(self, desk: Desk) -> Callable[[Delivery], bool]:
        return lambda delivery: desk in self._desks.values() and desk.stands(delivery)

    async def _store(self, desk: Desk, partition: int) -> None:
        for finding, row in desk.changes():
            key = f"{partition}/{finding}".encode()
            if row is not None:
                self._table[key] = row
            elif key in self._table:
                del self._table[key]
        await self._table.settled(SETTLE_SECONDS_MAX)
