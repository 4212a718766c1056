"""One POST, and what its answer means for whoever delivers: arrived, try again, or never."""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from http import HTTPStatus
from urllib.parse import urlsplit

import aiohttp

from stream.desk.delivery import (
    DeliveryRefusedError,
    DestinationUnavailableError,
    InvalidDestinationError,
)

CONNECT_SECONDS_MAX = 5.0
ANSWER_SECONDS_MAX = 15.0

# The refusals that say "not now": the request came too slowly, too early or too often.
TRY_AGAIN = frozenset(
    {HTTPStatus.REQUEST_TIMEOUT, HTTPStatus.TOO_EARLY, HTTPStatus.TOO_MANY_REQUESTS}
)


class Poster:
    """Posts to one address, over connections it keeps.

    Every answer but 2xx is an error: 4xx is for good (except 408, 425 and 429), everything else,
    a redirect included, may be tried again. No error holds the address or the answer's body:
    addresses carry credentials, and receivers repeat what they were sent.
    """

    def __init__(
        self, destination: str, url: str, *, answer_seconds_max: float = ANSWER_SECONDS_MAX
    ) -> None:
        self._destination = destination
        self._url = checked_url(destination, url)
        self._timeout = aiohttp.ClientTimeout(
            total=answer_seconds_max, sock_connect=min(CONNECT_SECONDS_MAX, answer_seconds_max)
        )
        self._session: aiohttp.ClientSession | None = None

    async def post(self, body: bytes, headers: Mapping[str, str], now: datetime) -> None:
        """Return when the receiver has taken it.

        Raises DestinationUnavailableError or DeliveryRefusedError.
        """
        if self._session is None:
            # Made here and not before: a session belongs to the loop it is made in.
            self._session = aiohttp.ClientSession(timeout=self._timeout)
        try:
            async with self._session.post(
                self._url, data=body, headers=headers, allow_redirects=False
            ) as answer:
                status, retry_after = answer.status, answer.headers.get("Retry-After")
        except (aiohttp.ClientError, TimeoutError, OSError) as error:
            raise DestinationUnavailableError(
                destination=self._destination, reason=type(error).__name__
            ) from None  # the cause would name the address
        self._judge(status, retry_after, now)

    async def close(self) -> None:
        """Close the connections."""
        if self._session is not None:
            await self._session.close()
            self._session = None

    def _judge(self, status: int, retry_after: str | None, now: datetime) -> None:
        if HTTPStatus.OK <= status < HTTPStatus.MULTIPLE_CHOICES:
            return
        reason = f"HTTP {status}"
        is_refusal = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
        if is_refusal and status not in TRY_AGAIN:
            raise DeliveryRefusedError(destination=self._destination, reason=reason)
        raise DestinationUnavailableError(
            destination=self._destination,
            reason=reason,
            retry_after=read_retry_after(retry_after, now),
        )


def read_retry_after(told: str | None, now: datetime) -> timedelta | None:
    """Read the header in either of its forms; None where it is absent or makes no sense."""
    if told is None:
        return None
    if told.strip().isdecimal():
        # No span of ours can hold more, and the courier waits far less anyway.
        return timedelta(seconds=min(int(told), 10**9))
    try:
        moment = parsedate_to_datetime(told)
    except ValueError:
        return None
    aware = moment if moment.tzinfo else moment.replace(tzinfo=UTC)
    return max(aware - now, timedelta())


def checked_url(destination: str, url: str) -> str:
    """Give back an address that can be posted to. Raises InvalidDestinationError."""
    try:
        parts = urlsplit(url)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname)
        _ = parts.port
    except ValueError:
        usable = False
    if not usable:
        raise InvalidDestinationError(
            destination=destination,
            what="its address",
            found="none" if not url else "not one to post to",
            expected="http://HOST… or https://HOST…",
        )
    return url
