"""The console beside real workers on a real broker: what they count, decide, and what it says."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import ExitStack, asynccontextmanager
from datetime import timedelta
from pathlib import Path

from aiohttp import ClientSession, CookieJar

from stream.clock import SystemClock
from tests.end_to_end.asked import send
from tests.kafka.broker import Broker
from tests.programs import Run, running
from tests.servers import free_ports
from tests.services.test_run import step

SECONDS_MAX = 90.0
AGAIN_SECONDS = 0.3
ROLES = {
    "judging": ("intake", "receive", "linker", "judge", "patterns"),
    "telling": ("desk",),
    "showing": ("archive", "web"),
}
ANN, BO = ({"X-Forwarded-User": name, "X-Forwarded-Groups": "soc"} for name in ("ann", "bo"))


class Console:
    """Its pages, asked for by people whom a proxy names."""

    def __init__(self, url: str, session: ClientSession) -> None:
        self._url = url
        self._session = session

    async def html(self, by: dict[str, str], path: str) -> str:
        """A page as it is sent."""
        async with self._session.get(self._url + path, headers=by) as answer:
            return await answer.text()

    async def once(self, by: dict[str, str], path: str, pattern: str) -> str:
        """The words of a page, once it says so."""
        told = ""
        for _ in range(int(SECONDS_MAX / AGAIN_SECONDS)):
            told = " ".join(re.sub(r"<[^>]+>", " ", await self.html(by, path)).split())
            if re.search(pattern, told):
                return told
            await asyncio.sleep(AGAIN_SECONDS)
        raise AssertionError(told)

    async def say(self, by: dict[str, str], path: str, **form: str) -> str:
        """Send a form of ours; where it leads."""
        key = re.search(r'name="csrf" value="([^"]+)"', await self.html(by, "/alerts"))
        assert key
        told = {**form, "csrf": key[1]}
        asked = self._session.post(self._url + path, data=told, headers=by, allow_redirects=False)
        async with asked as answer:
            assert answer.status == 303, await answer.text()
            return answer.headers["Location"]


@asynccontextmanager
async def at_work(broker: Broker, directory: Path) -> AsyncIterator[tuple[Run, Console]]:
    """Workers in three processes: one that takes in and judges, one that tells, one that shows."""
    (port,) = free_ports(1)
    settings = {
        "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap,
        "FOUREYES_KAFKA_PARTITIONS": "2",
        "FOUREYES_KAFKA_RAW_PARTITIONS": "2",
        "FOUREYES_FINDINGS": str(directory / "found.jsonl"),
        "FOUREYES_WEB_PORT": str(port),
        "FOUREYES_WEB_URL": f"http://127.0.0.1:{port}",
        "FOUREYES_WEB_SIGN_IN": "proxy",
        "FOUREYES_WEB_PROXIES": "127.0.0.1/32",
        "FOUREYES_WEB_ANALYSTS": "soc",
    }
    stack, started = ExitStack(), list[Run]()
    try:
        for name, roles in ROLES.items():
            # Who shows knows of no destination: it is the brokers that know which desks there are.
            told = {**settings, **({"FOUREYES_FINDINGS": "none"} if "web" in roles else {})}
            program = running(told, directory / f"{name}.log", *roles)
            started.append(await asyncio.to_thread(stack.enter_context, program))
        async with ClientSession(cookie_jar=CookieJar(unsafe=True)) as session:
            yield started[0], Console(settings["FOUREYES_WEB_URL"], session)
    finally:
        await asyncio.to_thread(stack.close)


def self_approved(case: str) -> list[bytes]:
    """Cy approves their own request."""
    return [
        step(case, "requested", "cy", 0, justification="Quarter end"),
        step(case, "approved", "cy", 1),
    ]


async def test_the_console_shows_what_workers_count_and_decide_and_takes_what_two_people_say(
    tmp_path: Path,
) -> None:
    """Control health from the health topic; alerts from the desk's table; notes to all of them."""
    with Broker(tmp_path / "broker") as broker:
        async with at_work(broker, tmp_path) as (run, console):
            await asyncio.to_thread(send, run, self_approved("REQ-1"))
            listed = await console.once(ANN, "/findings?rule=APR-001", "told stdout")
            # Held, open, cannot tell, broken; and one finding that stands.
            await console.once(ANN, "/", r"APR-001 Approved own request 0 0 0 1 1 ")
            html = await console.html(ANN, "/findings?rule=APR-001")
            finding = re.search(r'name="finding" value="([^"]+)"', html)
            assert finding
            await console.say(ANN, "/acknowledge", finding=finding[1], back="/findings")
            mine = await console.once(BO, "/case?name=REQ-1", "looks after it")

            until = f"{SystemClock().now() + timedelta(days=1):%Y-%m-%dT%H:%M}"
            told = {"rule": "APR-001", "until": until, "reason": "moving"}
            name = (await console.say(ANN, "/silences/propose", **told)).partition("#")[2]
            await console.say(BO, "/silences/approve", silence=name)
            agreed = await console.once(ANN, "/alerts", "Approved by")
            # The desk hears of it by a reading of its own.
            await asyncio.sleep(2)
            await asyncio.to_thread(send, run, self_approved("REQ-2"))
            held = await console.once(BO, "/case?name=REQ-2", "held stdout until")

    assert "REQ-1" in listed
    assert "ann looks after it" in mine
    assert "Approved by bo" in agreed
    assert f"{name} by ann, agreed by bo: moving" in held
