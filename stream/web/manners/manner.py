"""The vocabulary of a manner: what came, how it is proven, and what is answered besides."""

import hashlib
import hmac
from abc import ABC, abstractmethod
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import ClassVar, NamedTuple, Self

from rules.errors import FoureyesError

SECRET_BYTES_MIN = 16
"""A shorter secret can be guessed."""

TOLERANCE = timedelta(minutes=5)
"""By how much a signed time may differ from our clock, either way, unless settings differ."""


class InvalidSecretError(FoureyesError, ValueError):
    """A configured secret can not be used. The secret itself is never part of the message."""

    def __init__(self, *, source: str, scheme: str, expected: str) -> None:
        self.source = source
        self.scheme = scheme
        self.expected = expected
        super().__init__(f"{source}: a secret for {scheme} is not usable; expected {expected}")


class Head(NamedTuple):
    """A request before its body; header names in any case."""

    method: str
    headers: Mapping[str, str]
    query: Mapping[str, str]


class Sent(NamedTuple):
    """What came, and when; `body` as it is after its Content-Encoding was undone."""

    head: Head
    body: bytes
    at: datetime
    tolerance: timedelta = TOLERANCE


class Reply(NamedTuple):
    """What a vendor wants to hear in place of a receipt."""

    status: int
    body: bytes = b""
    headers: Mapping[str, str] = {}


@dataclass(frozen=True, slots=True)
class Manner(ABC):
    """A way to tell a source's sender from everybody else, and to answer what it asks.

    `secrets` are those that are valid: two while one takes the other's place. `lacks` and `faults`
    return None when they are content, otherwise what is wrong, told without any part of a secret:
    `lacks` looks at the head alone, before the body is read; `faults` at what came as a whole,
    once `lacks` was content.

    For people: `title` says whose manner it is, `setup` what to enter on the vendor's side,
    `proves` what a right proof shows and what it does not.
    """

    name: ClassVar[str]
    title: ClassVar[str]
    setup: ClassVar[str]
    proves: ClassVar[str]
    challenge: ClassVar[str]
    accepted_status: ClassVar[int] = 202
    """The status of a receipt. With 204 there is none to read."""

    secrets: tuple[bytes, ...] = field(repr=False)

    @classmethod
    @abstractmethod
    def made(cls, source: str, secrets: Sequence[str]) -> Self:
        """Make it from configured secrets. Raises InvalidSecretError."""

    @abstractmethod
    def lacks(self, head: Head) -> str | None:
        """Say what the head lacks."""

    @abstractmethod
    def faults(self, sent: Sent) -> str | None:
        """Say what is wrong with the whole."""

    def greeting(self, head: Head) -> Reply | None:
        """Answer a handshake that is in the head alone; None: it is none."""
        del head
        return None

    def handshake(self, sent: Sent) -> Reply | None:
        """Answer a handshake that came as a body, already proven; None: it is a report."""
        del sent
        return None

    def delivery(self, head: Head) -> str | None:
        """Name the delivery, where the vendor does: a repeat has the same name."""
        del head
        return None

    def kept(self, sent: Sent) -> bytes:
        """What is stored of a body: its bytes, and whatever the vendor says beside them only."""
        return sent.body

    @classmethod
    def long_enough(cls, source: str, secrets: Sequence[bytes]) -> tuple[bytes, ...]:
        """Take secrets that can not be guessed. Raises InvalidSecretError."""
        if not secrets or any(len(each) < SECRET_BYTES_MIN for each in secrets):
            raise cls.unusable(source, f"at least {SECRET_BYTES_MIN} bytes")
        return tuple(secrets)

    @classmethod
    def printable(cls, source: str, secrets: Sequence[str]) -> tuple[bytes, ...]:
        """Take secrets that travel in a header as they are. Raises InvalidSecretError."""
        if not all(each.isascii() and each.isprintable() and " " not in each for each in secrets):
            raise cls.unusable(source, "printable ASCII without blanks")
        return cls.long_enough(source, [each.encode() for each in secrets])

    @classmethod
    def unusable(cls, source: str, expected: str) -> InvalidSecretError:
        """Say that a secret can not be used."""
        return InvalidSecretError(source=source, scheme=cls.name, expected=expected)


def signatures(secrets: Iterable[bytes], signed: bytes) -> list[bytes]:
    """Sign with each secret: HMAC-SHA256."""
    return [hmac.digest(secret, signed, "sha256") for secret in secrets]


def as_sent(text: str) -> bytes:
    """Turn header text into the bytes on the wire, where it was no UTF-8 either."""
    return text.encode("utf-8", "surrogateescape")


def is_one_of(found: bytes, right: Iterable[bytes]) -> bool:
    """Compare digests: how long it takes tells neither where they differ nor how long they are."""
    digest = hashlib.sha256(found).digest()
    # Every one is compared: which of two secrets it was is not told by the time it takes either.
    fits = [hmac.compare_digest(digest, hashlib.sha256(each).digest()) for each in right]
    return any(fits)
