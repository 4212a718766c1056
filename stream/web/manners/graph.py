"""Microsoft Graph's change notifications: a token to say back, a secret in each of them."""

from collections.abc import Sequence
from typing import Any, Self

import orjson

from stream.web.manners.manner import Head, Manner, Reply, Sent, as_sent, is_one_of

TOKEN_MAX = 4_096
CLIENT_STATE_MAX = 128
"""Graph's own limit of a clientState."""


class Graph(Manner):
    """`clientState` of the subscription, in every notification of a body.

    The validation token comes before there is anything that proves a sender; what is said back is
    the token and nothing else, as plain text that no browser takes for a page.
    """

    __slots__ = ()
    name = "graph"
    title = "Microsoft Graph change notifications"
    setup = "subscription with the secret as clientState; the validation token is answered"
    proves = (
        "who sends, by a secret inside the body, which is stored with it; it signs neither the "
        "body nor a time"
    )
    challenge = "clientState"

    @classmethod
    def made(cls, source: str, secrets: Sequence[str]) -> Self:
        """Make it from client states. Raises InvalidSecretError."""
        if any(len(each) > CLIENT_STATE_MAX for each in secrets):
            raise cls.unusable(source, f"at most {CLIENT_STATE_MAX} characters")
        return cls(cls.printable(source, secrets))

    def lacks(self, head: Head) -> str | None:
        """The head says nothing."""
        del head
        return None

    def faults(self, sent: Sent) -> str | None:
        """Every notification has to name our secret: one that does not spoils them all."""
        told = _notifications(sent.body)
        if not told:
            return "no notifications; expected a list 'value', each item with its clientState"
        for number, each in enumerate(told):
            state = each.get("clientState") if isinstance(each, dict) else None
            if not isinstance(state, str):
                return f"value[{number}] has no clientState"
            if not is_one_of(as_sent(state), self.secrets):
                return f"the clientState of value[{number}] is not this source's"
        return None

    def greeting(self, head: Head) -> Reply | None:
        """Say the validation token back."""
        token = head.query.get("validationToken")
        if head.method != "POST" or not token or len(token) > TOKEN_MAX:
            return None
        safe = {"Content-Type": "text/plain; charset=utf-8", "X-Content-Type-Options": "nosniff"}
        return Reply(200, as_sent(token), safe)


def _notifications(body: bytes) -> list[Any]:
    try:
        told = orjson.loads(body)
    except ValueError:
        return []
    value = told.get("value") if isinstance(told, dict) else None
    return value if isinstance(value, list) else []
