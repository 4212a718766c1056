"""Two people before the console of a running foureyes: an alert, its silence, and who sees none.

In a real Chromium, ann's without JavaScript; a proxy's header says who each of them is.
"""

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page

from stream.clock import SystemClock
from stream.desk.decisions import Did
from stream.running.alerts import stored_decisions
from stream.running.notes import INBOX
from tests.programs import Run
from tests.servers import free_ports
from tests.services.test_console import chromium
from tests.services.test_run import post, run, step

SECONDS_MAX = 30.0
AGAIN_SECONDS = 0.3
ROLES = {"ann": "soc", "bo": "soc", "dee": "audit"}
PROXIED = {
    "web_sign_in": "proxy",
    "web_proxies": "127.0.0.1/32",
    "web_analysts": "soc",
    "web_readers": "audit",
}


def self_approved(case: str) -> list[bytes]:
    """Cy approves their own request."""
    return [
        step(case, "requested", "cy", 0, justification="Quarter end"),
        step(case, "approved", "cy", 1),
    ]


@asynccontextmanager
async def at_work(directory: Path) -> AsyncIterator[tuple[Run, str]]:
    """A foureyes with a console, and where that is."""
    (port,) = free_ports(1)
    url = f"http://127.0.0.1:{port}"
    async with run(directory, **PROXIED, web_port=str(port), web_url=url) as program:
        yield program, url


async def signed_in(browser: Browser, name: str, *, has_script: bool = True) -> BrowserContext:
    """A browser of somebody whom the proxy names."""
    headers = {"X-Forwarded-User": name, "X-Forwarded-Groups": ROLES[name]}
    return await browser.new_context(extra_http_headers=headers, java_script_enabled=has_script)


async def once_there(page: Page, address: str, words: str) -> str:
    """What a page says once it says so."""
    async with asyncio.timeout(SECONDS_MAX):
        while True:
            await page.goto(address)
            text = " ".join((await page.locator("main").inner_text()).split())
            if words in text:
                return text
            await asyncio.sleep(AGAIN_SECONDS)


async def until_taken_in(directory: Path) -> None:
    """Wait until foureyes has taken in whatever was said."""
    async with asyncio.timeout(SECONDS_MAX):
        while list((directory / "data" / INBOX).iterdir()):
            await asyncio.sleep(AGAIN_SECONDS)


async def propose(page: Page, url: str, person: str = "") -> str:
    """Somebody proposes to silence APR-001 for a day; the silence's name."""
    await page.goto(f"{url}/alerts?rule=APR-001&person={person}#propose")
    until = SystemClock().now() + timedelta(days=1)
    await page.get_by_label("Until", exact=False).fill(f"{until:%Y-%m-%dT%H:%M}")
    await page.get_by_label("Reason", exact=True).fill("moving to the new workflow")
    await page.get_by_role("button", name="Propose").click()
    return page.url.partition("#")[2]


@pytest.mark.timeout(180)
async def test_two_people_look_after_an_alert_and_silence_what_is_like_it(tmp_path: Path) -> None:
    """Told, acknowledged, assigned, silenced by two; the next one is held, and all of it is shown.

    A silence about its own maker becomes a finding of CHG-003, whoever has approved it. Who may
    only look is shown no button.
    """
    async with at_work(tmp_path) as (program, url), chromium() as browser:
        people = {name: await signed_in(browser, name, has_script=name != "ann") for name in ROLES}
        ann, bo, dee = [await each.new_page() for each in people.values()]
        await post(program, self_approved("REQ-1"))
        await once_there(ann, f"{url}/findings?rule=APR-001", "told stdout")

        await ann.locator("td.alert summary").first.click()
        await ann.get_by_role("button", name="Acknowledge").click()
        listed = await ann.locator("main").inner_text()
        await bo.goto(f"{url}/case?name=REQ-1")
        await bo.get_by_placeholder("somebody").first.fill("ann")
        await bo.get_by_role("button", name="Assign").first.click()
        assigned = await bo.locator("article.finding").first.inner_text()

        name = await propose(ann, url)
        own = await ann.locator(f"#{name}").inner_text()
        await bo.goto(f"{url}/alerts")
        await bo.locator(f"#{name}").get_by_role("button", name="Approve").click()
        agreed = await bo.locator(f"#{name}").inner_text()
        await until_taken_in(tmp_path)
        await post(program, self_approved("REQ-2"))
        held = await once_there(dee, f"{url}/case?name=REQ-2", "held stdout until")
        pages = [held, await once_there(dee, f"{url}/findings", "held stdout until")]
        pages.append(await once_there(dee, f"{url}/alerts", name))

        mine = await propose(ann, url, "ann")
        warned = await ann.locator(f"#{mine}").inner_text()
        await bo.goto(f"{url}/alerts")
        await bo.locator(f"#{mine}").get_by_role("button", name="Approve").click()
        found = await once_there(bo, f"{url}/findings?rule=CHG-003", "silenced alerts about")

    assert "ann looks after it" in listed
    assert "ann looks after it; bo assigned it" in assigned
    assert "somebody else has to approve it" in own
    assert "Approve" not in own.replace("approve", "")
    assert "Approved by bo" in agreed
    assert f"{name} by ann, agreed by bo: moving to the new workflow" in held
    buttons = ("Acknowledge", "Assign", "Silence …", "Propose a silence", "Withdraw")
    assert [each for each in buttons for page in pages if each in page] == []
    assert "is a finding of CHG-003" in warned
    assert "ann" in found
    decided = stored_decisions(tmp_path / "data")
    assert next(each.did for each in decided if each.case == "REQ-2") is Did.HELD
