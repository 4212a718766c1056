"""The desk on the embedded host: each destination follows the findings log at its own pace."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Protocol

from rules.errors import FoureyesError
from rules.machines.contract import Record
from stream.canary.sighting import OnSighting, Sighting
from stream.clock import Clock
from stream.desk.alerts import Alerts
from stream.desk.courier import Courier, OnResult, Patience
from stream.desk.delivery import Destination
from stream.desk.desk import Memory
from stream.desk.naming import in_clear_of
from stream.desk.notes import Notes
from stream.desk.routing import Routes
from stream.log import logger

LOG = logger(__name__)


class FindingsLog(Protocol):
    """The findings, in partitions, each in order.

    - `partitions` is how many there are: 0, 1, … up to that.
    - `read` gives at most `limit` records of one partition from `position` (an offset) on, and
      nothing where there is none yet.
    - `wait` returns as soon as there may be something new, and after `timeout` seconds at the
      latest. Several may wait at once, and each must end when it is cancelled
      (`asyncio.wait_for` of Python 3.11 may swallow that).
    """

    @property
    def partitions(self) -> int: ...

    def read(self, partition: int, position: int, limit: int) -> Sequence[Record]: ...

    async def wait(self, timeout: float) -> None: ...  # noqa: ASYNC109 - the log's own limit


class Cursors(Protocol):
    """How far each destination has been told, and what its desk remembers.

    - `load` gives the positions (partition → next offset to read) and all rows of a destination;
      both are empty for a new one.
    - `save` stores, in one transaction, the positions handed in and the rows handed in (None:
      gone); what is not handed in stays as it is.
    """

    def load(self, destination: str) -> tuple[dict[int, int], dict[str, bytes]]: ...

    def save(
        self, destination: str, positions: Mapping[int, int], rows: Mapping[str, bytes | None]
    ) -> None: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskPace:
    """How the desk cuts its work. Sizes and times have their unit in the name."""

    read_records_max: int = 64
    """Findings of one partition that are delivered before the cursor is saved."""
    wait_seconds: float = 1.0
    """How long a quiet log is waited for before it is asked again."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DeskHooks:
    """Who wants to hear how it goes: `on_halt` is told the destination and the reason.

    `on_sighting` is told of the latest canary that came, also of one before this process.
    """

    on_result: OnResult = lambda _destination, _result: None
    on_halt: Callable[[str, str], None] = lambda _destination, _reason: None
    on_sighting: OnSighting = lambda _destination, _sighting: None


class DeskHaltedError(FoureyesError):
    """No destination is left: each has met a defect, and none of them will be told anything."""

    def __init__(self, *, reasons: Mapping[str, str]) -> None:
        self.reasons = dict(reasons)
        told = "; ".join(f"{destination}: {reason}" for destination, reason in reasons.items())
        super().__init__(f"the desk has halted: {told}")


async def run_desk(  # noqa: PLR0913 - what it works on comes first, how it works has names
    findings: FindingsLog,
    cursors: Cursors,
    destinations: Sequence[Destination],
    clock: Clock,
    *,
    pace: DeskPace | None = None,
    patience: Patience | None = None,
    memory: Memory | None = None,
    routes: Routes | None = None,
    notes: Callable[[], Notes] = Notes,
    hooks: DeskHooks | None = None,
) -> None:
    """Deliver until cancelled; the destinations are closed then.

    `notes` gives what people have said of alerts so far.

    A destination that is down is tried again and again and holds up no other. A destination that
    meets a defect (a finding that can not be read, a bug) halts where it stands: it is logged,
    `on_halt` is told, its cursor stays, and the others go on. Raises DeskHaltedError when none is
    left.
    """
    hooks = hooks or DeskHooks()
    outlets = [
        Outlet(
            findings,
            cursors,
            Courier(each, clock, patience=patience, on_result=hooks.on_result),
            clock,
            pace=pace,
            memory=memory,
            routes=routes,
            notes=notes,
            on_sighting=hooks.on_sighting,
        )
        for each in destinations
    ]
    try:
        reasons = await asyncio.gather(*(_until_halted(each, hooks) for each in outlets))
    finally:
        for each in destinations:
            await each.close()
    raise DeskHaltedError(
        reasons={each.name: reason for each, reason in zip(destinations, reasons, strict=True)}
    )


class Outlet:
    """One destination with its own desk and its own cursor.

    Delivers first and saves the cursor then: whoever is killed in between delivers again, under
    the same ids.
    """

    def __init__(  # noqa: PLR0913 - as for `run_desk`
        self,
        findings: FindingsLog,
        cursors: Cursors,
        courier: Courier,
        clock: Clock,
        *,
        pace: DeskPace | None = None,
        memory: Memory | None = None,
        routes: Routes | None = None,
        notes: Callable[[], Notes] = Notes,
        on_sighting: OnSighting = lambda _destination, _sighting: None,
    ) -> None:
        self.name = courier.destination.name
        self._findings = findings
        self._cursors = cursors
        self._courier = courier
        self._clock = clock
        self._pace = pace or DeskPace()
        self._resend = courier.destination.resend
        self._alerts = Alerts(
            self.name,
            resends=self._resend is not None,
            folds=courier.destination.tells_groups,
            routes=routes,
            memory=memory,
            in_clear=in_clear_of(courier.destination),
        )
        self._notes = notes
        self._on_sighting = on_sighting
        self._sighted: Sighting | None = None
        self._turn = asyncio.Lock()
        """What is due is carried and settled by one at a time."""
        self._positions: dict[int, int] = {}

    async def run(self) -> None:
        """Follow the log and remind, until cancelled. Raises what a defect raises."""
        self._positions, rows = self._cursors.load(self.name)
        self._alerts.restore(rows.items())
        self._sight()
        async with asyncio.TaskGroup() as all_three:
            all_three.create_task(self._follow())
            all_three.create_task(self._look())
            all_three.create_task(self._remind())

    async def _follow(self) -> None:
        while True:
            found = False
            for partition in range(self._findings.partitions):
                found |= await self._advance(partition)
            if not found:
                await self._findings.wait(self._pace.wait_seconds)

    async def _advance(self, partition: int) -> bool:
        """Deliver what is next in one partition; say whether there was anything."""
        position = self._positions.get(partition, 0)
        records = self._findings.read(partition, position, self._pace.read_records_max)
        if not records:
            return False
        async with self._turn:
            for each in records:
                self._alerts.take(each.value, self._clock.now())
            await self._tell()
            self._positions[partition] = records[-1].offset + 1
            self._save({partition: self._positions[partition]})
        return True

    async def _look(self) -> None:
        """Tell what has become due by time alone: what was held, and what rings again."""
        while True:
            await asyncio.sleep(self._pace.wait_seconds)
            async with self._turn:
                await self._tell()
                self._save({})

    async def _tell(self) -> None:
        self._alerts.heed(self._notes())
        refused = await self._courier.carry(self._alerts.due(self._clock.now()))
        self._alerts.settle(refused, self._clock.now())

    def _save(self, positions: Mapping[int, int]) -> None:
        rows = dict(self._alerts.changes())
        if positions or rows:
            self._cursors.save(self.name, positions, rows)
        self._sight()

    def _sight(self) -> None:
        """Say of a canary that it came, once that is kept."""
        sighting = self._alerts.sighting
        if sighting is not None and sighting != self._sighted:
            self._sighted = sighting
            self._on_sighting(self.name, sighting)

    async def _remind(self) -> None:
        """Tell what stands again: at once, since nobody knows how long we were away; then on."""
        while self._resend is not None:
            standing = self._alerts.standing(self._clock.now())
            for refused in await self._courier.remind(standing, self._alerts.stands):
                self._alerts.drop(refused.finding.finding)
            await asyncio.sleep(self._resend.total_seconds())


async def _until_halted(outlet: Outlet, hooks: DeskHooks) -> str:
    """Run one destination; give the reason when it can not go on."""
    try:
        await outlet.run()
    except Exception as defect:
        reason = _told(defect)
        # What we refuse to work on is a sentence; only a bug needs its traceback.
        trace = None if _is_ours(defect) else defect
        LOG.exception("desk halted", destination=outlet.name, reason=reason, exc_info=trace)
    else:
        reason = "it ended by itself"
    hooks.on_halt(outlet.name, reason)
    return reason


def _told(defect: Exception) -> str:
    """Say what went wrong; a group of tasks wraps it."""
    if isinstance(defect, ExceptionGroup):
        return "; ".join(_told(each) for each in defect.exceptions)
    return str(defect) or type(defect).__name__


def _is_ours(defect: Exception) -> bool:
    """Whether all that went wrong are errors of our own."""
    if isinstance(defect, ExceptionGroup):
        return all(_is_ours(each) for each in defect.exceptions)
    return isinstance(defect, FoureyesError)
