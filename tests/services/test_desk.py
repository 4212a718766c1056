"""The desk and a real Alertmanager: it rings once, stands while told again, and stands down."""

import asyncio
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from aiohttp import ClientSession

from rules.finding import Change, Finding, Severity
from stream.clock import SystemClock
from stream.desk.delivery import DeliveryRefusedError
from stream.desk.desk import Desk
from stream.desk.destinations.alertmanager import LAPSES_AFTER_ROUNDS, Alertmanager
from stream.desk.embedded import run_desk
from tests.desk.findings import OPENED, changed, line
from tests.desk.flaky import MemoryCursors, MemoryLog
from tests.desk.receivers import Receiver, receiver
from tests.services.services import Alertmanager as Server

RESEND = timedelta(seconds=0.4)
LAPSE_SECONDS = (RESEND * LAPSES_AFTER_ROUNDS).total_seconds()
SECONDS_MAX = 20.0


def telling(bell: Receiver) -> str:
    """An Alertmanager that rings at once, a case at a time, and never repeats itself."""
    return f"""\
route:
  receiver: bell
  group_by: [tenant, case]
  group_wait: 0s
  group_interval: 300ms
  repeat_interval: 4h
receivers:
  - name: bell
    webhook_configs:
      - url: http://{bell.address}/
        send_resolved: true
"""


@asynccontextmanager
async def desk(log: MemoryLog, cursors: MemoryCursors, server: Server) -> AsyncIterator[None]:
    """A desk that runs in the background and tells this Alertmanager."""
    destination = Alertmanager(server.url, resend=RESEND)
    running = asyncio.create_task(run_desk(log, cursors, [destination], SystemClock()))
    try:
        yield
    finally:
        running.cancel()
        with suppress(asyncio.CancelledError):
            await running


async def active(server: Server) -> list[dict[str, Any]]:
    """The alerts that stand, as Alertmanager lists them."""
    async with ClientSession(raise_for_status=True) as session:
        reply = await session.get(f"{server.url}/api/v2/alerts", params={"active": "true"})
        listed = await reply.json()
    return [each for each in listed if each["status"]["state"] == "active"]


async def until(holds: Callable[[list[dict[str, Any]]], bool], server: Server) -> None:
    """Wait until something holds of the alerts that stand."""
    async with asyncio.timeout(SECONDS_MAX):
        while not holds(await active(server)):
            await asyncio.sleep(0.05)


def rings(bell: Receiver) -> list[tuple[str, list[str]]]:
    """Each notification: its state, and the summaries in it."""
    told = [orjson.loads(each.body) for each in bell.heard]
    return [
        (each["status"], [alert["annotations"]["summary"] for alert in each["alerts"]])
        for each in told
    ]


def fresh(finding: Finding) -> Finding:
    """The same, just now."""
    return replace(finding, at=SystemClock().now())


async def test_an_alert_rings_once_stands_and_stands_down(tmp_path: Path) -> None:
    """One ring, however often it is told again; a confirmation rings no second time; one all-clear.

    It stands well past the time at which Alertmanager would have ended it by itself, and is gone
    as soon as it is withdrawn.
    """
    log, cursors, opened = MemoryLog(), MemoryCursors(), fresh(OPENED)
    confirmed = changed(opened, Change.CONFIRMED)
    async with receiver() as bell:
        server = Server(tmp_path, config=telling(bell))
        await asyncio.to_thread(server.start)
        try:
            async with desk(log, cursors, server):
                log.write(line(opened))
                await until(bool, server)
                (alert,) = await active(server)
                log.write(line(confirmed))
                await asyncio.sleep(2 * LAPSE_SECONDS)
                still = await active(server)
                log.write(line(changed(confirmed, Change.WITHDRAWN)))
                await until(lambda alerts: not alerts, server)
                async with asyncio.timeout(SECONDS_MAX):
                    while len(bell.heard) < 2:
                        await asyncio.sleep(0.05)
        finally:
            await asyncio.to_thread(server.stop)
        heard = rings(bell)

    assert alert["labels"]["finding"] == OPENED.finding
    assert alert["annotations"]["next_step"] == OPENED.next_step
    assert [each["fingerprint"] for each in still] == [alert["fingerprint"]]
    assert heard == [("firing", [OPENED.summary]), ("resolved", [OPENED.summary])]


async def test_an_alert_nobody_tells_again_ends_by_itself(alertmanager: Server) -> None:
    """Without the desk an alert lapses; when the desk is back, it stands again."""
    log, cursors = MemoryLog(), MemoryCursors()
    log.write(line(fresh(OPENED)))
    async with desk(log, cursors, alertmanager):
        await until(bool, alertmanager)

    await until(lambda alerts: not alerts, alertmanager)
    async with desk(log, cursors, alertmanager):
        await until(bool, alertmanager)


async def test_an_alert_that_grows_worse_stands_once(alertmanager: Server) -> None:
    """The alert under the old severity ends when the new one begins."""
    log, cursors, opened = MemoryLog(), MemoryCursors(), fresh(OPENED)
    async with desk(log, cursors, alertmanager):
        log.write(line(opened))
        await until(bool, alertmanager)
        log.write(line(changed(opened, Change.UPDATED, severity=Severity.CRITICAL)))
        await until(
            lambda alerts: [each["labels"]["severity"] for each in alerts] == ["critical"],
            alertmanager,
        )


async def test_what_alertmanager_finds_wrong_is_refused_for_good(alertmanager: Server) -> None:
    """Its own answer to an alert it can not read is a refusal, and the desk passes it over."""
    one = Alertmanager(alertmanager.url, link=lambda _: "no address at all")
    now = SystemClock().now()
    delivery = Desk(one.name, remembers=True).take(line(OPENED), now)
    assert delivery is not None

    with pytest.raises(DeliveryRefusedError, match="HTTP 4"):
        await one.deliver([delivery], now)
    await one.close()
