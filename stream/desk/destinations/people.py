"""Chat, mail and pagers, through apprise: a short message for people."""

from collections.abc import Sequence
from datetime import datetime, timedelta

import apprise
from apprise import NotifyFormat, NotifyType

from rules.finding import Finding, Severity
from stream.desk.delivery import (
    Delivery,
    DestinationUnavailableError,
    InvalidDestinationError,
    Kind,
)

_RINGING = {
    Severity.LOW: NotifyType.INFO,
    Severity.MEDIUM: NotifyType.WARNING,
    Severity.HIGH: NotifyType.WARNING,
    Severity.CRITICAL: NotifyType.FAILURE,
}


class People:
    """Sends one message for each change that rings or stands down, to every address.

    A confirmed finding is no news for people and is not sent. apprise says only whether all
    addresses took a message: where one did not, all are tried again, so people may read it twice.
    """

    name = "people"
    batch_max = 1
    tells_groups = True
    resend: timedelta | None = None

    def __init__(self, urls: Sequence[str]) -> None:
        """`urls` are apprise's. Raises InvalidDestinationError, which names none of them."""
        self._addresses = apprise.Apprise()
        for number, url in enumerate(urls, 1):
            if not self._addresses.add(url):
                raise InvalidDestinationError(
                    destination=self.name,
                    what=f"address {number} of {len(urls)}",
                    found="none that apprise knows",
                    expected="an address of apprise, SERVICE://…",
                )

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:  # noqa: ARG002
        """Send them, in order. Raises DestinationUnavailableError."""
        for each in deliveries:
            if each.kind is Kind.EVENT:
                continue
            has_arrived = await self._addresses.async_notify(
                title=title(each),
                body=text(each),
                notify_type=_type(each),
                body_format=NotifyFormat.TEXT,
            )
            if not has_arrived:
                raise DestinationUnavailableError(
                    destination=self.name, reason="not every address took the message"
                )

    async def close(self) -> None:
        """Nothing is held between two messages."""


def title(delivery: Delivery) -> str:
    """What a phone shows: how bad, and what."""
    finding = delivery.finding
    more = f" and {len(delivery.also)} more" if delivery.also else ""
    return f"[{finding.severity.value}] {finding.title or finding.rule} ({finding.case}){more}"


def text(delivery: Delivery) -> str:
    """What a person reads: the sentence, the next step, what it is about."""
    finding = delivery.finding
    lines = [
        f"{finding.change.value}: {finding.because}" if finding.because else finding.change.value,
        finding.summary,
        f"Next: {finding.next_step}" if finding.next_step else "",
        f"Who: {', '.join(finding.who)}" if finding.who else "",
        f"{finding.rule}, case {finding.case}, {finding.at.isoformat()}",
        *(f"Also: {_shortly(each.finding)}" for each in delivery.also),
        f"Finding {finding.finding}, change {finding.number}",
    ]
    return "\n".join(line for line in lines if line)


def _shortly(finding: Finding) -> str:
    return f"[{finding.severity.value}] {finding.summary} ({finding.finding}, {finding.number})"


def _type(delivery: Delivery) -> NotifyType:
    if delivery.kind is Kind.RESOLVED:
        return NotifyType.SUCCESS
    return _RINGING[delivery.finding.severity]
