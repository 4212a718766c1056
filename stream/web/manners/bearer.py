"""Anybody who can be given a token: `Authorization: Bearer …`."""

from collections.abc import Sequence
from typing import Self

from stream.web.manners.manner import Head, Manner, Sent, as_sent, is_one_of


class Bearer(Manner):
    """`Authorization: Bearer <secret>`; any one of the secrets will do."""

    __slots__ = ()
    name = "bearer"
    title = "a bearer token"
    setup = "send the header 'Authorization: Bearer <secret>' with each body"
    proves = "who sends; it signs neither the body nor a time"
    challenge = "Bearer"

    @classmethod
    def made(cls, source: str, secrets: Sequence[str]) -> Self:
        """Make it from tokens. Raises InvalidSecretError."""
        return cls(cls.printable(source, secrets))

    def lacks(self, head: Head) -> str | None:
        """The head says it all."""
        scheme, _, token = head.headers.get("Authorization", "").partition(" ")
        if scheme.lower() != "bearer":
            return "no bearer token; expected 'Authorization: Bearer …'"
        if is_one_of(as_sent(token.strip()), self.secrets):
            return None
        return "the bearer token is not this source's"

    def faults(self, sent: Sent) -> str | None:
        """The body adds nothing to it."""
        return self.lacks(sent.head)
