"""OCSF Detection Findings in a Kafka topic, for whoever collects them there."""

from collections.abc import Sequence
from datetime import datetime, timedelta

from stream import canonical
from stream.desk.delivery import Delivery, DeliveryRefusedError, DestinationUnavailableError
from stream.hosts.kafka.client import KafkaClient
from stream.hosts.kafka.errors import LogUnavailableError, OversizeRecordError
from stream.hosts.kafka.raw import RawLog
from stream.ocsf import detection_finding


class OcsfTopic:
    """One record a finding change, with the finding as its key, so that a life stays in order.

    A delivery returns once all in-sync replicas have it; a repeat has the same `metadata.uid`.
    """

    name = "ocsf_topic"
    batch_max = 1
    tells_groups = False
    resend: timedelta | None = None

    def __init__(self, client: KafkaClient, topic: str) -> None:
        self._log = RawLog(client)
        self._topic = topic

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002
        """Append them, in order. Raises DestinationUnavailableError or DeliveryRefusedError."""
        for each in deliveries:
            body = canonical.write(detection_finding(each.finding))
            try:
                await self._log.append_to(self._topic, body, each.finding.finding.encode())
            except LogUnavailableError:
                # Kafka's own words would name the brokers.
                raise DestinationUnavailableError(
                    destination=self.name, reason="the brokers do not answer"
                ) from None
            except OversizeRecordError as error:
                reason = f"{error.size} bytes, of {error.limit} at most"
                raise DeliveryRefusedError(destination=self.name, reason=reason) from None

    async def close(self) -> None:
        """Let go of the brokers."""
        await self._log.close()
