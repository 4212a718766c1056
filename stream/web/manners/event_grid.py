"""Azure Event Grid, and whatever forwards an Event Hub: a secret in the address or a header."""

from collections.abc import Sequence
from typing import Any, Self

import orjson

from stream.web.manners.manner import Head, Manner, Reply, Sent, as_sent, is_one_of

ORIGIN_MAX = 255
VALIDATION = "Microsoft.EventGrid.SubscriptionValidationEvent"


class EventGrid(Manner):
    """`?code=<secret>` in the address, or `Authorization: Bearer <secret>` as a delivery property.

    Both handshakes are answered, to whoever has the secret: the validation event of Event Grid's
    own schema, and the OPTIONS request of the CloudEvents schema.
    """

    __slots__ = ()
    name = "event-grid"
    title = "Azure Event Grid, and functions or logic apps that forward an Event Hub"
    setup = (
        "webhook endpoint …/in/<source>?code=<secret>, or the header 'Authorization: Bearer "
        "<secret>' as a delivery property marked secret; the handshake is answered"
    )
    proves = "who sends; it signs neither the body nor a time"
    challenge = "Bearer"

    @classmethod
    def made(cls, source: str, secrets: Sequence[str]) -> Self:
        """Make it from secrets. Raises InvalidSecretError."""
        return cls(cls.printable(source, secrets))

    def lacks(self, head: Head) -> str | None:
        """The head says it all."""
        scheme, _, token = head.headers.get("Authorization", "").partition(" ")
        found = token.strip() if scheme.lower() == "bearer" else head.query.get("code", "")
        if not found:
            return "no secret; expected '?code=…' or 'Authorization: Bearer …'"
        if is_one_of(as_sent(found), self.secrets):
            return None
        return "the secret is not this source's"

    def faults(self, sent: Sent) -> str | None:
        """The body adds nothing to it."""
        return self.lacks(sent.head)

    def greeting(self, head: Head) -> Reply | None:
        """Allow the sender that asks, as CloudEvents' abuse protection has it."""
        origin = head.headers.get("WebHook-Request-Origin", "")
        is_asked = head.method == "OPTIONS" and 0 < len(origin) <= ORIGIN_MAX
        if not is_asked or self.lacks(head) is not None:
            return None
        allowed = {"WebHook-Allowed-Origin": origin, "WebHook-Allowed-Rate": "*", "Allow": "POST"}
        return Reply(200, headers=allowed)

    def handshake(self, sent: Sent) -> Reply | None:
        """Give the validation code back."""
        if sent.head.headers.get("aeg-event-type") != "SubscriptionValidation":
            return None
        code = _validation_code(sent.body)
        if code is None:
            return None
        body = orjson.dumps({"validationResponse": code})
        return Reply(200, body, {"Content-Type": "application/json"})


def _validation_code(body: bytes) -> str | None:
    try:
        told: Any = orjson.loads(body)
    except ValueError:
        return None
    first = told[0] if isinstance(told, list) and told else told
    if not isinstance(first, dict) or first.get("eventType") != VALIDATION:
        return None
    inner = first.get("data")
    code = inner.get("validationCode") if isinstance(inner, dict) else None
    return code if isinstance(code, str) else None
