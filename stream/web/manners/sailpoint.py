"""SailPoint's trigger subscriptions: a bearer token, a user and password, or a header."""

import base64
from collections.abc import Sequence
from typing import Self

from stream.web.manners.manner import SECRET_BYTES_MIN, Head, Manner, Sent, as_sent, is_one_of
from stream.web.manners.taken_out import read_fields, without, written

BASIC = "basic:"
HEADER = "header:"
ENVELOPE, ANSWERED_WITH = "_metadata", "secret"
"""Where an invocation carries the secret with which its subscriber may answer it."""


class SailPoint(Manner):
    """Each secret says which way it is sent.

    `<token>` is a bearer token, `basic:<user>:<password>` basic authentication, and
    `header:<name>:<value>` a header that something in between puts on. What is kept of a secret
    is the whole line that has to be there: header name, colon, value.
    """

    __slots__ = ()
    name = "sailpoint"
    title = "SailPoint event triggers"
    setup = (
        "HTTP subscription (not request and response: foureyes decides nothing) with bearer token "
        "<secret>, or basic authentication and the secret basic:<user>:<password>"
    )
    proves = "who sends; it signs neither the body nor a time"
    challenge = "Bearer"

    @classmethod
    def made(cls, source: str, secrets: Sequence[str]) -> Self:
        """Make it from secrets. Raises InvalidSecretError."""
        cls.printable(source, secrets)
        lines = [_line(each) for each in secrets]
        if None in lines:
            expected = (
                "a token, basic:<user>:<password> or header:<name>:<value>, the secret part at "
                f"least {SECRET_BYTES_MIN} bytes"
            )
            raise cls.unusable(source, expected)
        return cls(tuple(line.encode() for line in lines if line is not None))

    def lacks(self, head: Head) -> str | None:
        """One of the headers has to be there, with one of the values."""
        names = {line.partition(b":")[0].decode() for line in self.secrets}
        found = [
            as_sent(f"{name}:{_told(head.headers[name])}") for name in names if name in head.headers
        ]
        if not found:
            return f"no {' or '.join(sorted(names))} header; expected the subscription's secret"
        if any(is_one_of(each, self.secrets) for each in found):
            return None
        return "the subscription's secret is not this source's"

    def faults(self, sent: Sent) -> str | None:
        """The body adds nothing to it."""
        return self.lacks(sent.head)

    def kept(self, sent: Sent) -> bytes:
        """Take the invocation's own secret out; all else keeps its bytes."""
        fields = read_fields(sent.body)
        envelope = read_fields(fields.get(ENVELOPE, b"{}"))
        if ANSWERED_WITH not in envelope:
            return sent.body
        return bytes(written({**fields, ENVELOPE: written(without(envelope, ANSWERED_WITH))}))


def _told(value: str) -> str:
    """Write an authorization's scheme in one way: `bearer x` is `Bearer x`."""
    scheme, blank, rest = value.partition(" ")
    return f"{scheme.capitalize()} {rest.strip()}" if blank else value


def _line(secret: str) -> str | None:
    """Give the header that a secret is sent in; None: the secret is none."""
    if secret.startswith(BASIC):
        user, _, password = secret.removeprefix(BASIC).partition(":")
        pair = base64.b64encode(f"{user}:{password}".encode()).decode()
        return f"Authorization:Basic {pair}" if _is_long(password) else None
    if secret.startswith(HEADER):
        name, _, value = secret.removeprefix(HEADER).partition(":")
        return f"{name}:{value}" if name and _is_long(value) else None
    return f"Authorization:Bearer {secret}"


def _is_long(secret: str) -> bool:
    return len(secret) >= SECRET_BYTES_MIN
