"""Okta's event hooks: a one-time verification, and a header that holds the secret as it is."""

from collections.abc import Sequence
from typing import Self

import orjson

from stream.web.manners.manner import Head, Manner, Reply, Sent, as_sent, is_one_of

CHALLENGE = "X-Okta-Verification-Challenge"
CHALLENGE_MAX = 1_000


class Okta(Manner):
    """`Authorization: <secret>`, as the hook's authentication field and secret have it.

    The verification is asked with the same header, and is answered to nobody else.
    """

    __slots__ = ()
    name = "okta"
    title = "Okta event hooks"
    setup = (
        "event hook with authentication field Authorization and the secret; press verify: the "
        "one-time verification is answered"
    )
    proves = "who sends; it signs neither the body nor a time"
    challenge = "Authorization"
    accepted_status = 204
    """Okta asks for an empty answer, 200 or 204."""

    @classmethod
    def made(cls, source: str, secrets: Sequence[str]) -> Self:
        """Make it from secrets. Raises InvalidSecretError."""
        return cls(cls.printable(source, secrets))

    def lacks(self, head: Head) -> str | None:
        """The head says it all: the secret alone, or after `Bearer`."""
        told = head.headers.get("Authorization", "")
        if not told:
            return "no Authorization header; expected the secret of the event hook"
        scheme, _, token = told.partition(" ")
        found = token.strip() if scheme.lower() == "bearer" else told
        if is_one_of(as_sent(found), self.secrets):
            return None
        return "the Authorization header is not this source's"

    def faults(self, sent: Sent) -> str | None:
        """The body adds nothing to it."""
        return self.lacks(sent.head)

    def greeting(self, head: Head) -> Reply | None:
        """Say the challenge back, to whoever has the secret."""
        challenge = head.headers.get(CHALLENGE, "")
        asked = head.method == "GET" and 0 < len(challenge) <= CHALLENGE_MAX
        if not asked or self.lacks(head) is not None:
            return None
        body = orjson.dumps({"verification": as_sent(challenge).decode("utf-8", "replace")})
        return Reply(200, body, {"Content-Type": "application/json"})
