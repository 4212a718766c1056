"""Syslog, RFC 5424, over TCP or TLS with counted octets (RFC 6587, RFC 5425)."""

import asyncio
import os
import re
import socket
import ssl
from collections.abc import Sequence
from contextlib import suppress
from datetime import UTC, datetime, timedelta

from rules.finding import Finding, Severity
from stream.desk.delivery import Delivery, DestinationUnavailableError

SECONDS_MAX = 15.0
CLOSED_SECONDS = 0.05
"""How long a receiver is listened to after a batch: one that went away is seen by then."""
FACILITY = 13
"""Log audit."""
ENTERPRISE = 32473
"""The number that RFC 5612 keeps for examples: we have none of our own."""
TEXT_CHARS_MAX = 4_000

_SYSLOG_SEVERITY = {
    Severity.CRITICAL: 2,
    Severity.HIGH: 3,
    Severity.MEDIUM: 4,
    Severity.LOW: 5,
}


class Syslog:
    """Writes one message for each change of a finding; `delivery` tells a repeat.

    Syslog has no acknowledgement: what a receiver had not read when it died is lost with it, and
    nothing here can know.
    """

    name = "syslog"
    batch_max = 64
    tells_groups = False
    resend: timedelta | None = None

    def __init__(self, host: str, port: int, *, tls: ssl.SSLContext | None = None) -> None:
        self._host, self._port, self._tls = host, port, tls
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002
        """Write them, in order. Raises DestinationUnavailableError."""
        try:
            async with asyncio.timeout(SECONDS_MAX):
                await self._write(b"".join(_counted(write_message(each)) for each in deliveries))
        except (OSError, TimeoutError) as error:
            await self.close()
            raise DestinationUnavailableError(
                destination=self.name, reason=type(error).__name__
            ) from None  # the cause would name the address

    async def close(self) -> None:
        """Close the connection."""
        streams, self._streams = self._streams, None
        if streams is not None:
            streams[1].close()
            with suppress(OSError):
                await streams[1].wait_closed()

    async def _write(self, messages: bytes) -> None:
        if self._streams is None:
            self._streams = await asyncio.open_connection(self._host, self._port, ssl=self._tls)
        reader, writer = self._streams
        writer.write(messages)
        await writer.drain()
        # A receiver says nothing; the end of the stream is how it says that it is gone.
        with suppress(TimeoutError):
            async with asyncio.timeout(CLOSED_SECONDS):
                if not await reader.read(1):
                    raise ConnectionResetError


def write_message(delivery: Delivery) -> bytes:
    """Write a message: who, what and when in fields that a collector can search, then a text."""
    finding = delivery.finding
    at = finding.at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
    head = f"<{FACILITY * 8 + _severity(finding)}>1 {at} {_word(socket.gethostname(), 255)}"
    told = f"{head} foureyes {os.getpid()} {_word(finding.rule, 32)} {_fields(delivery)} "
    return told.encode() + b"\xef\xbb\xbf" + _text(finding).encode()


def _severity(finding: Finding) -> int:
    return _SYSLOG_SEVERITY[finding.severity]


def _fields(delivery: Delivery) -> str:
    finding = delivery.finding
    told = {
        "delivery": delivery.id,
        "finding": finding.finding,
        "number": str(finding.number),
        "change": finding.change.value,
        "severity": finding.severity.value,
        "tenant": finding.tenant,
        "case": finding.case,
        "source": finding.source,
        "workflow": finding.workflow,
        "who": ", ".join(finding.who),
        "controls": ", ".join(finding.controls),
    }
    fields = " ".join(f'{name}="{_quoted(text)}"' for name, text in told.items() if text)
    return f"[foureyes@{ENTERPRISE} {fields}]"


def _text(finding: Finding) -> str:
    because = f" ({finding.because})" if finding.because else ""
    text = f"{finding.change.value}{because}: {finding.summary} Next: {finding.next_step}"
    # A collector that reads line by line must not see two messages in one.
    return re.sub(r"\s+", " ", text)[:TEXT_CHARS_MAX]


def _quoted(text: str) -> str:
    return re.sub(r'(["\\\]])', r"\\\1", re.sub(r"[\x00-\x1f\x7f]+", " ", text))


def _word(text: str, length_max: int) -> str:
    return re.sub(r"[^\x21-\x7e]", "_", text)[:length_max] or "-"


def _counted(message: bytes) -> bytes:
    return b"%d %b" % (len(message), message)
