"""The console in a real Chromium: every page, light and dark, wide and on a phone, by axe's rules.

`FOUREYES_TEST_SCREENSHOTS=DIR` keeps a picture of each, to be looked at by somebody.
"""

import os
import re
from collections.abc import AsyncIterator
from contextlib import AsyncExitStack, asynccontextmanager, closing
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest
from axe_playwright_python.async_playwright import Axe
from playwright.async_api import Browser, Page, async_playwright

from stream.archive.writer import PartitionWriter
from stream.console.sessions import Sessions
from stream.console.sign_in.link import LinkSignIn
from stream.console.viewers import Role, Viewer
from tests.archive.trails import company
from tests.console.staged import LINK_KEY, company_office, console_over
from tests.console.staged_alerts import staged_alerting
from tests.exports.office import Office
from tests.run_groups import found_program

WIDE, PHONE = 1280, 390
PAGES = {
    "overview": "/",
    "findings": "/findings?state=all",
    "nothing": "/findings?person=nobody",
    "case": "/case?name=REQ-0-4",
    "withdrawn": "/case?name=REQ-0-5",
    "alerts": "/alerts?rule=APR-001&case=REQ-0-4",
    "workflow": "/workflow?id=wf-0",
    "person": "/person?name=P-1",
    "sources": "/sources",
    "rules": "/rules",
    "rule": "/rules/APR-001",
    "not-found": "/find?name=REQ",
}
LOOKS = [("light", WIDE), ("dark", WIDE), ("light", PHONE), ("dark", PHONE)]
STANDARDS = {"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]}
RULES_PASSED_MIN = 15
"""Fewer, and axe has not looked."""
CHROMIUM = ("--no-sandbox", "--disable-dev-shm-usage")
"""It runs as root in CI, in a container with little shared memory."""


@pytest.fixture(scope="module")
def office(tmp_path_factory: pytest.TempPathFactory) -> Office:
    """An archive that may grow."""
    return company_office(tmp_path_factory.mktemp("office"))


class Named(LinkSignIn):
    """A link of somebody who has a name: who came by it may also silence alerts."""

    def __init__(self, sessions: Sessions, key: str) -> None:
        super().__init__(sessions, key)
        self._viewer = Viewer("ann", Role.ANALYST)


@asynccontextmanager
async def chromium() -> AsyncIterator[Browser]:
    """Debian's own, without a window."""
    async with async_playwright() as playwright:
        browser = await playwright.chromium.launch(
            executable_path=found_program("chromium"), args=list(CHROMIUM)
        )
        yield browser
        await browser.close()


@asynccontextmanager
async def visited(office: Office, **context: Any) -> AsyncIterator[tuple[Page, str, list[str]]]:
    """A page of somebody who has come by the link, the console's address, and its complaints."""
    complaints: list[str] = []
    async with AsyncExitStack() as stack:
        made = stack.enter_context(TemporaryDirectory())
        alerting = stack.enter_context(closing(staged_alerting(office, Path(made))))
        served = console_over(office, sign_in=lambda each: Named(each, LINK_KEY), alerting=alerting)
        client = await stack.enter_async_context(served)
        root = str(client.make_url("")).rstrip("/")
        browser = await stack.enter_async_context(chromium())
        page = await (await browser.new_context(**context)).new_page()
        page.on("console", lambda said: complaints.append(said.text))
        page.on("pageerror", lambda error: complaints.append(str(error)))
        await page.goto(f"{root}/enter?key={LINK_KEY}")
        yield page, root, complaints


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("scheme", "width"), LOOKS)
async def test_every_page_is_accessible_and_fits(office: Office, scheme: str, width: int) -> None:
    """No rule of WCAG 2.2 AA that axe can check is broken; nothing has to be pushed sideways."""
    viewport = {"width": width, "height": 900}
    broken: dict[str, list[str]] = {}
    async with visited(office, color_scheme=scheme, viewport=viewport) as (page, root, said):
        for name, address in PAGES.items():
            await page.goto(root + address)
            for summary in await page.locator("summary").all():
                if await summary.is_visible() and not await is_open(summary):
                    await summary.click()
            await keep_picture(page, f"{name}-{scheme}-{width}")
            told = await Axe().run(page, options=STANDARDS)
            found = [
                f"{each['id']}: {each['nodes'][0]['html']}" for each in told.response["violations"]
            ]
            assert len(told.response["passes"]) > RULES_PASSED_MIN
            too_wide = await page.evaluate("document.documentElement.scrollWidth - innerWidth")
            found += [f"{too_wide} px too wide"] if too_wide > 0 else []
            broken |= {name: found} if found else {}

    assert broken == {}
    # The page that says that nothing is called so has that status, and Chromium tells of it.
    assert [each for each in said if "404" not in each] == []


async def is_open(summary: Any) -> bool:
    """Whether what belongs to it is shown."""
    return bool(await summary.evaluate("each => each.parentElement.open"))


async def keep_picture(page: Page, name: str) -> None:
    """Keep a picture for somebody to look at, if that is asked for."""
    directory = os.environ.get("FOUREYES_TEST_SCREENSHOTS")
    if directory:
        await page.screenshot(path=Path(directory) / f"{name}.png", full_page=True)


async def test_it_can_be_gone_through_by_keyboard(office: Office) -> None:
    """The first key leads past what every page has; each filter and each row is reached."""
    async with visited(office) as (page, root, _):
        await page.goto(f"{root}/findings")
        await page.keyboard.press("Tab")
        first = await page.evaluate("document.activeElement.textContent")
        await page.keyboard.press("Enter")
        at = await page.evaluate("document.activeElement.id")
        names = set()
        for _ in range(14):
            await page.keyboard.press("Tab")
            names.add(await page.evaluate("document.activeElement.name || ''"))

    assert (first, at) == ("Skip to the content", "main")
    assert {"severity", "rule", "source", "tenant", "workflow", "person", "from"} <= names


async def test_filters_work_without_javascript_and_stay_in_the_address(office: Office) -> None:
    """What is shown can be sent to somebody else."""
    async with visited(office, java_script_enabled=False) as (page, root, _):
        await page.goto(f"{root}/findings")
        await page.get_by_label("Rule", exact=True).select_option("APR-001")
        await page.get_by_label("Workflow", exact=True).fill("wf-0")
        await page.get_by_role("button", name="Show").click()
        address = page.url
        titles = set(await page.locator("tbody .title").all_inner_texts())

    assert re.search(r"rule=APR-001.*workflow=wf-0", address)
    assert titles == {"Approved own request"}


async def test_a_finding_leads_to_its_step_and_the_case_to_a_file(office: Office) -> None:
    """As somebody on duty goes: list, case, evidence, export."""
    async with visited(office) as (page, root, _):
        await page.goto(f"{root}/findings?rule=APR-001&person=ann")
        await page.locator("tbody .title").first.click()
        await page.get_by_role("link", name="step 2").first.click()
        step = await page.evaluate("location.hash")
        async with page.expect_download() as download:
            await page.get_by_role("button", name="Export for an auditor").click()
        name = (await download.value).suggested_filename

    assert (step, name) == ("#step-2", "case.zip")


async def test_the_overview_says_when_the_record_has_grown(tmp_path: Path) -> None:
    """A line appears; nothing moves under the reader's eyes."""
    office = company_office(tmp_path)
    async with visited(office) as (page, root, _):
        await page.clock.install()
        await page.goto(f"{root}/")
        notice = page.get_by_text("The record has grown")
        before = await notice.is_visible()
        PartitionWriter(office.engine, 1).write(company(2, partition=1).trail)
        await page.clock.fast_forward(20_000)
        await notice.wait_for(state="visible", timeout=10_000)

    assert not before
