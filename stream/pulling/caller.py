"""One page asked for over HTTP: what was answered, or that nobody did."""

import ssl
from collections.abc import Mapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Self
from urllib.parse import urlencode, urlsplit

import aiohttp

from stream.clock import Clock
from stream.pulling.answers import Answer
from stream.pulling.credentials import Credentials, NoTokenError
from stream.pulling.cursor import Ask
from stream.pulling.feed import Feed, Vendor
from stream.pulling.limits import ANSWER_BYTES_MAX, CONNECT_SECONDS_MAX


class UnreachableError(Exception):
    """Nobody answered, or not to the end. It holds no address: that may hold a cursor."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"no answer: {reason}")


class ForeignLinkError(Exception):
    """A link leads to another host than the source's own: our credential is not for it."""

    def __init__(self, *, host: str, expected: str) -> None:
        self.host = host
        self.expected = expected
        super().__init__(f"the next page is said to be at {host}; expected {expected}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Got:
    """An answer, what it holds, and the address of the next page if a header told one."""

    answer: Answer
    body: bytes
    link: str | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Reach:
    """Where a source is, and how long one page may take.

    `ca_file`: authorities to trust in place of the machine's.
    """

    url: str
    answer_seconds_max: float = 60.0
    ca_file: Path | None = None


class Caller:
    """Asks one source, over connections it keeps. Use it as an async context.

    Redirects are not followed and no cookie is kept.
    """

    def __init__(
        self, vendor: Vendor, reach: Reach, credentials: Credentials, *, clock: Clock
    ) -> None:
        self._vendor = vendor
        self._base = reach.url.rstrip("/")
        self._credentials = credentials
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(
            total=reach.answer_seconds_max, sock_connect=CONNECT_SECONDS_MAX
        )
        self._ca_file = reach.ca_file
        self._session: aiohttp.ClientSession

    async def __aenter__(self) -> Self:
        is_secured = self._base.startswith("https://") or self._ca_file is not None
        # Reading the authorities takes tens of milliseconds.
        trusted = ssl.create_default_context(cafile=self._ca_file) if is_secured else True
        self._session = aiohttp.ClientSession(
            timeout=self._timeout,
            connector=aiohttp.TCPConnector(ssl=trusted),
            cookie_jar=aiohttp.DummyCookieJar(),
        )
        return self

    async def __aexit__(self, *_: object) -> None:
        await self._session.close()

    def forget_token(self) -> None:
        """Show another token next time, where one can be got."""
        self._credentials.forget()

    def address(self, feed: Feed, ask: Ask, rows: int) -> str:
        """Say where a page is asked for. Raises ForeignLinkError."""
        if ask.link is not None:
            here, there = urlsplit(self._base), urlsplit(ask.link)
            if (here.scheme, here.netloc) != (there.scheme, there.netloc):
                raise ForeignLinkError(host=there.netloc, expected=here.netloc)
            return ask.link
        told = urlencode(feed.query(ask.since, rows, ask.offset))
        return f"{self._base}{feed.path}{'?' if told else ''}{told}"

    async def ask(self, feed: Feed, ask: Ask, rows: int, headers: Mapping[str, str]) -> Got:
        """Ask for a page. Raises UnreachableError, NoTokenError, ForeignLinkError."""
        url = self.address(feed, ask, rows)
        sent = {**self._vendor.headers, **headers}
        try:
            sent["Authorization"] = await self._credentials.header(self._session)
            return await self._sent(url, sent)
        except (aiohttp.ClientError, TimeoutError, OSError, ValueError) as error:
            # Without its cause, which would name the address.
            raise UnreachableError(reason=type(error).__name__) from None

    async def _sent(self, url: str, headers: Mapping[str, str]) -> Got:
        async with self._session.get(url, headers=headers, allow_redirects=False) as answer:
            told = await _whole(answer) if answer.status == HTTPStatus.OK else b""
            found = {name: link["url"] for name, link in answer.links.items()} if told else {}
            link = found.get("next")
            return Got(
                answer=Answer(
                    status=answer.status,
                    headers={name.lower(): value for name, value in answer.headers.items()},
                    received_at=self._clock.now(),
                ),
                body=told,
                link=None if link is None else str(link),
            )


async def _whole(answer: aiohttp.ClientResponse) -> bytes:
    body = bytearray()
    async for part in answer.content.iter_any():
        body += part
        if len(body) > ANSWER_BYTES_MAX:
            raise UnreachableError(reason=f"a page of more than {ANSWER_BYTES_MAX} bytes")
    return bytes(body)


__all__ = ["Caller", "ForeignLinkError", "Got", "NoTokenError", "UnreachableError"]
