"""The services that other tests trust are the real ones: they take, list and scrape."""

import asyncio
from pathlib import Path
from urllib.parse import urlsplit

import pytest
from aiohttp import ClientSession, web
from aiohttp.test_utils import TestServer

from tests.servers import ServerFailedError
from tests.services.services import Alertmanager, Prometheus, promtool

PAGE = "foureyes_smoke_total 42\n"
SECONDS_MAX = 30.0


async def test_alertmanager_takes_an_alert_and_lists_it(alertmanager: Alertmanager) -> None:
    """What is posted to the second version of its interface is there to be read."""
    alert = {"labels": {"alertname": "self-approval"}, "annotations": {"summary": "bo, twice"}}
    alerts = f"{alertmanager.url}/api/v2/alerts"

    async with ClientSession(raise_for_status=True) as session:
        await (await session.post(alerts, json=[alert])).read()
        listed = await (await session.get(alerts)).json()

    assert [each["labels"] for each in listed] == [alert["labels"]]
    assert [each["annotations"] for each in listed] == [alert["annotations"]]


async def test_prometheus_scrapes_a_page(tmp_path: Path) -> None:
    """What a page shows can be asked of Prometheus a moment later."""
    application = web.Application()
    application.router.add_get("/metrics", show_page)
    async with TestServer(application) as page:
        config = scraping(urlsplit(str(page.make_url("/"))).netloc)
        prometheus = Prometheus(tmp_path, config=config)
        await asyncio.to_thread(prometheus.start)
        try:
            value = await first_value(prometheus.url, "foureyes_smoke_total")
        finally:
            await asyncio.to_thread(prometheus.stop)

    assert value == "42"


def test_promtool_names_what_is_wrong(tmp_path: Path) -> None:
    """A good configuration passes, a wrong one is refused with the reason."""
    (tmp_path / "good.yml").write_text(scraping("127.0.0.1:1"))
    (tmp_path / "wrong.yml").write_text("nonsense: true\n")

    assert "SUCCESS" in promtool("check", "config", "good.yml", directory=tmp_path)
    with pytest.raises(AssertionError, match="nonsense"):
        promtool("check", "config", "wrong.yml", directory=tmp_path)


def test_a_service_that_does_not_come_up_says_why(tmp_path: Path) -> None:
    """Its own last words are in the error."""
    with pytest.raises(ServerFailedError, match="nonsense"):
        Alertmanager(tmp_path, config="nonsense: true\n").start()


async def show_page(_: web.Request) -> web.Response:
    """One number, as a program's metrics page would show it."""
    return web.Response(text=PAGE)


async def first_value(url: str, query: str) -> str:
    """The first answer Prometheus has to this query, once it has one."""
    async with ClientSession(raise_for_status=True) as session, asyncio.timeout(SECONDS_MAX):
        while True:
            reply = await session.get(f"{url}/api/v1/query", params={"query": query})
            result = (await reply.json())["data"]["result"]
            if result:
                return str(result[0]["value"][1])
            await asyncio.sleep(0.1)


def scraping(target: str) -> str:
    """A configuration that reads one page every second."""
    return f"""\
global:
  scrape_interval: 1s
scrape_configs:
  - job_name: smoke
    static_configs:
      - targets: ["{target}"]
"""
