"""Messages for people, through apprise, to a receiver that apprise speaks to over HTTP."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path
from typing import Any

import orjson
import pytest

from rules.finding import Change, Finding
from stream.desk.delivery import Delivery, InvalidDestinationError, Kind
from stream.desk.destinations.people import People, text, title
from tests.desk.destination_contract import DestinationContract, Subject, Told, deliveries
from tests.desk.findings import NOON, OPENED, line
from tests.desk.receivers import Receiver, receiver


class PeopleSubject:
    """Apprise's plain JSON service, at an address that is a secret itself."""

    secrets = ("T0K3N",)

    def __init__(self, other_end: Receiver) -> None:
        self.other_end = other_end
        self.destination = People([f"json://{other_end.address}/T0K3N"])

    def told(self) -> list[Told]:
        """The messages; their last line says which change it is."""
        messages = [orjson.loads(each.body) for each in self.other_end.heard]
        return [
            Told(
                identity=each["message"].splitlines()[-1],
                text=each["title"] + each["message"].replace(word := _word(each), f'"{word}"', 1),
            )
            for each in messages
        ]

    async def break_down(self) -> None:
        """Go away."""
        await self.other_end.stop()

    async def repair(self) -> None:
        """Come back."""
        await self.other_end.start()

    async def refuse(self) -> bool:
        """Apprise does not say why a message did not arrive."""
        return False


def _word(message: dict[str, str]) -> str:
    return message["message"].split()[0].rstrip(":")


class TestPeople(DestinationContract):
    """It keeps to what every destination does."""

    @asynccontextmanager
    async def subject(self, tmp_path: Path) -> AsyncIterator[Subject]:  # noqa: ARG002
        """A receiver that takes everything."""
        async with receiver() as other_end:
            subject = PeopleSubject(other_end)
            yield subject
            await subject.destination.close()


async def test_a_message_reads_like_one() -> None:
    """How bad, what and which case in the title; the sentence and the next step below it."""
    async with receiver() as other_end:
        subject = PeopleSubject(other_end)
        await subject.destination.deliver(deliveries(subject)[:1], NOON)
        (message,) = (orjson.loads(each.body) for each in other_end.heard)

    assert message["title"] == f"[{OPENED.severity}] {OPENED.title} ({OPENED.case})"
    assert message["message"].splitlines()[:3] == [
        Change.OPENED,
        OPENED.summary,
        f"Next: {OPENED.next_step}",
    ]


def test_an_address_that_apprise_does_not_know_is_refused_without_telling_it() -> None:
    """Addresses carry credentials: the error says which one in the row, not what it says."""
    with pytest.raises(InvalidDestinationError, match="address 2 of 2") as refusal:
        People(["json://127.0.0.1/", "pigeon://S3CR3T@loft"])

    assert "S3CR3T" not in str(refusal.value)


def test_a_group_is_one_message() -> None:
    """The worst in the title, the others below it, and still known by its last line."""
    lead, other = (Delivery(**_told(each)) for each in (OPENED, replace(OPENED, finding="other")))
    together = replace(lead, also=(other,))

    assert title(together).endswith("(REQ-7) and 1 more")
    assert text(together).splitlines()[-2:] == [
        f"Also: [high] {OPENED.summary} (other, 1)",
        text(lead).splitlines()[-1],
    ]


def _told(finding: Finding) -> dict[str, Any]:
    told = {"id": finding.finding, "destination": "people", "kind": Kind.FIRING}
    return {**told, "finding": finding, "line": line(finding)}
