"""A body's bytes as its sender meant them, read within limits of size and time."""

import asyncio
import zlib
from dataclasses import dataclass
from typing import Final

from aiohttp import web

from stream.web.answers import (
    BodyTooLargeError,
    CutOffError,
    SlowSenderError,
    UndecodableBodyError,
    UnsupportedBodyError,
)

CONTENT_TYPES: Final = frozenset(
    {
        "application/json",
        "application/jsonl",
        "application/ndjson",
        "application/x-ndjson",
    }
)
"""And whatever ends in `+json`, such as application/cloudevents+json."""

GZIP = frozenset({"gzip", "x-gzip"})
GZIP_MEMBERS_MAX = 64
"""Parts of one gzip body: log shippers join a few; each costs a copy of what follows."""
GZIP_WITH_ITS_HEADER = zlib.MAX_WBITS | 16


@dataclass(frozen=True, slots=True, kw_only=True)
class BodyLimits:
    """What one body may cost."""

    body_bytes_max: int = 1_000_000
    """As sent. One body fits in one record of a broker with default limits (1,048,588 bytes)."""
    decoded_bytes_max: int = 1_000_000
    """After its Content-Encoding is undone: a bomb stops here."""
    body_seconds_max: float = 30.0
    """From its first byte to its last."""


async def read_body(source: str, request: web.Request, limits: BodyLimits) -> bytes:
    """Give the body with its Content-Encoding undone. Raises a NotTakenError."""
    encoding = request.headers.get("Content-Encoding", "identity").strip().lower()
    if encoding != "identity" and encoding not in GZIP:
        raise UnsupportedBodyError(
            source, header="Content-Encoding", found=encoding, expected="gzip or none"
        )
    sent = await _read(source, request, limits)
    return _gunzip(source, sent, limits.decoded_bytes_max) if encoding in GZIP else sent


def check_type(source: str, request: web.Request) -> None:
    """See whether a connector could read this. Raises UnsupportedBodyError.

    Nothing that a browser sends to a stranger without asking first gets through.
    """
    found = request.headers.get("Content-Type")
    kind = (found or "").partition(";")[0].strip().lower()
    if kind not in CONTENT_TYPES and not kind.endswith("+json"):
        raise UnsupportedBodyError(
            source,
            header="Content-Type",
            found=found,
            expected="application/json or application/x-ndjson",
        )


async def _read(source: str, request: web.Request, limits: BodyLimits) -> bytes:
    limit = limits.body_bytes_max
    if request.content_length is not None and request.content_length > limit:
        raise BodyTooLargeError(source, what="the body", found=request.content_length, limit=limit)
    body = bytearray()
    try:
        async with asyncio.timeout(limits.body_seconds_max):
            async for chunk in request.content.iter_any():
                body += chunk
                if len(body) > limit:
                    raise BodyTooLargeError(source, what="the body", found=len(body), limit=limit)
    except TimeoutError:
        raise SlowSenderError(
            source, found=len(body), seconds_max=limits.body_seconds_max
        ) from None
    except (web.RequestPayloadError, ConnectionError):
        raise CutOffError(source, found=len(body)) from None
    return bytes(body)


def _gunzip(source: str, packed: bytes, bytes_max: int) -> bytes:
    body = b""
    for _ in range(GZIP_MEMBERS_MAX):
        member = zlib.decompressobj(GZIP_WITH_ITS_HEADER)
        try:
            body += member.decompress(packed, bytes_max - len(body) + 1)
        except zlib.error:
            raise UndecodableBodyError(source, reason="its bytes make no sense") from None
        if len(body) > bytes_max:
            raise BodyTooLargeError(
                source, what="the decoded body", found=len(body), limit=bytes_max
            )
        if not member.eof:
            raise UndecodableBodyError(source, reason="its end is missing")
        packed = member.unused_data
        if not packed:
            return body
    raise UndecodableBodyError(source, reason=f"it has more than {GZIP_MEMBERS_MAX} parts")
