"""One page read from a source's database, in a thread of its own, so that others go on."""

import asyncio
import os
import socket
from collections.abc import Mapping
from contextlib import suppress
from datetime import datetime
from http import HTTPStatus
from typing import Self

import orjson
from sqlalchemy import Connection, func, select

from stream.pulling.answers import Answer, Meaning
from stream.pulling.caller import Got
from stream.pulling.cursor import Ask
from stream.pulling.database.connecting import Place, opened, reading
from stream.pulling.database.midpoint import fetched, tried
from stream.pulling.database.records import records
from stream.pulling.errors import CannotReadError
from stream.pulling.feed import Feed
from stream.pulling.limits import CONNECT_SECONDS_MAX


class DatabaseCaller:
    """Asks one source's database; connected for one page at a time. Use it as an async context."""

    def __init__(self, place: Place) -> None:
        self._place = place
        self._seconds_max = CONNECT_SECONDS_MAX + place.seconds_max
        self._engine = opened(place)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        self._engine.dispose()

    def forget_token(self) -> None:
        """There is no other."""

    def address(self, feed: Feed, ask: Ask, rows: int) -> str:
        """Say what is asked for."""
        return f"{feed.path} since {ask.link or ask.since.isoformat()}, {rows}"

    async def ask(
        self,
        feed: Feed,  # noqa: ARG002 - a database has one
        ask: Ask,
        rows: int,
        headers: Mapping[str, str],  # noqa: ARG002 - nothing is told to it
    ) -> Got:
        """Read a page. Raises CannotReadError and UnreadableCursorError."""
        call = _Call()
        try:
            async with asyncio.timeout(self._seconds_max):
                return await asyncio.to_thread(self._page, call, ask, rows)
        except TimeoutError:
            raise CannotReadError(
                where=self._place.shown,
                found=f"no answer after {self._seconds_max:.0f} s",
                expected="a database that answers",
                meaning=Meaning.UNREACHABLE,
            ) from None
        finally:
            call.give_up()

    def _page(self, call: "_Call", ask: Ask, rows: int) -> Got:
        with reading(self._engine, self._place) as connection:
            call.holds(connection)
            present = connection.execute(select(func.clock_timestamp())).scalar_one()
            found = fetched(connection, ask, rows)
        return _got(present, orjson.dumps(records(found)), found.link)


def check_readable(place: Place) -> None:
    """Connect, and try each column that is read; no row is. Raises CannotReadError."""
    engine = opened(place)
    try:
        with reading(engine, place) as connection:
            tried(connection)
    finally:
        engine.dispose()


def _got(present: datetime, body: bytes, link: str | None) -> Got:
    # The moment is the source's own, so that its rows' times are compared with its own clock.
    answer = Answer(status=HTTPStatus.OK, headers={}, received_at=present)
    return Got(answer=answer, body=body, link=link)


class _Call:
    """One page under way. A thread can not be called off; what it waits for can."""

    def __init__(self) -> None:
        self._socket: socket.socket | None = None
        self._is_over = False

    def holds(self, connection: Connection) -> None:
        """Know the line that is waited on."""
        driver = connection.connection.driver_connection
        if driver is not None:
            self._socket = socket.socket(fileno=os.dup(driver.fileno()))
        if self._is_over:
            self.give_up()

    def give_up(self) -> None:
        """Cut the line; whoever waits on it hears that it is gone."""
        self._is_over = True
        line, self._socket = self._socket, None
        if line is not None:
            with suppress(OSError):
                line.shutdown(socket.SHUT_RDWR)
            line.close()
