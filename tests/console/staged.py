"""A console over a small company's archive: what the tests of its pages look at."""

import json
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import timedelta
from pathlib import Path
from typing import Any

from aiohttp.test_utils import TestClient, TestServer
from aiohttp.web import Application, Request

from stream.archive.database import open_to_read
from stream.clock import FixedClock
from stream.console.alerting import Alerting
from stream.console.app import build_console
from stream.console.console import Console
from stream.console.exporting import Exporting
from stream.console.reading import Reading
from stream.console.rendering import Templates
from stream.console.sessions import Sessions
from stream.console.sign_in import SignIn
from stream.console.sign_in.link import LinkSignIn
from stream.console.view_log import ViewLog
from stream.console.viewers import Role
from tests.archive.trails import NINE
from tests.exports.office import Office, opened

Browser = TestClient[Request, Application]
LINK_KEY = "a-key-for-tests"


def company_office(directory: Path) -> Office:
    """The archive that all pages of these tests show; checkpoints are signed and cosigned."""
    return opened(directory, partitions=1)


@asynccontextmanager
async def console_over(  # noqa: PLR0913 - what tests differ in has names
    office: Office,
    *,
    sign_in: Callable[[Sessions], SignIn] | None = None,
    role: Role = Role.ANALYST,
    is_secure: bool = False,
    alerting: Alerting | None = None,
    clock: FixedClock | None = None,
) -> AsyncIterator[Browser]:
    """A browser before a console over an office's archive; nobody has signed in."""
    clock = clock or FixedClock(NINE + timedelta(days=5))
    sessions = Sessions(clock, seconds_max=3600, is_secure=is_secure)
    url = office.engine.url.render_as_string(hide_password=False)
    reading = Reading(open_to_read(url))
    console = Console(
        reading=reading,
        templates=Templates(),
        views=ViewLog(office.directory / "views.jsonl"),
        clock=clock,
        exporting=Exporting(office.notary, clock),
        alerting=alerting,
    )
    app = build_console(
        console,
        sign_in(sessions) if sign_in else LinkSignIn(sessions, LINK_KEY, role),
        sessions,
        hosts=("127.0.0.1", "localhost"),
        is_secure=is_secure,
    )
    async with TestClient(TestServer(app)) as browser:
        yield browser
    reading.close()
    console.views.close()


async def enter(browser: Browser) -> None:
    """Sign in by the link."""
    answer = await browser.get(f"/enter?key={LINK_KEY}", allow_redirects=False)
    assert answer.status == 303


def views_in(office: Office) -> list[dict[str, Any]]:
    """What is written down of who has looked at what."""
    return [
        json.loads(line) for line in (office.directory / "views.jsonl").read_text().splitlines()
    ]
