"""A server that behaves as vendors document: pages, limits, late rows, and all that goes wrong."""

import asyncio
import ssl
import threading
from base64 import b64encode
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from typing import Any, Self
from urllib.parse import urlencode

from aiohttp import web

SECRET = "not-to-be-logged"  # noqa: S105 - opens nothing but a test
TOKEN = "a-token-that-was-got"  # noqa: S105 - opens nothing but a test
BASIC = f"Basic {b64encode(f'puller:{SECRET}'.encode()).decode()}"

Row = dict[str, Any]
Fault = Callable[[], web.Response | None]
"""What is answered instead of a page; None: the connection is cut."""


class VendorServer:
    """Gives rows by their time, a page at a time, in the way of the vendor that is asked for.

    `faults` are answered first, one each. `now` is the server's own clock. Rows may be added, and
    replaced, while somebody is reading.
    """

    def __init__(self) -> None:
        self.rows: list[tuple[datetime, Row]] = []
        self.faults: deque[Fault] = deque()
        self.now = datetime.now(UTC)
        self.asked: list[str] = []
        self.authorizations: list[str] = []
        self.remaining = 100
        self.refuses_links = False
        self.before_page: Callable[[], None] = lambda: None
        self.url = ""
        self.tls: ssl.SSLContext | None = None
        self._runner: web.AppRunner

    async def __aenter__(self) -> Self:
        app = web.Application()
        app.router.add_get("/api/v1/logs", self._guarded(self._okta, f"SSWS {SECRET}"))
        graph = self._guarded(self._graph, f"Bearer {TOKEN}")
        app.router.add_get("/v1.0/auditLogs/directoryAudits", graph)
        app.router.add_get("/orgs/acme/audit-log", self._guarded(self._github, f"Bearer {SECRET}"))
        app.router.add_get("/api/now/table/{table}", self._guarded(self._servicenow, BASIC))
        app.router.add_post("/token", self._token)
        self._runner = web.AppRunner(app, shutdown_timeout=0.1)
        await self._runner.setup()
        site = web.TCPSite(self._runner, "127.0.0.1", 0, ssl_context=self.tls)
        await site.start()
        self.url = f"{'https' if self.tls else 'http'}://127.0.0.1:{self._runner.addresses[0][1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._runner.cleanup()

    def _guarded(self, page: Callable[[web.Request], Any], authorization: str) -> Any:
        async def answer(request: web.Request) -> web.StreamResponse:
            self.asked.append(str(request.rel_url))
            shown = request.headers.get("Authorization", "")
            self.authorizations.append(shown)
            if self.faults:
                fault = self.faults.popleft()()
                return fault if fault is not None else await self._cut(request)
            if shown != authorization:
                return web.json_response({"error": "who are you?"}, status=401)
            if self.refuses_links and request.query.keys() & {"after", "$skiptoken"}:
                return web.json_response({"error": "expired"}, status=400)
            self.before_page()
            told: web.Response = await page(request)
            told.headers["Date"] = format_datetime(self.now, usegmt=True)
            self._limits(told)
            return told

        return answer

    async def _cut(self, request: web.Request) -> web.StreamResponse:
        """Begin an answer and hang up."""
        begun = web.StreamResponse(headers={"Content-Length": "1000"})
        await begun.prepare(request)
        await begun.write(b'[{"uuid": "half')
        assert request.transport is not None
        request.transport.close()
        return begun

    def _limits(self, answer: web.Response) -> None:
        reset = str(int(self.now.timestamp()) + 30)
        for prefix in ("X-Rate-Limit", "X-RateLimit"):
            answer.headers[f"{prefix}-Remaining"] = str(self.remaining)
            answer.headers[f"{prefix}-Reset"] = reset
        self.remaining = max(self.remaining, 1)

    def _since(self, begin: datetime) -> list[Row]:
        found = [(at, row) for at, row in self.rows if at >= begin]
        return [row for _, row in sorted(found, key=lambda each: each[0])]

    async def _okta(self, request: web.Request) -> web.Response:
        """There is always a next page."""
        query, limit = request.query, int(request.query["limit"])
        begin, after = datetime.fromisoformat(query["since"]), int(query.get("after", 0))
        page = self._since(begin)[after : after + limit]
        told = {**query, "after": str(after + len(page))}
        link = f'<{self.url}/api/v1/logs?{urlencode(told)}>; rel="next"'
        me = f'<{self.url}/api/v1/logs>; rel="self"'
        return web.json_response(page, headers=[("Link", me), ("Link", link)])

    async def _graph(self, request: web.Request) -> web.Response:
        query, limit = request.query, int(request.query["$top"])
        begin = datetime.fromisoformat(query["$filter"].removeprefix("activityDateTime ge "))
        skip = int(query.get("$skiptoken", 0))
        rows = self._since(begin)
        told: Row = {"value": rows[skip : skip + limit]}
        if skip + limit < len(rows):
            next_page = urlencode({**query, "$skiptoken": str(skip + limit)})
            told["@odata.nextLink"] = f"{self.url}/v1.0/auditLogs/directoryAudits?{next_page}"
        return web.json_response(told)

    async def _github(self, request: web.Request) -> web.Response:
        query, limit = request.query, int(request.query["per_page"])
        begin = datetime.fromisoformat(query["phrase"].removeprefix("created:>="))
        rows, after = self._since(begin), int(query.get("after", 0))
        etag = f'"{len(self.rows)}-{after}"'
        if request.headers.get("If-None-Match") == etag:
            return web.Response(status=304)
        headers = {"ETag": etag}
        if after + limit < len(rows):
            told = urlencode({**query, "after": str(after + limit)})
            headers["Link"] = f'<{self.url}/orgs/acme/audit-log?{told}>; rel="next"'
        return web.json_response(rows[after : after + limit], headers=headers)

    async def _servicenow(self, request: web.Request) -> web.Response:
        if request.match_info["table"] != "sysapproval_approver":
            return web.json_response({"result": []})
        query = request.query
        told = query["sysparm_query"].split("^")[0].removeprefix("sys_updated_on>=")
        begin, offset = datetime.fromisoformat(f"{told}+00:00"), int(query["sysparm_offset"])
        page = self._since(begin)[offset : offset + int(query["sysparm_limit"])]
        return web.json_response({"result": page})

    async def _token(self, request: web.Request) -> web.Response:
        form = await request.post()
        if form.get("client_secret") != SECRET or form.get("grant_type") != "client_credentials":
            return web.json_response({"error": "invalid_client"}, status=401)
        return web.json_response({"access_token": TOKEN, "expires_in": 3600})


def limited(**headers: str) -> Fault:
    """Too many requests."""
    return lambda: web.json_response({}, status=429, headers=headers)


def failing(status: int = 500) -> Fault:
    """Something is wrong over there."""
    return lambda: web.json_response({}, status=status)


def saying(text: str) -> Fault:
    """All is well, it says."""
    return lambda: web.Response(text=text)


def cut() -> None:
    """The connection ends in the middle of an answer."""


def okta_rows(count: int, begin: datetime, seconds: float = 1.0) -> list[tuple[datetime, Row]]:
    """Requests that Okta tells, one after the other."""
    return [
        okta_row(number, begin + timedelta(seconds=seconds * number)) for number in range(count)
    ]


def okta_row(number: int, at: datetime) -> tuple[datetime, Row]:
    """One request for access."""
    who = {"id": f"00u{number}", "type": "User", "alternateId": "ann@acme.example"}
    request = {"id": f"req-{number}", "type": "AccessRequest", "displayName": "Payments"}
    row = {
        "uuid": f"uuid-{number}",
        "published": at.isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "eventType": "access.request.create",
        "actor": who,
        "outcome": {"result": "SUCCESS"},
        "target": [request, {**who, "displayName": "Ann"}],
        "transaction": {"type": "WEB", "id": "t"},
    }
    return at, row


@contextmanager
def in_a_thread(server: VendorServer) -> Iterator[VendorServer]:
    """Serve while the test waits for another process."""
    up, loop = threading.Event(), asyncio.new_event_loop()
    down = asyncio.Event()

    async def work() -> None:
        async with server:
            up.set()
            await down.wait()

    def main() -> None:
        loop.run_until_complete(work())
        loop.close()

    thread = threading.Thread(target=main)
    thread.start()
    try:
        assert up.wait(10)
        yield server
    finally:
        loop.call_soon_threadsafe(down.set)
        thread.join(10)
