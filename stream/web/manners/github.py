"""GitHub's webhooks: a signature over the body; the delivery's name stands in a header alone."""

from collections.abc import Sequence
from typing import Self

import orjson

from stream.web.manners.manner import Head, Manner, Sent, as_sent, is_one_of, signatures

DELIVERY_NAME_MAX = 100


class GitHub(Manner):
    """HMAC-SHA256 over the body, in `X-Hub-Signature-256: sha256=<hex>`.

    Two equal payloads (added, removed, added again) are two events, and only the delivery's header
    tells them apart: it is kept around the payload, in the shape of GitHub's deliveries API.
    """

    __slots__ = ()
    name = "github"
    title = "GitHub webhooks"
    setup = "webhook with content type application/json and the secret; each event of interest"
    proves = (
        "who sends, and the body; it signs no time, so a copy can be sent again: it is known as a "
        "repeat by X-GitHub-Delivery, which is not signed"
    )
    challenge = "X-Hub-Signature-256"

    @classmethod
    def made(cls, source: str, secrets: Sequence[str]) -> Self:
        """Make it from secrets. Raises InvalidSecretError."""
        return cls(cls.long_enough(source, [each.encode() for each in secrets]))

    def lacks(self, head: Head) -> str | None:
        """One header has to be there."""
        if head.headers.get("X-Hub-Signature-256", "").startswith("sha256="):
            return None
        return "no signature; expected 'X-Hub-Signature-256: sha256=…'"

    def faults(self, sent: Sent) -> str | None:
        """The signature has to be one of ours."""
        found = sent.head.headers["X-Hub-Signature-256"].removeprefix("sha256=")
        right = [each.hex().encode() for each in signatures(self.secrets, sent.body)]
        if is_one_of(as_sent(found), right):
            return None
        return "X-Hub-Signature-256 does not fit the body"

    def delivery(self, head: Head) -> str | None:
        """`X-GitHub-Delivery`: the same when a delivery is made again."""
        return head.headers.get("X-GitHub-Delivery")

    def kept(self, sent: Sent) -> bytes:
        """Put the delivery's name and event around the payload, whose bytes stay as they are."""
        name = self.delivery(sent.head)
        if not name or len(name) > DELIVERY_NAME_MAX or not _is_object(sent.body):
            return sent.body
        said = {"guid": name, "event": sent.head.headers.get("X-GitHub-Event", "")}
        if not all(text.isascii() and text.isprintable() for text in said.values()):
            return sent.body
        return orjson.dumps(said)[:-1] + b',"request":{"payload":' + sent.body + b"}}"


def _is_object(body: bytes) -> bool:
    try:
        return isinstance(orjson.loads(body), dict)
    except ValueError:
        return False
