"""A receiver on the loopback that takes, refuses, hangs, goes away and comes back."""

import asyncio
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field

from aiohttp import web
from aiohttp.test_utils import TestServer

from tests.servers import LOOPBACK, free_ports


@dataclass(frozen=True, slots=True)
class Answer:
    """What to say to one request; `hangs` says nothing until the receiver goes away."""

    status: int = 200
    headers: Mapping[str, str] = field(default_factory=dict)
    hangs: bool = False


@dataclass(frozen=True, slots=True)
class Heard:
    """One request as it came, and the status that it is answered with."""

    headers: Mapping[str, str]
    body: bytes
    path: str
    status: int


class Receiver:
    """Hears what is posted to it, and answers `answers` in turn, then `otherwise`."""

    def __init__(self) -> None:
        (self._port,) = free_ports(1)
        self.heard: list[Heard] = []
        self.answers: list[Answer] = []
        self.otherwise = Answer()
        self._server: TestServer | None = None
        self._let_go = asyncio.Event()

    @property
    def address(self) -> str:
        """Host and port: the same each time it comes back."""
        return f"{LOOPBACK}:{self._port}"

    async def start(self) -> None:
        """Come up, or come back."""
        application = web.Application()
        application.router.add_post("/{path:.*}", self._hear)
        self._let_go.clear()
        self._server = TestServer(application, host=LOOPBACK, port=self._port)
        await self._server.start_server()

    async def stop(self) -> None:
        """Go away: connections are refused from now on."""
        self._let_go.set()
        if self._server is not None:
            await self._server.close()
            self._server = None

    async def _hear(self, request: web.Request) -> web.Response:
        answer = self.answers.pop(0) if self.answers else self.otherwise
        if answer.hangs:
            answer = Answer(503, hangs=True)
        body, headers = await request.read(), request.headers.copy()
        self.heard.append(Heard(headers, body, request.path, answer.status))
        if answer.hangs:
            await self._let_go.wait()
        return web.Response(status=answer.status, headers=answer.headers, text="what you sent")


@asynccontextmanager
async def receiver() -> AsyncIterator[Receiver]:
    """A receiver that is up."""
    running = Receiver()
    await running.start()
    try:
        yield running
    finally:
        await running.stop()
