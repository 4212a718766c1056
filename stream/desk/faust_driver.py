"""What the desk needs of Faust and Faust 0.15.3 does not do: each override with its reason.

Private names are overridden, so the version is pinned; tests/kafka/test_desk.py runs all of this
against a real broker.

| Faust 0.15.3 | here |
|---|---|
| reads records of aborted transactions | reads what was committed, and nothing else |
| commits past messages in work, and past messages it skipped in a rebalance | commits what the desk says it has delivered |
| gets stuck at the gaps that transaction markers leave in the offsets | does not look at gaps |
| around a rebalance, drops what it has read, and does not read it again | begins again at what was committed, after each stop |
| stays where it is when told to seek and nothing was committed yet | goes back to the beginning |
| calls an agent that waits for its destination hanging | waiting is what the desk does |
| fails when it is told to stop while it starts | `DeskWorker` can tell |
| makes directories for tables that live in memory | makes none |
"""  # noqa: E501 - a table's rows are lines

import asyncio
import io
import logging
from collections.abc import AsyncIterator, Iterable, Iterator, Mapping
from typing import Any, ClassVar, cast

import faust
from faust.tables.manager import TableManager
from faust.transport.consumer import RecordMap
from faust.transport.drivers import aiokafka as driver
from faust.types import TP, Message
from faust.types.transports import ConsumerT, TransportT

FAUST_LOG = logging.getLogger("faust.desk")
"""What Faust says through our classes is Faust's talk, and limited as such."""
SEEK_AGAIN_SECONDS = 0.1
"""How long the brokers are left alone after they could not say what was asked."""


class CommittedThread(driver.AIOKafkaConsumerThread):
    """Reads records of committed transactions only."""

    logger = FAUST_LOG

    def _create_worker_consumer(self, transport: driver.Transport) -> Any:
        consumer = super()._create_worker_consumer(transport)
        # Faust asks for this only where it writes in transactions itself.
        consumer._isolation_level = "read_committed"  # noqa: SLF001
        return consumer


class DeskConsumer(driver.Consumer):
    """Hands out, whenever the flow has begun anew, all from what was committed on, and in order.

    - Around a rebalance Faust stops and resumes the flow, empties queues, drops the rest of a
      batch and reads before it has sought. So each span between two of these is a *flow* with a
      number; the first read of a flow seeks, and a message belongs to the flow it was read in.
      Within one flow nothing is dropped; whatever is left over from another is void.
    - Commits, per partition, the offset after the last message that was `delivered`. The desk
      delivers one message at a time and in order, so that is all there is to know. Faust's own
      acknowledgements are not looked at: it also acknowledges what it skips.
    """

    logger = FAUST_LOG

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.flow = 0
        self._read_in = -1
        self._to_resume: set[TP] = set()
        self._delivered: dict[TP, tuple[int | None, int]] = {}
        """Generation and next offset. What an earlier generation delivered is not ours to say."""

    def flow_of(self, message: Message) -> int:
        """Say in which flow a message was read."""
        return cast(int, message.flow)  # type: ignore[attr-defined]

    def is_current(self, message: Message) -> bool:
        """Whether a message was read in this flow, and so neither void nor to come again."""
        return self.flow_of(message) == self.flow and self.is_ours(message)

    def is_ours(self, message: Message) -> bool:
        """Whether the partition has been ours, and nobody else's, since the message was read."""
        return bool(message.generation_id == self.app.consumer_generation_id)

    def delivered(self, message: Message) -> None:
        """Let everything up to and with this message be committed."""
        if self.is_ours(message):
            self._delivered[message.tp] = (message.generation_id, message.offset + 1)

    def count_partitions(self, topic: str) -> int | None:
        """How many partitions a topic has; None while the brokers have not said so.

        Faust's `topic_partitions` knows it only in the worker that leads the group.
        """
        found = self._thread._ensure_consumer()._client.cluster.partitions_for_topic(topic)  # noqa: SLF001
        return len(found) if found else None

    def ack(self, message: Message) -> bool:
        """Note that Faust is done with a message; it says nothing about delivery."""
        message.acked = True
        self._unacked_messages.discard(message)
        return True

    def stop_flow(self) -> None:
        """End this flow; partitions that wait for room wait for a new assignment now."""
        self.flow += 1
        super().stop_flow()
        self._to_resume.clear()
        # Else an agent that looks at its empty queue would let them in again.
        self._buffered_partitions.clear()

    def resume_partitions(self, tps: Iterable[TP]) -> None:
        """Let changelogs in at once, and findings with the next flow: they belong to no other."""
        changelogs = {tp for tp in tps if self._is_changelog_tp(tp)}
        self._to_resume |= set(tps) - changelogs
        super().resume_partitions(changelogs)

    def resume_flow(self) -> None:
        """Begin a flow, with what was told to resume."""
        self.flow += 1
        super().resume_partitions(self._to_resume)
        self._to_resume.clear()
        super().resume_flow()

    async def perform_seek(self) -> None:
        """Go back to what was committed, and to the beginning where nothing was."""
        await super().perform_seek()
        never = [
            driver.ensure_aiokafka_TP(tp)
            for tp in self.assignment()
            if not self._is_changelog_tp(tp) and self._committed_offset[tp] is None
        ]
        if never:
            await self._thread.seek_to_beginning(*never)

    async def getmany(self, timeout: float) -> AsyncIterator[tuple[TP, Message]]:  # noqa: ASYNC109 - Faust's
        """Hand out what one read gives, for as long as its flow lasts."""
        async for tp, message in super().getmany(timeout):
            if self._read_in != self.flow:
                return
            message.flow = self._read_in  # type: ignore[attr-defined]
            yield tp, message

    async def _getmany(self, active_partitions: set[TP] | None, timeout: float) -> RecordMap:  # noqa: ASYNC109 - Faust's
        flow = self.flow
        if self._read_in != flow and not await self._has_sought():
            return {}
        self._read_in = flow
        records = await super()._getmany(active_partitions, timeout)
        return records if flow == self.flow else {}

    async def _has_sought(self) -> bool:
        """Go to where a flow begins: findings at what was committed, changelogs at what we have."""
        recovery = cast(TableManager, self.app.tables).recovery
        try:
            await self.perform_seek()
            if recovery.in_recovery:
                await recovery._seek_offsets(  # noqa: SLF001
                    self, recovery.active_tps, recovery.active_offsets, "active"
                )
        except Exception as error:  # noqa: BLE001 - a rebalance came between: so does a flow
            self.log.info("Could not seek yet: %r", error)
            await asyncio.sleep(SEEK_AGAIN_SECONDS)
            return False
        return True

    def verify_event_path(self, now: float, tp: TP) -> None:
        """Find nothing wrong with waiting."""

    def _new_consumer_thread(self) -> CommittedThread:
        return CommittedThread(self, loop=self.loop, beacon=self.beacon)

    def _filter_tps_with_pending_acks(self, topics: Any = None) -> Iterator[TP]:
        return (
            tp for tp in self._delivered if topics is None or tp in topics or tp.topic in topics
        )

    def _new_offset(self, tp: TP) -> int | None:
        generation, offset = self._delivered[tp]
        return offset if generation == self.app.consumer_generation_id else None

    async def _add_gap(self, tp: TP, offset_from: int, offset_to: int) -> None:
        """Keep no account of gaps: markers and aborted records are not ours to deliver."""


class DeskTransport(driver.Transport):
    """Kafka, read as above."""

    Consumer: ClassVar[type[ConsumerT]] = DeskConsumer


class DeskApp(faust.App):
    """A Faust application on the transport above."""

    logger = FAUST_LOG

    def _new_transport(self) -> TransportT:
        return DeskTransport(self.conf.broker_consumer, self)

    def _create_directories(self) -> None:
        """Make none: the tables live in memory."""


class DeskWorker(faust.Worker):
    """Runs an application in this process; `was_told_to_stop` by a signal."""

    logger = FAUST_LOG

    def __init__(self, app: faust.App) -> None:
        super().__init__(
            app,
            quiet=True,
            override_logging=False,
            redirect_stdouts=False,
            # What ends it is logged; the same once more as a plain traceback helps nobody.
            stderr=io.StringIO(),
        )
        # It draws on standard output, which belongs to the findings.
        self.spinner = None

    @property
    def was_told_to_stop(self) -> bool:
        """Whether SIGTERM or SIGINT has come."""
        return self._signal_stop_time is not None


def is_crashed(app: faust.App) -> bool:
    """Whether a part without which nothing is read has crashed, though the process lives."""
    return any(part.crashed for part in (app, app.consumer, app._fetcher))  # noqa: SLF001


def partitions_of(app: faust.App) -> Mapping[str, set[int]]:
    """Which partitions of which topics this worker owns just now."""
    owned: dict[str, set[int]] = {}
    for tp in app.assignor.assigned_actives():
        owned.setdefault(tp.topic, set()).add(tp.partition)
    return owned
