"""Alertmanager: one alert per finding, told in the form its interface takes."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.finding import Change, Finding, Severity
from stream.desk.delivery import InvalidDestinationError
from stream.desk.desk import Desk
from stream.desk.destinations.alertmanager import (
    LABEL_LENGTH_MAX,
    Alertmanager,
    annotations,
    labels,
)
from tests.desk.destination_contract import DestinationContract, Subject, Told
from tests.desk.findings import NOON, OPENED, changed, line
from tests.desk.receivers import Answer, Receiver, receiver

LABELS = {
    "alertname": "Approved own request",
    "rule": "APR-001",
    "severity": "high",
    "source": "iga/acme",
    "tenant": "acme",
    "workflow": "wf-access",
    "case": "REQ-7",
    "finding": "APR-001-0011223344556677",
}


class AlertmanagerSubject:
    """Alertmanager behind a password, played by a receiver."""

    secrets = ("s3cret", "desk:", "/alerts-path")

    def __init__(self, other_end: Receiver) -> None:
        self._other_end = other_end
        self.destination = Alertmanager(f"http://desk:s3cret@{other_end.address}/alerts-path")

    def told(self) -> list[Told]:
        """The alerts; their labels say which alert it is."""
        return [
            Told(identity=str(sorted(each["labels"].items())), text=orjson.dumps(each).decode())
            for each in alerts_of(self._other_end)
        ]

    async def break_down(self) -> None:
        """Go away."""
        await self._other_end.stop()

    async def repair(self) -> None:
        """Come back."""
        await self._other_end.start()

    async def refuse(self) -> bool:
        """Find every alert wrong."""
        self._other_end.otherwise = Answer(400)
        return True


class TestAlertmanager(DestinationContract):
    """Alertmanager is a destination like any other."""

    @asynccontextmanager
    async def subject(self, tmp_path: Path) -> AsyncIterator[Subject]:  # noqa: ARG002
        """An Alertmanager that takes everything."""
        async with receiver() as other_end:
            subject = AlertmanagerSubject(other_end)
            yield subject
            await subject.destination.close()


def alerts_of(other_end: Receiver) -> list[dict[str, Any]]:
    """Every alert that was posted, in order."""
    return [alert for each in other_end.heard for alert in orjson.loads(each.body)]


async def posted(*findings: Finding, now: datetime = NOON, **options: Any) -> list[dict[str, Any]]:
    """What is posted when these come in, in one request."""
    desk = Desk("alertmanager", remembers=True)
    taken = [desk.take(line(each), now) for each in findings]
    async with receiver() as other_end:
        one = Alertmanager(f"http://{other_end.address}", **options)
        await one.deliver([each for each in taken if each is not None], now)
        await one.close()
        assert [each.path for each in other_end.heard] == ["/api/v2/alerts"]
        return alerts_of(other_end)


def seconds(moment: str) -> float:
    """Seconds from noon on."""
    return (datetime.fromisoformat(moment) - NOON).total_seconds()


async def test_an_alert_says_who_what_and_what_next() -> None:
    """Labels to route by, annotations to read, and an end that lies some rounds ahead."""
    (alert,) = await posted(OPENED, resend=timedelta(seconds=60))

    assert alert["labels"] == LABELS
    assert alert["annotations"] == {
        "summary": OPENED.summary,
        "next_step": OPENED.next_step,
        "who": "Ann Ng",
        "controls": "NIST CSF 2.0 PR.AA-05, NIST SP 800-53 AC-5",
        "policy": "built-in-1",
        "evidence": "REQ-7-1, REQ-7-2",
        "change": "opened",
        "number": "1",
        "at": "2026-11-24T12:00:00+00:00",
    }
    assert (seconds(alert["startsAt"]), seconds(alert["endsAt"])) == (0, 300)
    assert "generatorURL" not in alert


async def test_a_withdrawn_alert_ends_now_and_says_why() -> None:
    """Alertmanager resolves what has ended; the reason travels with it."""
    withdrawn = changed(OPENED, Change.WITHDRAWN, because="the ticket turned up")
    later = NOON + timedelta(minutes=5)

    fired, resolved = await posted(OPENED, withdrawn, now=later)

    assert fired["labels"] == resolved["labels"]
    assert seconds(resolved["endsAt"]) == 300
    assert resolved["annotations"]["because"] == "the ticket turned up"


async def test_a_confirmed_alert_stays_as_it_is() -> None:
    """The same labels and an end ahead: it goes on standing, and nothing rings again."""
    fired, confirmed = await posted(OPENED, changed(OPENED, Change.CONFIRMED))

    assert fired["labels"] == confirmed["labels"]
    assert seconds(confirmed["endsAt"]) > 0


async def test_an_alert_whose_severity_moved_ends_under_the_old_one() -> None:
    """Labels are an alert's identity: without this the old one would stand beside the new."""
    worse = changed(OPENED, Change.UPDATED, severity=Severity.CRITICAL)

    _, old, new = await posted(OPENED, worse)

    assert (old["labels"]["severity"], seconds(old["endsAt"])) == ("high", 0)
    assert (new["labels"]["severity"], seconds(new["endsAt"])) == ("critical", 300)


async def test_an_alert_from_the_future_begins_now() -> None:
    """A source whose clock is ahead: Alertmanager would refuse an alert that ends first."""
    ahead = replace(OPENED, at=NOON + timedelta(days=1))

    alerts = await posted(ahead, changed(ahead, Change.WITHDRAWN))

    assert [each["startsAt"] <= each["endsAt"] for each in alerts] == [True, True]


async def test_an_alert_may_lead_to_its_case() -> None:
    """Where there is a console, the alert links to it."""
    (alert,) = await posted(OPENED, link=lambda each: f"https://console.example/{each.case}")

    assert alert["generatorURL"] == "https://console.example/REQ-7"


@given(st.text(min_size=1), st.none() | st.text(), st.none() | st.text())
def test_labels_are_a_closed_set_of_bounded_texts(
    case: str, tenant: str | None, workflow: str | None
) -> None:
    """Whatever a source calls things: no new label, no endless one, no empty one."""
    told = labels(replace(OPENED, case=case, tenant=tenant, workflow=workflow))

    assert set(told) <= set(LABELS)
    assert all(0 < len(value) <= LABEL_LENGTH_MAX for value in told.values())


@given(st.lists(st.text()), st.text())
def test_no_label_names_a_person_or_a_time(who: list[str], summary: str) -> None:
    """Labels of two findings differ only where the findings are two."""
    other = replace(OPENED, who=tuple(who), summary=summary, at=NOON + timedelta(days=1), number=4)

    assert labels(other) == labels(OPENED)
    assert all(annotations(other).values())


@pytest.mark.parametrize(
    "wrong", ["", "am:9093", "ftp://am.example", "http://", "http://am.example:port"]
)
def test_an_address_that_can_not_work_is_refused_at_once(wrong: str) -> None:
    """Found at the start and not with the first alert; the address itself is not repeated."""
    with pytest.raises(InvalidDestinationError, match="its address") as error:
        Alertmanager(wrong)

    assert "am.example" not in str(error.value)


async def test_a_batch_is_one_request() -> None:
    """However many alerts there are, they travel together and in order."""
    findings = [replace(OPENED, finding=f"f-{number}") for number in range(40)]

    alerts = await posted(*findings)

    assert [each["labels"]["finding"] for each in alerts] == [each.finding for each in findings]
