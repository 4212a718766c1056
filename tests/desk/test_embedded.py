"""The desk on the embedded host: each destination at its own pace, and nothing lost by dying."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.finding import Change, Finding
from stream.clock import FixedClock
from stream.desk.courier import Patience, Result
from stream.desk.delivery import Kind
from stream.desk.embedded import DeskHaltedError, DeskHooks, DeskPace, run_desk
from tests.desk.findings import NOON, OPENED, changed, line, lives, with_repeats
from tests.desk.flaky import Flaky, MemoryCursors, MemoryLog, down

PACE = DeskPace(read_records_max=3, wait_seconds=0.01)
HASTY = Patience(first_seconds=0.001, longest_seconds=0.004, look_up_seconds=0.001)
SOON = timedelta(milliseconds=5)


class DeathError(BaseException):
    """We die here, as by kill -9: nothing that would come after happens."""


@asynccontextmanager
async def running(
    log: MemoryLog, cursors: MemoryCursors, *destinations: Flaky, hooks: DeskHooks | None = None
) -> AsyncIterator[asyncio.Task[None]]:
    """A desk that runs in the background."""
    desk = asyncio.create_task(
        run_desk(
            log,
            cursors,
            destinations,
            FixedClock(NOON),
            pace=PACE,
            patience=HASTY,
            hooks=hooks,
        )
    )
    try:
        yield desk
    finally:
        desk.cancel()
        with suppress(asyncio.CancelledError):
            await desk


async def until(holds: Callable[[], bool]) -> None:
    """Wait until something holds."""
    async with asyncio.timeout(10):
        while not holds():
            await asyncio.sleep(0.001)


def told(destination: Flaky) -> list[Finding]:
    """What arrived, without what arrived already."""
    return list({each.id: each.finding for each in destination.arrived}.values())


@given(st.data())
@settings(max_examples=40, deadline=None)
def test_everything_is_told_once_and_in_order_whenever_we_die(data: st.DataObject) -> None:
    """Killed before any save, with a destination that fails now and then and a log that repeats.

    What was delivered before its cursor was saved comes again under the id it had; no finding's
    cursor passes before it was delivered; in the end each change was told, in the log's order.
    """
    findings = data.draw(lives())
    repeated = [line(each) for each in data.draw(with_repeats(findings))]
    deaths = set(data.draw(st.sets(st.integers(0, 6))))
    failures = data.draw(st.lists(st.booleans(), max_size=6))
    destination = Flaky(verdicts=[down() if each else None for each in failures])
    cursors = MemoryCursors()
    tries = 0

    def save() -> None:
        nonlocal tries
        tries += 1
        if tries - 1 in deaths:
            raise DeathError

    async def live_until_all_is_told() -> None:
        log, end = MemoryLog(), 2 * len(repeated) - 1
        log.write(*repeated)
        with suppress(BaseExceptionGroup):
            async with running(log, cursors, destination) as desk:
                await until(lambda: desk.done() or cursors.load("flaky")[0].get(0) == end)

    cursors.on_save = save
    for _ in range(len(deaths) + 1):
        asyncio.run(live_until_all_is_told())

    assert told(destination) == findings


async def test_a_destination_that_is_down_holds_up_no_other() -> None:
    """One is down for good, the other hears everything; nothing is saved for the one."""
    log, cursors = MemoryLog(), MemoryCursors()
    dead, alive = Flaky("dead", [down()] * 100_000), Flaky("alive")
    log.write(*(line(replace(OPENED, finding=f"f-{number}")) for number in range(10)))

    async with running(log, cursors, dead, alive):
        await until(lambda: len(alive.arrived) == 10)

    assert (len(told(alive)), dead.arrived) == (10, [])
    assert "dead" not in cursors.positions
    assert dead.is_closed
    assert alive.is_closed


async def test_a_destination_that_comes_back_has_missed_nothing() -> None:
    """After any number of failures everything arrives, in order."""
    log, cursors = MemoryLog(), MemoryCursors()
    destination = Flaky(verdicts=[down()] * 20)
    findings = [replace(OPENED, finding=f"f-{number}") for number in range(5)]
    log.write(*map(line, findings))

    async with running(log, cursors, destination):
        await until(lambda: len(destination.arrived) == 5)

    assert told(destination) == findings


async def test_what_comes_later_is_heard_on_every_partition() -> None:
    """A quiet log wakes the desk; partitions do not wait for each other."""
    log, cursors, destination = MemoryLog(partitions=3), MemoryCursors(), Flaky()

    async with running(log, cursors, destination):
        for number in range(6):
            log.write(line(replace(OPENED, finding=f"f-{number}")), partition=number % 3)
            await until(lambda count=number + 1: len(destination.arrived) == count)  # type: ignore[misc]

    assert cursors.positions["flaky"] == {0: 3, 1: 3, 2: 3}


async def test_an_alert_is_told_again_until_it_is_withdrawn() -> None:
    """Alertmanager forgets what it is not reminded of; after the withdrawal it hears no more."""
    log, cursors, destination = MemoryLog(), MemoryCursors(), Flaky(resend=SOON)
    log.write(line(OPENED))

    async with running(log, cursors, destination):
        await until(lambda: len(destination.arrived) >= 4)
        log.write(line(changed(OPENED, Change.WITHDRAWN)))
        await until(lambda: destination.arrived[-1].kind is Kind.RESOLVED)
        heard = len(destination.arrived)
        await asyncio.sleep(10 * SOON.total_seconds())

    assert {each.kind for each in destination.arrived[:-1]} == {Kind.FIRING}
    assert len({each.id for each in destination.arrived}) == 2
    assert len(destination.arrived) == heard


async def test_reminders_go_on_while_a_delivery_is_stuck() -> None:
    """One alert can not be brought through; those that stand are still kept alive."""

    class Picky(Flaky):
        async def deliver(self, deliveries, now) -> None:  # type: ignore[no-untyped-def]
            if any(each.finding.finding == "stuck" for each in deliveries):
                raise down()
            await super().deliver(deliveries, now)

    log, cursors = MemoryLog(), MemoryCursors()
    destination = Picky(resend=SOON, batch_max=1)
    log.write(line(OPENED))
    async with running(log, cursors, destination):
        await until(lambda: len(destination.arrived) >= 1)
        log.write(line(replace(OPENED, finding="stuck", case="REQ-9")))
        heard = len(destination.arrived)
        await until(lambda: len(destination.arrived) >= heard + 5)

    assert told(destination) == [OPENED]


async def test_a_restarted_desk_reminds_at_once() -> None:
    """Nobody knows how long we were away: what stands is told first, though nothing is new."""
    log, cursors = MemoryLog(), MemoryCursors()
    before, after = Flaky(resend=timedelta(hours=1)), Flaky(resend=timedelta(hours=1))
    log.write(line(OPENED))
    async with running(log, cursors, before):
        await until(lambda: cursors.saves == 1)

    async with running(log, cursors, after):
        await until(lambda: bool(after.arrived))

    assert [each.id for each in after.arrived] == [before.arrived[0].id]


async def test_a_refused_finding_is_passed_over_and_not_told_again() -> None:
    """What is refused for good does not block the rest, and is no longer among the reminders."""
    log, cursors, results = MemoryLog(), MemoryCursors(), list[Result]()
    wrong = replace(OPENED, finding="wrong")
    destination = Flaky(
        resend=timedelta(hours=1), refuses=lambda each: each.finding.finding == "wrong"
    )
    log.write(line(wrong), line(OPENED))
    hooks = DeskHooks(on_result=lambda _, result: results.append(result))

    async with running(log, cursors, destination, hooks=hooks):
        await until(lambda: cursors.saves == 1)

    assert told(destination) == [OPENED]
    assert sorted(results) == [Result.DELIVERED, Result.REJECTED]
    assert cursors.rows["flaky"]["wrong"] == b'{"number":1}'


async def test_a_finding_nobody_can_read_halts_only_where_it_stands() -> None:
    """A defect is never skipped: it is told, its cursor stays, and the other destinations go on."""
    log, cursors, halts = MemoryLog(), MemoryCursors(), list[tuple[str, str]]()

    class Broken(Flaky):
        async def deliver(self, *_: object) -> None:
            raise ZeroDivisionError("a bug")

    broken, sound = Broken("broken"), Flaky("sound")
    log.write(line(OPENED))
    hooks = DeskHooks(on_halt=lambda destination, reason: halts.append((destination, reason)))

    async with running(log, cursors, broken, sound, hooks=hooks):
        await until(lambda: bool(halts) and bool(sound.arrived))

    assert halts == [("broken", "a bug")]
    assert "broken" not in cursors.positions


async def test_a_desk_without_any_destination_left_ends() -> None:
    """When the last destination has halted there is nothing left to run, and that is an error."""
    log, cursors, destination = MemoryLog(), MemoryCursors(), Flaky()
    log.write(b"no finding")

    with pytest.raises(DeskHaltedError, match="flaky: a finding is b'no finding'") as halted:
        async with asyncio.timeout(10):
            await run_desk(log, cursors, [destination], FixedClock(NOON), pace=PACE)

    assert list(halted.value.reasons) == ["flaky"]
    assert destination.is_closed
