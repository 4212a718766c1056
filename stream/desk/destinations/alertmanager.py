"""Prometheus Alertmanager: one alert per finding, told again for as long as it stands."""

from collections.abc import Callable, Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any

from rules.finding import Finding
from stream import canonical
from stream.desk.delivery import Delivery, Kind
from stream.desk.http import ANSWER_SECONDS_MAX, Poster

PATH = "/api/v2/alerts"
RESEND = timedelta(seconds=60)
LAPSES_AFTER_ROUNDS = 5
"""An alert that was not told again for so many rounds ends by itself in Alertmanager."""
LABEL_LENGTH_MAX = 200
"""In characters; a source may call a case anything, and labels travel everywhere."""
ANNOTATION_LENGTH_MAX = 4000
HEADERS = {"Content-Type": "application/json"}


class Alertmanager:
    """Posts to version 2 of Alertmanager's interface.

    The labels are a closed set without people or times; `alertname` is the rule's title, `finding`
    makes the alert unique, and `group_by: [tenant, case]` shows a case's alerts together. The
    sentence, the people, the next step and the evidence are annotations. Where a change moves a
    label (a severity, say), the alert under the old labels is ended in the same request.

    An active alert ends by itself after `LAPSES_AFTER_ROUNDS` rounds without the desk: Alertmanager
    then reports it as resolved, and rings again when the desk is back.
    """

    name = "alertmanager"
    batch_max = 64
    tells_groups = False

    def __init__(
        self,
        url: str,
        *,
        resend: timedelta = RESEND,
        link: Callable[[Finding], str] | None = None,
        answer_seconds_max: float = ANSWER_SECONDS_MAX,
    ) -> None:
        """`url` is Alertmanager's root; `link` gives the page that an alert leads to."""
        self.resend: timedelta | None = resend
        self._lapse = resend * LAPSES_AFTER_ROUNDS
        self._link = link
        self._poster = Poster(
            self.name, url.rstrip("/") + PATH, answer_seconds_max=answer_seconds_max
        )

    async def deliver(self, deliveries: Sequence[Delivery], now: datetime) -> None:
        """Tell the alerts. Raises DestinationUnavailableError or DeliveryRefusedError."""
        alerts = [alert for each in deliveries for alert in self._alerts(each, now)]
        await self._poster.post(canonical.write(alerts), HEADERS, now)

    async def close(self) -> None:
        """Close the connections."""
        await self._poster.close()

    def _alerts(self, delivery: Delivery, now: datetime) -> list[dict[str, Any]]:
        ends = now if delivery.kind is Kind.RESOLVED else now + self._lapse
        alerts = [self._alert(delivery.finding, now, ends)]
        before = delivery.before
        if before is not None and labels(before) != labels(delivery.finding):
            alerts.insert(0, self._alert(before, now, now))
        return alerts

    def _alert(self, finding: Finding, now: datetime, ends: datetime) -> dict[str, Any]:
        alert = {
            "labels": labels(finding),
            "annotations": annotations(finding),
            # Alertmanager refuses an alert that begins after it ends, and clocks differ.
            "startsAt": min(finding.at, now),
            "endsAt": ends,
        }
        return alert if self._link is None else {**alert, "generatorURL": self._link(finding)}


def labels(finding: Finding) -> dict[str, str]:
    """What identifies an alert: always these names and no others, never a person or a time."""
    told = {
        "alertname": finding.title or finding.rule,
        "rule": finding.rule,
        "severity": finding.severity.value,
        "source": finding.source,
        "tenant": finding.tenant,
        "workflow": finding.workflow,
        "case": finding.case,
        "finding": finding.finding,
    }
    return _told(told, LABEL_LENGTH_MAX)


def annotations(finding: Finding) -> dict[str, str]:
    """What a person reads: the sentence, who, the next step, and what it rests on."""
    told = {
        "summary": finding.summary,
        "next_step": finding.next_step,
        "who": ", ".join(finding.who),
        "controls": ", ".join(finding.controls),
        "policy": finding.policy,
        "evidence": ", ".join(finding.evidence),
        "because": finding.because,
        "change": finding.change.value,
        "number": str(finding.number),
        "at": finding.at.isoformat(),
    }
    return _told(told, ANNOTATION_LENGTH_MAX)


def _told(texts: Mapping[str, str | None], length_max: int) -> dict[str, str]:
    """Leave out what is empty, and shorten what is too long so that it shows."""
    return {
        name: text if len(text) <= length_max else f"{text[: length_max - 1]}…"
        for name, text in texts.items()
        if text
    }
