"""Standard Webhooks: an id, a time and a signature over both and the body."""

import base64
import binascii
from collections.abc import Sequence
from typing import Self

from stream.web.manners.manner import Head, Manner, Sent, as_sent, is_one_of, signatures

TIMESTAMP_DIGITS_MAX = 12
SIGNATURES_MAX = 8
"""Signatures in one header that are looked at: a sender that rotates its secret sends two."""

WHSEC = "whsec_"


class StandardWebhooks(Manner):
    """HMAC-SHA256 over `id.timestamp.body`, in `webhook-signature: v1,…`."""

    __slots__ = ()
    name = "standard-webhooks"
    title = "Standard Webhooks"
    setup = "sign with the secret (whsec_…): webhook-id, webhook-timestamp, webhook-signature: v1,…"
    proves = "who sends, the body, its id and its time: an old one is refused"
    challenge = "StandardWebhooks"

    @classmethod
    def made(cls, source: str, secrets: Sequence[str]) -> Self:
        """Make it from `whsec_…` secrets. Raises InvalidSecretError."""
        try:
            keys = [base64.b64decode(each.removeprefix(WHSEC), validate=True) for each in secrets]
        except (binascii.Error, ValueError):
            raise cls.unusable(source, f"base64, with or without {WHSEC!r} before it") from None
        return cls(cls.long_enough(source, keys))

    def lacks(self, head: Head) -> str | None:
        """Three headers have to be there."""
        for name in ("webhook-id", "webhook-timestamp", "webhook-signature"):
            if not head.headers.get(name):
                return f"no {name} header; expected a Standard Webhooks signature"
        return None

    def faults(self, sent: Sent) -> str | None:
        """The timestamp has to be near, and one of the signatures right."""
        headers = sent.head.headers
        stamp = headers["webhook-timestamp"]
        if not (stamp.isascii() and stamp.isdigit() and len(stamp) <= TIMESTAMP_DIGITS_MAX):
            return "webhook-timestamp is not a number of seconds since 1970"
        away = abs(int(stamp) - int(sent.at.timestamp()))
        limit = int(sent.tolerance.total_seconds())
        if away > limit:
            return f"webhook-timestamp is {away} s away from our clock; expected at most {limit} s"
        before = as_sent(f"{headers['webhook-id']}.{stamp}.")
        right = [base64.b64encode(each) for each in signatures(self.secrets, before + sent.body)]
        listed = headers["webhook-signature"].split(maxsplit=SIGNATURES_MAX)[:SIGNATURES_MAX]
        found = [each.removeprefix("v1,") for each in listed if each.startswith("v1,")]
        if any(is_one_of(as_sent(each), right) for each in found):
            return None
        return "webhook-signature does not fit the body"

    def delivery(self, head: Head) -> str | None:
        """`webhook-id`: the same however often it is sent, and signed."""
        return head.headers.get("webhook-id")
