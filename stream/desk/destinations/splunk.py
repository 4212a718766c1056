"""Splunk's HTTP Event Collector: one event for each change of a finding."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any

from stream import canonical
from stream.desk.delivery import Delivery
from stream.desk.http import ANSWER_SECONDS_MAX, Poster
from stream.desk.reading import read_told

PATH = "/services/collector/event"
SOURCE = "foureyes"
SOURCE_TYPE = "foureyes:finding"


class Splunk:
    """Posts events to the collector, up to 64 in a request.

    `event` is the finding as the log has it, and `delivery`, by which a search drops repeats. What
    one may want to search by without reading the event is under `fields`.
    """

    name = "splunk"
    batch_max = 64
    tells_groups = False
    resend: timedelta | None = None

    def __init__(
        self, url: str, token: str, *, answer_seconds_max: float = ANSWER_SECONDS_MAX
    ) -> None:
        """`url` is the collector's root, `token` one of its tokens."""
        self._headers = {"Authorization": f"Splunk {token}", "Content-Type": "application/json"}
        self._poster = Poster(
            self.name, url.rstrip("/") + PATH, answer_seconds_max=answer_seconds_max
        )

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Post them together. Raises DestinationUnavailableError or DeliveryRefusedError."""
        body = b"\n".join(canonical.write(_event(each)) for each in deliveries)
        await self._poster.post(body, self._headers, now)

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()


def _event(delivery: Delivery) -> dict[str, Any]:
    finding = delivery.finding
    fields = {
        "rule": finding.rule,
        "severity": finding.severity.value,
        "change": finding.change.value,
        "case": finding.case,
    }
    return {
        "time": f"{finding.at.timestamp():.3f}",
        "source": SOURCE,
        "sourcetype": SOURCE_TYPE,
        "event": {"delivery": delivery.id, "kind": delivery.kind.value, **read_told(delivery.line)},
        "fields": {**fields, "tenant": finding.tenant} if finding.tenant else fields,
    }
