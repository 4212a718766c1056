"""Splunk's collector, played by a receiver that checks what Splunk's manual asks for."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from pathlib import Path

import orjson

from stream.desk.destinations.splunk import Splunk
from tests.desk.destination_contract import DestinationContract, Subject, Told, deliveries
from tests.desk.findings import NOON, OPENED
from tests.desk.receivers import Answer, Receiver, receiver

TOKEN = "b2f7c1de-0000-4000-8000-5e9c3f0a1b2c"  # noqa: S105 - of nobody


class SplunkSubject:
    """A collector; its token is the secret."""

    secrets = (TOKEN,)

    def __init__(self, other_end: Receiver) -> None:
        self.other_end = other_end
        self.destination = Splunk(f"http://{other_end.address}/", TOKEN)

    def told(self) -> list[Told]:
        """The events of all requests, one JSON object after another."""
        lines = [line for each in self.other_end.heard for line in each.body.splitlines()]
        events = [orjson.loads(line)["event"] for line in lines]
        return [Told(identity=e["delivery"], text=orjson.dumps(e).decode()) for e in events]

    async def break_down(self) -> None:
        """Go away."""
        await self.other_end.stop()

    async def repair(self) -> None:
        """Come back."""
        await self.other_end.start()

    async def refuse(self) -> bool:
        """Find every event wrong."""
        self.other_end.otherwise = Answer(400)
        return True


class TestSplunk(DestinationContract):
    """It keeps to what every destination does."""

    @asynccontextmanager
    async def subject(self, tmp_path: Path) -> AsyncIterator[Subject]:  # noqa: ARG002
        """A collector that takes everything."""
        async with receiver() as other_end:
            subject = SplunkSubject(other_end)
            yield subject
            await subject.destination.close()


async def test_a_request_is_as_the_manual_of_the_collector_has_it() -> None:
    """Path, authorisation, and events one after another with their time in seconds."""
    async with receiver() as other_end:
        subject = SplunkSubject(other_end)
        await subject.destination.deliver(deliveries(subject), NOON)
        await subject.destination.close()
        (heard,) = other_end.heard
    first, *others = (orjson.loads(line) for line in heard.body.splitlines())

    assert heard.path == "/services/collector/event"
    assert heard.headers["Authorization"] == f"Splunk {TOKEN}"
    assert len(others) == 2
    assert float(first["time"]) == OPENED.at.timestamp()
    assert first["sourcetype"] == "foureyes:finding"
    assert first["fields"]["rule"] == OPENED.rule
