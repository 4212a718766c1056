"""How a sender shows that it may speak for a source: a shared secret, or a signature."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import NamedTuple, Protocol

from rules.errors import FoureyesError

SECRET_BYTES_MIN = 16
"""A shorter secret can be guessed."""

TIMESTAMP_TOLERANCE = timedelta(minutes=5)
"""By how much a signed timestamp may differ from our clock, either way (Standard Webhooks)."""

TIMESTAMP_DIGITS_MAX = 12
SIGNATURES_MAX = 8
"""Signatures in one header that are looked at: a sender that rotates its secret sends two."""

WHSEC = "whsec_"


class InvalidSecretError(FoureyesError, ValueError):
    """A configured secret can not be used. The secret itself is never part of the message."""

    def __init__(self, *, source: str, scheme: str, expected: str) -> None:
        self.source = source
        self.scheme = scheme
        self.expected = expected
        super().__init__(f"{source}: a secret for {scheme} is not usable; expected {expected}")


class Sent(NamedTuple):
    """What came, and when; `body` as it is after its Content-Encoding was undone."""

    headers: Mapping[str, str]
    body: bytes
    at: datetime


class Proof(Protocol):
    """A way to tell a source's sender from everybody else.

    Both methods return None when they are content, otherwise what is wrong, told without any
    part of a secret. `lacks` looks at the head alone, before the body is read; `faults` at what
    came as a whole, once `lacks` was content.
    """

    @property
    def challenge(self) -> str: ...

    def lacks(self, headers: Mapping[str, str]) -> str | None: ...

    def faults(self, sent: Sent) -> str | None: ...


@dataclass(frozen=True, slots=True)
class Bearer:
    """`Authorization: Bearer <secret>`; any one of the secrets will do."""

    secrets: tuple[bytes, ...] = field(repr=False)
    challenge = "Bearer"

    def lacks(self, headers: Mapping[str, str]) -> str | None:
        """The head says it all."""
        scheme, _, token = headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return "no bearer token; expected 'Authorization: Bearer …'"
        return (
            None
            if _is_one_of(_as_sent(token.strip()), self.secrets)
            else "the bearer token is not this source's"
        )

    def faults(self, sent: Sent) -> str | None:
        """The body adds nothing to it."""
        return self.lacks(sent.headers)


@dataclass(frozen=True, slots=True)
class StandardWebhooks:
    """Standard Webhooks: HMAC-SHA256 over `id.timestamp.body`, in `webhook-signature: v1,…`.

    A replay within the tolerance is let through: it is known as a repeat later, by the event's id.
    """

    secrets: tuple[bytes, ...] = field(repr=False)
    challenge = "StandardWebhooks"

    def lacks(self, headers: Mapping[str, str]) -> str | None:
        """Three headers have to be there."""
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            if not headers.get(name):
                return f"no {name} header; expected a Standard Webhooks signature"
        return None

    def faults(self, sent: Sent) -> str | None:
        """The timestamp has to be near, and one of the signatures right."""
        stamp = sent.headers["webhook-timestamp"]
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= TIMESTAMP_DIGITS_MAX):
            return "webhook-timestamp is not a number of seconds since 1970"
        away = abs(int(stamp) - int(sent.at.timestamp()))
        limit = int(TIMESTAMP_TOLERANCE.total_seconds())
        if away > limit:
            return f"webhook-timestamp is {away} s away from our clock; expected at most {limit} s"
        before = f"{sent.headers['webhook-id']}.{stamp}."
        right = _signatures(self.secrets, _as_sent(before) + sent.body)
        listed = sent.headers["webhook-signature"].split(maxsplit=SIGNATURES_MAX)[:SIGNATURES_MAX]
        found = [each.removeprefix("v1,") for each in listed if each.startswith("v1,")]
        return _wrong("webhook-signature", found, [base64.b64encode(each) for each in right])


@dataclass(frozen=True, slots=True)
class GitHubSignature:
    """GitHub's way: HMAC-SHA256 over the body, in `X-Hub-Signature-256: sha256=<hex>`.

    It signs no time, so an old delivery can be sent again by whoever holds a copy; it is known as
    a repeat later, by the event's id.
    """

    secrets: tuple[bytes, ...] = field(repr=False)
    challenge = "X-Hub-Signature-256"

    def lacks(self, headers: Mapping[str, str]) -> str | None:
        """One header has to be there."""
        if headers.get("X-Hub-Signature-256", "").startswith("sha256="):
            return None
        return "no signature; expected 'X-Hub-Signature-256: sha256=…'"

    def faults(self, sent: Sent) -> str | None:
        """The signature has to be one of ours."""
        found = sent.headers["X-Hub-Signature-256"].removeprefix("sha256=")
        right = [each.hex().encode() for each in _signatures(self.secrets, sent.body)]
        return _wrong("X-Hub-Signature-256", [found], right)


def bearer(source: str, secrets: Sequence[str]) -> Bearer:
    """Make the proof from configured tokens. Raises InvalidSecretError."""
    for secret in secrets:
        if not (secret.isascii() and secret.isprintable() and " " not in secret):
            raise InvalidSecretError(
                source=source, scheme="bearer", expected="printable ASCII without blanks"
            )
    return Bearer(_long_enough(source, "bearer", [each.encode() for each in secrets]))


def standard_webhooks(source: str, secrets: Sequence[str]) -> StandardWebhooks:
    """Make the proof from configured `whsec_…` secrets. Raises InvalidSecretError."""
    scheme = "standard-webhooks"
    try:
        keys = [base64.b64decode(each.removeprefix(WHSEC), validate=True) for each in secrets]
    except (binascii.Error, ValueError):
        raise InvalidSecretError(
            source=source, scheme=scheme, expected=f"base64, with or without {WHSEC!r} before it"
        ) from None
    return StandardWebhooks(_long_enough(source, scheme, keys))


def github(source: str, secrets: Sequence[str]) -> GitHubSignature:
    """Make the proof from configured secrets. Raises InvalidSecretError."""
    return GitHubSignature(_long_enough(source, "github", [each.encode() for each in secrets]))


SCHEMES = {"bearer": bearer, "standard-webhooks": standard_webhooks, "github": github}
"""The name that settings give a scheme, and what makes its proof."""


def _long_enough(source: str, scheme: str, secrets: Sequence[bytes]) -> tuple[bytes, ...]:
    if not secrets or any(len(each) < SECRET_BYTES_MIN for each in secrets):
        raise InvalidSecretError(
            source=source, scheme=scheme, expected=f"at least {SECRET_BYTES_MIN} bytes"
        )
    return tuple(secrets)


def _signatures(secrets: Iterable[bytes], signed: bytes) -> list[bytes]:
    return [hmac.digest(secret, signed, "sha256") for secret in secrets]


def _wrong(header: str, found: Iterable[str], right: Sequence[bytes]) -> str | None:
    if any(_is_one_of(_as_sent(each), right) for each in found):
        return None
    return f"{header} does not fit the body"


def _as_sent(text: str) -> bytes:
    """Turn header text into the bytes on the wire, where it was no UTF-8 either."""
    return text.encode("utf-8", "surrogateescape")


def _is_one_of(found: bytes, right: Iterable[bytes]) -> bool:
    """Compare digests: how long it takes tells neither where they differ nor how long they are."""
    digest = hashlib.sha256(found).digest()
    return any(hmac.compare_digest(digest, hashlib.sha256(each).digest()) for each in right)
