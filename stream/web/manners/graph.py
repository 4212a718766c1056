"""Microsoft Graph's change notifications: a token to say back, a secret in each of them."""

from collections.abc import Sequence
from typing import Self

from stream.web.manners.manner import Head, Manner, Reply, Sent, as_sent, is_one_of
from stream.web.manners.taken_out import Fields, read_each, read_fields, read_text, without, written

TOKEN_MAX = 4_096
STATE = "clientState"
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
        "who sends, by a secret inside the body, which is taken out before it is stored; it signs "
        "neither the body nor a time"
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
            state = read_text(each.get(STATE))
            if state is None:
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

    def kept(self, sent: Sent) -> bytes:
        """Take the secret out of each notification; all else keeps its bytes."""
        told = [without(each, STATE) for each in _notifications(sent.body)]
        if not told:
            return sent.body
        return bytes(written({**read_fields(sent.body), "value": written(told)}))


def _notifications(body: bytes) -> list[Fields]:
    return read_each(read_fields(body).get("value", b"[]"))
