"""A day at the company ends in a handful of alerts: in a real Alertmanager, and by webhook."""

import asyncio
import base64
from contextlib import suppress
from pathlib import Path

import orjson
import pytest

from stream.clock import SystemClock
from stream.desk.destinations.alertmanager import Alertmanager
from stream.desk.destinations.webhook import Webhook
from stream.desk.embedded import DeskPace, run_desk
from stream.desk.routing import Routes
from tests.demo.staged import lines_of
from tests.desk.flaky import MemoryCursors, MemoryLog
from tests.desk.receivers import Receiver, receiver
from tests.services.services import Alertmanager as Server

SECRET = f"whsec_{base64.b64encode(b'only-for-tests-0123456789abcdef!').decode()}"
SECONDS_MAX = 60.0
HANDFUL = 5
CONFIG = """\
route:
  receiver: bell
  group_by: [tenant, severity]
  group_wait: 3s
  group_interval: 1h
  repeat_interval: 4h
receivers:
  - name: bell
    webhook_configs:
      - url: http://{bell}/
        send_resolved: true
"""
ROUTES = Routes.model_validate(
    {
        "route": [
            {
                "name": "wakes somebody",
                "severities": ["critical"],
                "destinations": ["webhook", "alertmanager"],
                "group_by": "workflow",
                "wait": "2s",
                "calm": "1h",
            },
            {"name": "by day", "destinations": ["alertmanager"]},
        ]
    }
)


@pytest.fixture(scope="module")
def day(tmp_path_factory: pytest.TempPathFactory) -> list[str]:
    """The changes of findings of a small day."""
    changes, _ = lines_of(tmp_path_factory.mktemp("day") / "data", seed=4)
    return changes


def messages(at: Receiver) -> list[dict[str, object]]:
    """What a receiver was told."""
    return [orjson.loads(each.body) for each in at.heard]


async def test_a_day_ends_in_a_handful_of_alerts(day: list[str], tmp_path: Path) -> None:
    """Alertmanager rings once for each severity; the webhook once for each workflow that burns.

    Nothing is lost by that: Alertmanager holds every finding that stands, and the webhook's few
    messages name every critical one.
    """
    told = [orjson.loads(each) for each in day]
    critical = {each["finding"] for each in told if each["severity"] == "critical"}
    stood_down = {each["finding"] for each in told if each["change"] == "withdrawn"}
    standing = {each["finding"] for each in told} - stood_down
    log = MemoryLog()
    log.write(*(each.encode() for each in day))
    async with receiver() as bell, receiver() as hook:
        server = Server(tmp_path, config=CONFIG.format(bell=bell.address))
        await asyncio.to_thread(server.start)
        try:
            work = run_desk(
                log,
                MemoryCursors(),
                [Alertmanager(server.url), Webhook(f"http://{hook.address}/", SECRET)],
                SystemClock(),
                pace=DeskPace(wait_seconds=0.2),
                routes=ROUTES,
            )
            desk = asyncio.create_task(work)
            async with asyncio.timeout(SECONDS_MAX):
                while _named(bell) < standing or _named(hook) < critical - stood_down:
                    await asyncio.sleep(0.2)
            desk.cancel()
            with suppress(asyncio.CancelledError):
                await desk
        finally:
            await asyncio.to_thread(server.stop)
        rings, posts = messages(bell), messages(hook)

    assert len(rings) <= HANDFUL
    assert len(posts) <= len(critical) < len(standing)


def _named(at: Receiver) -> set[str]:
    """The findings that were named to a receiver, by Alertmanager or by us."""
    named = set()
    for each in (orjson.loads(one.body) for one in at.heard):
        named |= {alert["labels"]["finding"] for alert in each.get("alerts", ())}
        named |= {one["finding"] for one in (each.get("data"), *each.get("also", ())) if one}
    return named
