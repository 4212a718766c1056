"""`foureyes run` on the embedded host: one process, one data directory, no server needed."""

import asyncio
import json
import sys
from collections import deque
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Self, TypeVar

from rules.machines.contract import FINDINGS, Output
from rules.machines.routing import Layout
from rules.policy import Policy
from stream.clock import Clock
from stream.hosts.contract import Pace, Role
from stream.hosts.embedded import EmbeddedHost, Round, Standing
from stream.hosts.store import DataDirectoryError, StorageUnavailableError, Store
from stream.intake.control import SOURCE, is_policy, policy_record
from stream.log import logger
from stream.progress import Meter
from stream.running.restoring import say
from stream.running.roles import Plan
from stream.running.stored_findings import StoredFindings
from stream.running.watch import Machines
from stream.settings import CLEAR, KEYED
from stream.topics import FACTS_PEOPLE, RAW, raw_topic
from stream.web.receive import Receipt
from stream.web.receive import StorageUnavailableError as CannotStoreError

LOG = logger(__name__)
T = TypeVar("T")

LAYOUT = Layout(journal=2, links=1)
"""The embedded host's partitions: one process works them all, so two are enough to be honest."""
RAW_PARTITIONS = 1
RETRY_SECONDS = 1.0
"""How long a storage that can not be written is left alone before it is tried again."""
STOPPING = "foureyes is stopping"
FACTS_AT_ONCE = 1_000
"""Stored facts that are read at once."""
ROUND_BODIES_MAX = 500
"""Bodies made durable in one transaction at most."""
BODIES_WAITING_MAX = 5_000
"""Bodies that wait for that. A sender that has given up has left its place to the next one, and
its body here: without a limit a storage that hangs would have them pile up."""


@dataclass(frozen=True, slots=True)
class _Body:
    """What is taken in at once: bodies of one source, and facts that stand behind them."""

    source: str
    values: tuple[bytes, ...]
    stored: asyncio.Future[Receipt]
    facts: tuple[tuple[str, str], ...] = ()


class EmbeddedRun:
    """The embedded host at work: bodies in, rounds in a thread of their own, findings out.

    Use it as an async context: entering restores the machines and begins, leaving writes
    checkpoints and closes. `accept` returns once a body is durable.
    """

    def __init__(  # noqa: PLR0913 - what it works on comes first, how it works has names
        self,
        directory: Path,
        plan: Plan,
        roles: Sequence[Role],
        *,
        pace: Pace,
        clock: Clock,
        raw_kept: timedelta | None = None,
    ) -> None:
        """Open the data directory; `raw_kept` is how long bodies are kept as they came."""
        self.trouble: str | None = None
        """Why nothing can be stored at present, if so."""
        self.desk_halts: dict[str, str] = {}
        """Destinations that nobody tells anything any more, and why."""
        self._directory = directory
        self._store = Store(directory, overwrites=raw_kept is not None)
        check_names(self._store, directory, is_keyed=plan.veil is not None)
        check_layout(self._store, directory, plan.layout)
        self._raw_kept = raw_kept
        self._emptied: dict[tuple[str, int], int] = {}
        """Up to where bodies have gone: they are not looked at again."""
        self._roles = roles
        self._host = EmbeddedHost(self._store, roles, clock=clock, pace=pace)
        self._plan = plan
        self._pace = pace
        self._clock = clock
        self._thread = ThreadPoolExecutor(1, thread_name_prefix="foureyes-host")
        self._bodies: deque[_Body] = deque()
        self._news = asyncio.Event()
        self._findings = asyncio.Condition()
        self._closing = False
        self._told_halts: set[tuple[str, int]] = set()
        self.task: asyncio.Task[None]
        """The work itself: it ends when asked to finish, or with what went wrong."""

    async def __aenter__(self) -> Self:
        """Restore the machines, put the policy in force, begin."""
        try:
            await self._in_thread(lambda: know_stored(self._store, self._plan))
            await self._in_thread(self._restore)
            await self._in_thread(
                lambda: put_policy(self._store, self._host, self._plan.policy, self._clock)
            )
        except BaseException:
            self._store.close()
            self._thread.shutdown()
            raise
        self.task = asyncio.create_task(self._work())
        return self

    def _restore(self) -> None:
        with Meter("restoring", sys.stderr, self._clock, say=say) as meter:
            self._host.open(meter)

    async def __aexit__(self, *_: object) -> None:
        """Finish, and let go of the data directory."""
        await self.finish()
        try:
            await self._in_thread(self._host.close)
        finally:
            self._thread.shutdown()

    async def finish(self) -> None:
        """End in order: take nothing more in, finish the round under way."""
        self._closing = True
        self._news.set()
        await asyncio.wait({self.task})

    async def accept(self, source: str, body: bytes) -> Receipt:
        """Take a body in; returns once it is durable. Raises CannotStoreError."""
        return await self._take(source, (body,), ())

    async def keep(self, source: str, bodies: Sequence[bytes], name: str, value: str) -> None:
        """Take bodies in and remember a fact, all in one transaction. Raises CannotStoreError."""
        await self._take(source, tuple(bodies), ((name, value),))

    async def remembered(self, name: str) -> str | None:
        """Give such a fact; None where there is none. Raises CannotStoreError."""
        try:
            return await self._in_thread(lambda: self._store.remembered(name))
        except StorageUnavailableError as error:
            raise CannotStoreError(storage=str(self._directory), reason=error.reason) from error

    async def _take(
        self, source: str, values: tuple[bytes, ...], facts: tuple[tuple[str, str], ...]
    ) -> Receipt:
        if self._closing or self.task.done():
            raise CannotStoreError(storage=str(self._directory), reason=STOPPING)
        if len(self._bodies) >= BODIES_WAITING_MAX:
            reason = f"{BODIES_WAITING_MAX} bodies wait to be stored"
            raise CannotStoreError(storage=str(self._directory), reason=reason)
        stored: asyncio.Future[Receipt] = asyncio.get_running_loop().create_future()
        self._bodies.append(_Body(source, values, stored, facts))
        self._news.set()
        return await asyncio.shield(stored)

    async def enter(self, outputs: Sequence[Output]) -> None:
        """Put records of our own into the record. Raises StorageUnavailableError."""
        await self._in_thread(lambda: self._host.step(outputs))
        async with self._findings:
            self._findings.notify_all()

    async def inspect(self, look: Callable[[Machines, list[Standing]], None]) -> None:
        """Let somebody look at the machines and where they stand, between two rounds."""
        await self._in_thread(lambda: look(self._host.machines(), self._host.standings()))

    async def let_go(self) -> None:
        """Let bodies go that have had their time and were read, as far as the settings say."""
        if self._raw_kept is not None:
            await self._in_thread(self._let_go)

    def _let_go(self) -> None:
        before = round((self._clock.now() - (self._raw_kept or timedelta())).timestamp() * 1000)
        for role in self._roles:
            if role.log.startswith(RAW) and role.log != raw_topic(SOURCE):
                for partition in range(role.partitions):
                    head = self._store.head(role.name, partition)
                    below = head.position if head else 0
                    place = role.log, partition
                    self._emptied[place] = self._store.empty(
                        *place, begin=self._emptied.get(place, 0), below=below, before_ms=before
                    )

    def reasons(self) -> list[str]:
        """Why this process is not ready; nothing if it is."""
        halted = [str(halt) for halt in self._host.halts.values()]
        desks = [f"the desk of {name} stopped: {why}" for name, why in self.desk_halts.items()]
        return [*halted, *desks, *([self.trouble] if self.trouble else [])]

    def findings(self) -> StoredFindings:
        """The findings log, for the desk."""
        return StoredFindings(self._directory, self._plan.layout.journal, self._findings)

    # --- rounds -----------------------------------------------------------------------------

    async def _work(self) -> None:
        try:
            await self._go_on()
        finally:
            # After what went wrong: nobody is left waiting for an answer that can not come.
            self._refuse(self._taken_bodies(), STOPPING)

    async def _go_on(self) -> None:
        loop = asyncio.get_running_loop()
        pulse_at = loop.time()
        while not (self._closing and not self._bodies):
            is_due = loop.time() >= pulse_at
            done = await self._round(self._taken_bodies(), pulse=is_due)
            if is_due:
                pulse_at = loop.time() + self._pace.pulse_seconds
            if done is not None and done.is_idle and not self._bodies:
                await self._wait_for_news(pulse_at - loop.time())

    async def _round(self, bodies: list[_Body], *, pulse: bool) -> Round | None:
        raw = [Output(raw_topic(body.source), 0, each) for body in bodies for each in body.values]
        facts = [fact for body in bodies for fact in body.facts]
        try:
            done = await self._in_thread(lambda: self._host.step(raw, facts=facts, pulse=pulse))
        except StorageUnavailableError as error:
            self._refuse(bodies, error.reason)
            await self._put_off(error)
            return None
        except BaseException:
            self._refuse(bodies, STOPPING)
            raise
        self.trouble = None
        self._tell_halts()
        self._acknowledge(bodies, done.offsets)
        if any(output.log == FINDINGS for _, _, said in done.said for output in said):
            async with self._findings:
                self._findings.notify_all()
        return done

    def _acknowledge(self, bodies: list[_Body], offsets: list[int]) -> None:
        """Tell each sender where its (first) body lies."""
        at = 0
        for body in bodies:
            if not body.stored.done():
                log, offset = raw_topic(body.source), offsets[at] if body.values else -1
                body.stored.set_result(Receipt(log=log, partition=0, offset=offset))
            at += len(body.values)

    def _taken_bodies(self) -> list[_Body]:
        count = min(len(self._bodies), ROUND_BODIES_MAX)
        return [self._bodies.popleft() for _ in range(count)]

    def _refuse(self, bodies: list[_Body], reason: str) -> None:
        """Tell the senders that nothing was stored."""
        for body in bodies:
            if not body.stored.done():
                refusal = CannotStoreError(storage=str(self._store.path), reason=reason)
                body.stored.set_exception(refusal)
                # Its sender may have gone: then nobody else looks at it.
                body.stored.exception()

    async def _put_off(self, error: StorageUnavailableError) -> None:
        """Leave the storage alone for a while."""
        self.trouble = str(error)
        LOG.error("storage unavailable", reason=error.reason, retry_seconds=RETRY_SECONDS)
        await asyncio.sleep(RETRY_SECONDS)

    def _tell_halts(self) -> None:
        for key, halt in self._host.halts.items():
            if key not in self._told_halts:
                self._told_halts.add(key)
                LOG.error(
                    "partition halted",
                    role=halt.role,
                    partition=halt.partition,
                    position=halt.position,
                    reason=halt.reason,
                )

    async def _wait_for_news(self, seconds: float) -> None:
        self._news.clear()
        if seconds > 0 and not self._closing and not self._bodies:
            try:
                async with asyncio.timeout(seconds):
                    await self._news.wait()
            except TimeoutError:
                return

    async def _in_thread(self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._thread, work)


def know_stored(store: Store, plan: Plan) -> None:
    """Learn again what sources have said of accounts, before anything is stamped."""
    position = 0
    while plan.hearing and (records := store.read(FACTS_PEOPLE, 0, position, FACTS_AT_ONCE)):
        for record in records:
            place = f"{FACTS_PEOPLE}@{record.offset}"
            plan.hearing.know(json.loads(record.value), place, plan.clock.now())
        position = records[-1].offset + 1


def put_policy(store: Store, host: EmbeddedHost, policy: Policy, clock: Clock) -> None:
    """Write the policy in force into the record, unless it says so already."""
    log = raw_topic(SOURCE)
    last = None
    for offset in range(store.end(log, 0) - 1, -1, -1):
        last = store.read(log, 0, offset, 1)[0].value
        if is_policy(last):
            break
    else:
        last = None
    record = policy_record(policy, last, clock.now())
    if record is not None:
        host.step([Output(log, 0, record)])


def check_names(store: Store, directory: Path, *, is_keyed: bool) -> None:
    """Refuse to go on otherwise than it was begun: a name and its pseudonym are two people."""
    wanted = KEYED if is_keyed else CLEAR
    known = store.remembered("names") or (CLEAR if store.remembered("layout") else None)
    if known is None:
        with store.transaction():
            store.remember("names", wanted)
    elif known != wanted:
        store.close()
        raise DataDirectoryError(
            path=directory, found=f"names that are {known}", expected=f"FOUREYES_NAMES={known}"
        )


def check_layout(store: Store, directory: Path, layout: Layout) -> None:
    """Refuse a record that was begun with other partitions: cases would be looked for in vain."""
    wanted = f"journal {layout.journal}, links {layout.links}"
    known = store.remembered("layout")
    if known is None:
        with store.transaction():
            store.remember("layout", wanted)
    elif known != wanted:
        store.close()
        raise DataDirectoryError(path=directory, found=f"partitions {known}", expected=wanted)
