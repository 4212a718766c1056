"""A day at the company ends in a handful of alerts: in a real Alertmanager, and by webhook."""

import asyncio
import base64
import re
import urllib.request
from contextlib import suppress
from datetime import datetime, timedelta
from pathlib import Path

import orjson
import pytest
import yaml

from stream.clock import SystemClock
from stream.desk.destinations.alertmanager import Alertmanager
from stream.desk.destinations.webhook import Webhook
from stream.desk.embedded import DeskPace, run_desk
from stream.desk.routes_file import load_routes
from stream.desk.routing import Routes
from tests.benchmarks.alerting import rung, stood_at_the_end
from tests.demo.staged import lines_of
from tests.deploy.names import DEPLOY
from tests.desk.flaky import MemoryCursors, MemoryLog
from tests.desk.receivers import Receiver, receiver
from tests.services.services import Alertmanager as Server

SECRET = f"whsec_{base64.b64encode(b'only-for-tests-0123456789abcdef!').decode()}"
HANDFUL = 5
HOUR_SECONDS = 1.5
"""How long an hour of the day takes here."""
SPAN = re.compile(r"(\d+)([smhd])\b")
UNITS = {"s": 1 / 3600, "m": 1 / 60, "h": 1.0, "d": 24.0}
LEAST_SECONDS = 0.3
"""Alertmanager gathers no faster than it is told of a group's alerts."""


def hastened(span: re.Match[str]) -> str:
    """A span of the shipped files, as much shorter as the day is."""
    seconds = max(LEAST_SECONDS, int(span[1]) * UNITS[span[2]] * HOUR_SECONDS)
    return f"{int(seconds * 1000)}ms"


def alertmanager_config(bell: Receiver) -> str:
    """The shipped configuration in haste, each of its receivers with a bell of its own."""
    told = yaml.safe_load((DEPLOY / "alertmanager" / "alertmanager.yml").read_text())
    told["receivers"] = [
        {
            "name": each["name"],
            "webhook_configs": [
                {"url": f"http://{bell.address}/{each['name']}", "send_resolved": False}
            ],
        }
        for each in told["receivers"]
    ]
    return re.sub(
        r"(?m)(group_wait|group_interval|repeat_interval): (.+)$",
        lambda line: f"{line[1]}: {SPAN.sub(hastened, line[2])}",
        yaml.safe_dump(told),
    )


def hasty_routes() -> Routes:
    """The shipped routes in haste."""
    shipped = load_routes(DEPLOY / "alerts.toml", ("webhook", "alertmanager"))
    hour = timedelta(seconds=HOUR_SECONDS)
    spans = ("wait", "calm")
    return Routes(
        route=tuple(
            each.model_copy(
                update={name: getattr(each, name) / timedelta(hours=1) * hour for name in spans}
            )
            for each in shipped.route
        )
    )


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The changes of findings of a small day."""
    changes, _ = lines_of(tmp_path_factory.mktemp("day") / "data", seed=4)
    return changes


async def told_in_its_order(day: list[str], log: MemoryLog) -> None:
    """Write a day's findings down as they came, at its hours, and wait for what they led to."""
    at = begin = datetime.fromisoformat(orjson.loads(day[0])["at"])
    for each in day:
        now = max(at, datetime.fromisoformat(orjson.loads(each)["at"]))
        await asyncio.sleep((now - at) / timedelta(hours=1) * HOUR_SECONDS)
        log.write(each.encode())
        at = now
    await asyncio.sleep((begin + timedelta(hours=14) - at) / timedelta(hours=1) * HOUR_SECONDS)


def held_by(server: Server) -> set[str]:
    """The findings that Alertmanager lists, those among them for which a worse one speaks."""
    with urllib.request.urlopen(f"{server.url}/api/v2/alerts", timeout=10) as answer:  # noqa: S310
        return {each["labels"]["finding"] for each in orjson.loads(answer.read())}


async def test_a_day_ends_in_a_handful_of_alerts(day: list[str], tmp_path: Path) -> None:
    """By the routes and the configuration that are shipped, with an hour in a second and a half.

    Alertmanager rings whoever is on call, and whoever looks by day, a few times; the webhook's few
    messages name every finding that stands, and Alertmanager holds all of them.
    """
    told = [orjson.loads(each) for each in day]
    stood_down = {each["finding"] for each in told if each["change"] == "withdrawn"}
    standing = {each["finding"] for each in told} - stood_down
    log = MemoryLog()
    async with receiver() as bell, receiver() as hook:
        server = Server(tmp_path, config=alertmanager_config(bell))
        await asyncio.to_thread(server.start)
        try:
            work = run_desk(
                log,
                MemoryCursors(),
                [Alertmanager(server.url), Webhook(f"http://{hook.address}/", SECRET)],
                SystemClock(),
                pace=DeskPace(wait_seconds=0.05),
                routes=hasty_routes(),
            )
            desk = asyncio.create_task(work)
            await told_in_its_order(day, log)
            held = await asyncio.to_thread(held_by, server)
            desk.cancel()
            with suppress(asyncio.CancelledError):
                await desk
        finally:
            await asyncio.to_thread(server.stop)

    posts = [orjson.loads(each.body) for each in hook.heard]
    rings = [each.path for each in bell.heard]
    assert sum(each["kind"] == "firing" for each in posts) <= HANDFUL
    assert {path: rings.count(path) <= HANDFUL for path in rings} == {
        "/on-call": True, "/in-hours": True
    }  # fmt: skip
    assert (standing - _named(hook), standing - held) == (set(), set())


def test_the_same_day_at_its_own_hours(day: list[str]) -> None:
    """By the shipped routes five messages in place of one for each change; none is lost."""
    shipped = rung(day, load_routes(DEPLOY / "alerts.toml", ("webhook",)))
    plain = rung(day, Routes())

    assert len(shipped.rings) <= HANDFUL < len(plain.rings)
    assert stood_at_the_end(day) - shipped.named == frozenset()


def _named(at: Receiver) -> set[str]:
    """The findings that our messages named to a receiver."""
    told = [orjson.loads(each.body) for each in at.heard]
    return {one["finding"] for each in told for one in (each["data"], *each.get("also", ()))}
