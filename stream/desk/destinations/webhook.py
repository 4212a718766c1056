"""Any receiver of signed webhooks, by the Standard Webhooks specification (version v1)."""

import base64
import binascii
import hashlib
import hmac
from collections.abc import Sequence
from datetime import datetime, timedelta

from stream import canonical
from stream.desk.delivery import Delivery, InvalidDestinationError
from stream.desk.http import ANSWER_SECONDS_MAX, Poster
from stream.desk.reading import read_told

SECRET_PREFIX = "whsec_"  # noqa: S105 - the specification's word, no secret
KEY_BYTES_MIN = 24
KEY_BYTES_MAX = 64


class Webhook:
    """Posts one delivery at a time.

    `webhook-id` is the delivery's id and the body is the same at each attempt, so a receiver
    drops repeats by id. The body is canonical JSON: `type` (`foureyes.finding.` and the change),
    `kind` (firing, resolved, event), `timestamp` (the finding's `at`) and `data`, the finding;
    `also` are the other findings of its group that ring with it, if there are any.
    """

    name = "webhook"
    batch_max = 1
    tells_groups = True
    resend: timedelta | None = None

    def __init__(
        self, url: str, secret: str, *, answer_seconds_max: float = ANSWER_SECONDS_MAX
    ) -> None:
        """`secret` is `whsec_` and base64 of 24 to 64 bytes. Raises InvalidDestinationError."""
        self._key = read_secret(secret)
        self._poster = Poster(self.name, url, answer_seconds_max=answer_seconds_max)

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Post them, in order. Raises DestinationUnavailableError or DeliveryRefusedError."""
        for each in deliveries:
            body = write_body(each)
            await self._poster.post(body, self._headers(each.id, int(now.timestamp()), body), now)

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()

    def _headers(self, id: str, timestamp: int, body: bytes) -> dict[str, str]:
        return {
            "Content-Type": "application/json",
            "webhook-id": id,
            "webhook-timestamp": str(timestamp),
            "webhook-signature": sign(self._key, id, timestamp, body),
        }


def write_body(delivery: Delivery) -> bytes:
    """Write what the receiver reads: the same bytes for the same delivery."""
    finding = delivery.finding
    told = {
        "type": f"foureyes.finding.{finding.change.value}",
        "kind": delivery.kind.value,
        "timestamp": finding.at,
        "data": read_told(delivery.line),
    }
    also = [read_told(each.line) for each in delivery.also]
    return canonical.write({**told, "also": also} if also else told)


def sign(key: bytes, id: str, timestamp: int, body: bytes) -> str:
    """Sign id, time (seconds since 1970) and body as the specification says."""
    content = b".".join((id.encode(), str(timestamp).encode(), body))
    return f"v1,{base64.b64encode(hmac.digest(key, content, hashlib.sha256)).decode()}"


def read_secret(secret: str) -> bytes:
    """Read the key out of a secret. Raises InvalidDestinationError, without the secret."""
    try:
        key = base64.b64decode(secret.removeprefix(SECRET_PREFIX), validate=True)
    except (binascii.Error, ValueError):
        key = b""
    if not secret.startswith(SECRET_PREFIX) or not KEY_BYTES_MIN <= len(key) <= KEY_BYTES_MAX:
        raise InvalidDestinationError(
            destination=Webhook.name,
            what="its secret",
            found="not in the form of one" if secret else "missing",
            expected=f"whsec_ and base64 of {KEY_BYTES_MIN} to {KEY_BYTES_MAX} bytes",
        ) from None
    return key
