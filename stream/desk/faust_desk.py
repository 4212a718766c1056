"""The desks of one Faust worker: delivered first, remembered durably then, committed last."""

import asyncio
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import cast

from faust.types import EventT, Message

from rules.errors import FoureyesError
from rules.machines.contract import FINDINGS
from stream.canary.sighting import OnSighting, Sighting
from stream.clock import Clock
from stream.desk.alerts import Alerts
from stream.desk.courier import Courier, NoLongerOursError
from stream.desk.delivery import Delivery
from stream.desk.desk import Memory
from stream.desk.faust_driver import DeskApp, DeskConsumer, partitions_of
from stream.desk.faust_table import DurableTable
from stream.desk.naming import in_clear_of
from stream.desk.notes import Notes
from stream.desk.routing import Routes
from stream.log import logger

LOG = logger(__name__)

SETTLE_SECONDS_MAX = 60.0
"""How long the brokers may take to store what the desk remembers."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Duty:
    """What a desk remembers, and whom it tells when."""

    memory: Memory = field(default_factory=Memory)
    routes: Routes = field(default_factory=Routes)
    notes: Notes = field(default_factory=Notes)
    """What people have said so far; whoever hears more of it adds to it."""
    on_sighting: OnSighting = lambda _destination, _sighting: None
    """Told of the latest canary that came to a desk of this worker, also before it was ours."""


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
        self, app: DeskApp, table: DurableTable, courier: Courier, clock: Clock, duty: Duty
    ) -> None:
        self._app = app
        self._table = table
        self._courier = courier
        self._clock = clock
        self._duty = duty
        self._turn = asyncio.Lock()
        """What is due is carried, settled and stored by one at a time."""
        self._resend = courier.destination.resend
        self._desks: dict[int, Alerts] = {}
        self._sighted: Sighting | None = None
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
        self._sight()
        # Nobody knows how long the alerts were not told: remind at once.
        self._next_round = self._clock.monotonic()

    def _restored(self, partition: int) -> Alerts:
        """Read one partition's desk out of the table."""
        destination = self._courier.destination
        desk = Alerts(
            destination.name,
            resends=self._resend is not None,
            folds=destination.tells_groups,
            routes=self._duty.routes,
            memory=self._duty.memory,
            in_clear=in_clear_of(destination),
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
        """Deliver one finding, unless its route holds it. Raises what a defect raises.

        What a rebalance takes out of our hands is left to whoever owns the partition next, and so
        is all that follows in the same flow.
        """
        async with self._turn:
            await self._take(event.message)

    async def _take(self, message: Message) -> None:
        consumer = self._consumer
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

    async def _told(self, desk: Alerts, message: Message) -> bool:
        """Whether a finding has arrived, was refused for good, is held, or had arrived before."""
        desk.take(message.value or b"", self._clock.now())
        if not await self._carried(desk, lambda: self._consumer.is_current(message)):
            return False
        return self._consumer.is_ours(message)

    async def _carried(self, desk: Alerts, ours: Callable[[], bool]) -> bool:
        """Carry what is due; say whether it was ours to the end."""
        desk.heed(self._duty.notes)
        try:
            refused = await self._courier.carry(desk.due(self._clock.now()), ours)
        except NoLongerOursError:
            return False
        desk.settle(refused, self._clock.now())
        return True

    async def look(self) -> None:
        """Tell what has become due by time alone: what was held, and what rings again."""
        for partition in list(self._desks):
            async with self._turn:
                await self._look(partition)

    async def _look(self, partition: int) -> None:
        desk = self._desks.get(partition)

        def is_ours() -> bool:
            return desk is not None and self._desks.get(partition) is desk

        if desk is not None and await self._carried(desk, is_ours) and is_ours():
            await self._store(desk, partition)

    async def remind(self) -> None:
        """Tell what stands again, when a round is due."""
        if self._resend is None or self._clock.monotonic() < self._next_round:
            return
        self._next_round = self._clock.monotonic() + self._resend.total_seconds()
        for desk in list(self._desks.values()):
            for refused in await self._courier.remind(
                desk.standing(self._clock.now()), self._still_stands(desk)
            ):
                desk.drop(refused.finding.finding)

    def _still_stands(self, desk: Alerts) -> Callable[[Delivery], bool]:
        return lambda delivery: desk in self._desks.values() and desk.stands(delivery)

    async def _store(self, desk: Alerts, partition: int) -> None:
        for name, row in desk.changes():
            key = f"{partition}/{name}".encode()
            if row is not None:
                self._table[key] = row
            elif key in self._table:
                del self._table[key]
        await self._table.settled(SETTLE_SECONDS_MAX)
        self._sight()

    def _sight(self) -> None:
        """Say of the latest canary that it came, once that is kept."""
        found = [each.sighting for each in self._desks.values() if each.sighting is not None]
        latest = max(found, default=None, key=lambda each: each.seen_at)
        if latest is not None and latest != self._sighted:
            self._sighted = latest
            self._duty.on_sighting(self._courier.destination.name, latest)
