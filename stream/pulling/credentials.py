"""What shows a source who we are: a fixed secret, or tokens got for client credentials."""

from dataclasses import dataclass, field
from typing import Protocol

import aiohttp
import orjson

from stream.clock import Clock
from stream.pulling.feed import Vendor, bearer

MARGIN_SECONDS = 60.0
"""So long before its end a token is taken for ended."""
LIFE_SECONDS = 300.0
"""How long a token is used whose end is not told."""


class NoTokenError(Exception):
    """The token address gave none: its status, or what failed. It never holds the secret."""

    def __init__(self, *, reason: str) -> None:
        self.reason = reason
        super().__init__(f"no token: {reason}")


class Credentials(Protocol):
    """Gives the Authorization header, and forgets what a source no longer takes."""

    async def header(self, session: aiohttp.ClientSession) -> str: ...

    def forget(self) -> None: ...


class FixedSecret:
    """A secret that is shown as it is, in the vendor's own way."""

    def __init__(self, vendor: Vendor, secret: str) -> None:
        self._header = vendor.authorization(secret)

    async def header(self, session: aiohttp.ClientSession) -> str:  # noqa: ARG002 - needs none
        """Give the header."""
        return self._header

    def forget(self) -> None:
        """There is no other."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Client:
    """Who we are to a token address."""

    token_url: str
    id: str
    secret: str = field(repr=False)
    scope: str = ""


class ClientCredentials:
    """OAuth 2.0 client credentials: a token is got when there is none, and used until it ends."""

    def __init__(self, client: Client, *, clock: Clock, seconds_max: float) -> None:
        self._url = client.token_url
        self._form = {
            "grant_type": "client_credentials",
            "client_id": client.id,
            "client_secret": client.secret,
            **({"scope": client.scope} if client.scope else {}),
        }
        self._clock = clock
        self._timeout = aiohttp.ClientTimeout(total=seconds_max)
        self._header: str | None = None
        self._ends = 0.0

    async def header(self, session: aiohttp.ClientSession) -> str:
        """Give the header. Raises NoTokenError."""
        if self._header is None or self._clock.monotonic() >= self._ends:
            token, life = await self._got(session)
            self._header = bearer(token)
            self._ends = self._clock.monotonic() + max(0.0, life - MARGIN_SECONDS)
        return self._header

    def forget(self) -> None:
        """Get another one next time."""
        self._header = None

    async def _got(self, session: aiohttp.ClientSession) -> tuple[str, float]:
        try:
            async with session.post(
                self._url, data=self._form, allow_redirects=False, timeout=self._timeout
            ) as answer:
                status, body = answer.status, await answer.read()
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise NoTokenError(reason=type(error).__name__) from None
        try:
            told = orjson.loads(body)
            return str(told["access_token"]), float(told.get("expires_in", LIFE_SECONDS))
        except (AttributeError, KeyError, TypeError, ValueError):
            raise NoTokenError(reason=f"HTTP {status}, and no access_token") from None
