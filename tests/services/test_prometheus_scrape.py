"""What foureyes shows is what the SOC's Prometheus has: scraped, checked and asked for again."""

import asyncio
import subprocess
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

from aiohttp import ClientSession

from stream.clock import FixedClock
from stream.metric_labels import DeliveryResult, Outcome
from stream.metrics import Metrics
from stream.web.server import LOOPBACK, build_app, serve
from tests.metrics_page import NOON, a_finding, small
from tests.services.services import Prometheus
from tests.web.serving import always_ready

SECONDS_MAX = 30.0
CONFIG = """\
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: foureyes
    static_configs:
      - targets: ["{target}"]
"""


async def test_prometheus_has_the_numbers_that_foureyes_shows(tmp_path: Path) -> None:
    """Counters, control health and times arrive with their labels and values."""
    expected = {
        'foureyes_events_total{source="okta",outcome="recorded"}': 41,
        'sum(foureyes_finding_changes_total{change="opened"})': 1,
        'foureyes_control_answers{control="53 AC-5",verdict="broken"}': 5,
        'foureyes_source_reported_until_timestamp_seconds{source="okta"}': NOON.timestamp(),
        'foureyes_state_items{role="judge",partition="0",item="open_cases"}': 4,
        'up{job="foureyes"}': 1,
    }
    async with scraped(numbers(), tmp_path) as prometheus:
        found = {query: await first_value(prometheus, query) for query in expected}

    assert found == expected


async def test_the_first_of_its_kind_is_seen_as_an_increase(tmp_path: Path) -> None:
    """The first breach of a control ever: its series was there before it, at zero."""
    metrics = numbers()
    series = 'foureyes_finding_changes_total{rule="EVD-002",severity="high",change="opened"}'
    async with scraped(metrics, tmp_path) as prometheus:
        before = await first_value(prometheus, f"increase({series}[1m])")
        metrics.finding(a_finding(7, rule="EVD-002"))
        after = await first_value(prometheus, f"increase({series}[1m]) > 0")

    assert before == 0
    assert after > 0


async def test_promtool_finds_nothing_to_complain_about(tmp_path: Path) -> None:
    """Names, units, types and meanings, by Prometheus' own rules."""
    server = await serve(build_app(metrics=numbers(), readiness=always_ready))
    async with ClientSession(raise_for_status=True) as session:
        reply = await session.get(f"http://{LOOPBACK}:{server.port}/metrics")
        page = await reply.read()
    await server.close()

    checked = await asyncio.to_thread(
        subprocess.run,
        ["promtool", "check", "metrics"],
        input=page,
        capture_output=True,
        cwd=tmp_path,
        check=False,
    )
    assert (checked.returncode, checked.stdout, checked.stderr) == (0, b"", b"")


@asynccontextmanager
async def scraped(metrics: Metrics, directory: Path) -> AsyncIterator[str]:
    """Show these numbers, let a Prometheus read them every second, and give its address."""
    server = await serve(build_app(metrics=metrics, readiness=always_ready))
    config = CONFIG.format(target=f"{LOOPBACK}:{server.port}")
    prometheus = Prometheus(directory, config=config)
    try:
        await asyncio.to_thread(prometheus.start)
        yield prometheus.url
    finally:
        await asyncio.to_thread(prometheus.stop)
        await server.close()


async def first_value(url: str, query: str) -> float:
    """The first number Prometheus has for this query, once it has one."""
    async with ClientSession(raise_for_status=True) as session, asyncio.timeout(SECONDS_MAX):
        while True:
            reply = await session.get(f"{url}/api/v1/query", params={"query": query})
            result = (await reply.json())["data"]["result"]
            if result:
                return float(result[0]["value"][1])
            await asyncio.sleep(0.1)


def numbers() -> Metrics:
    """A process that has seen a little of everything."""
    metrics = small(FixedClock(NOON))
    metrics.events("okta", Outcome.RECORDED, 41)
    metrics.refused("okta", "unreadable")
    metrics.finding(a_finding(1))
    metrics.delivery("alertmanager", DeliveryResult.DELIVERED)
    metrics.health(0, {"APR-001": {"held": 9, "broken": 2}, "EVD-002": {"broken": 3}})
    metrics.reported("okta", NOON)
    metrics.heard("okta", NOON)
    metrics.lag("judge", 0, records=3, seconds=0.25)
    metrics.position("judge", 0, 41)
    metrics.sizes("judge", 0, {"open_cases": 4})
    metrics.halted("judge", 0, is_halted=False)
    return metrics
