"""A client that says exactly what a test wants said, byte by byte, and reads the answer."""

import asyncio
import json
from collections.abc import AsyncIterator, Mapping
from contextlib import asynccontextmanager, suppress
from typing import Any, NamedTuple

from tests.servers import LOOPBACK

SECONDS_MAX = 10.0
JSON = {"Content-Type": "application/json"}


class Answer(NamedTuple):
    """What came back; header names in lower case."""

    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def told(self) -> dict[str, Any]:
        """The body, read as JSON."""
        told: dict[str, Any] = json.loads(self.body)
        return told


class Connection:
    """One connection, on which anything can be said."""

    def __init__(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.reader = reader
        self.writer = writer

    async def say(self, said: bytes) -> None:
        """Send bytes."""
        self.writer.write(said)
        await self.writer.drain()

    async def answer(self) -> Answer:
        """Read one answer."""
        async with asyncio.timeout(SECONDS_MAX):
            head = (await self.reader.readuntil(b"\r\n\r\n")).decode().splitlines()
            pairs = [line.split(": ", 1) for line in head[1:] if line]
            headers = {name.lower(): value for name, value in pairs}
            body = await self.reader.readexactly(int(headers.get("content-length", "0")))
            return Answer(int(head[0].split()[1]), headers, body)

    async def is_closed(self) -> bool:
        """Wait for the server to close the connection."""
        async with asyncio.timeout(SECONDS_MAX):
            return await self.reader.read() == b""


@asynccontextmanager
async def connect(port: int) -> AsyncIterator[Connection]:
    """Connect to a server on the loopback, and hang up at the end."""
    reader, writer = await asyncio.open_connection(LOOPBACK, port)
    try:
        yield Connection(reader, writer)
    finally:
        writer.close()
        with suppress(ConnectionError):
            await writer.wait_closed()


def head(method: str, path: str, headers: Mapping[str, str]) -> bytes:
    """Write a request's head."""
    lines = [f"{method} {path} HTTP/1.1", "Host: test", *(f"{k}: {v}" for k, v in headers.items())]
    return ("\r\n".join(lines) + "\r\n\r\n").encode()


async def ask(port: int, method: str, path: str, **headers: str) -> Answer:
    """Ask without a body."""
    async with connect(port) as connection:
        await connection.say(head(method, path, headers))
        return await connection.answer()


async def post(port: int, path: str, body: bytes, headers: Mapping[str, str] = JSON) -> Answer:
    """Send a body, with its length; JSON unless told otherwise."""
    length = {"Content-Length": str(len(body))}
    async with connect(port) as connection:
        await connection.say(head("POST", path, {**length, **headers}) + body)
        return await connection.answer()
