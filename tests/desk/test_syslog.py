"""Syslog messages in the form of RFC 5424, counted as in RFC 6587, at the other end of a socket."""

import asyncio
import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import replace
from pathlib import Path

from hypothesis import given
from hypothesis import strategies as st

from rules.finding import Severity
from stream.desk.destinations.syslog import Syslog, write_message
from tests.desk.destination_contract import DestinationContract, Subject, Told, deliveries
from tests.desk.findings import NOON, OPENED
from tests.servers import LOOPBACK, free_ports

# RFC 5424, section 6: priority, version, time, host, application, process, message id, data, text.
MESSAGE = re.compile(
    r"<(?P<priority>\d{1,3})>1 (?P<at>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?Z) "
    r"(?P<host>[!-~]{1,255}) (?P<app>[!-~]{1,48}) (?P<process>[!-~]{1,128}) "
    r"(?P<id>[!-~]{1,32}) (?P<fields>\[foureyes@\d+( [!-~]{1,32}=\"(\\[\"\\\]]|[^\"\\\]])*\")*\]) "
    "\ufeff(?P<text>.*)"
)
HEARD_SECONDS_MAX = 5.0


class Collector:
    """Reads counted messages from whoever connects."""

    def __init__(self) -> None:
        (self.port,) = free_ports(1)
        self.messages: list[str] = []
        self._server: asyncio.Server | None = None
        self._writers: set[asyncio.StreamWriter] = set()

    async def start(self) -> None:
        """Come up, or come back."""
        self._server = await asyncio.start_server(self._hear, LOOPBACK, self.port)

    async def stop(self) -> None:
        """Go away, with everybody who is connected."""
        if self._server is not None:
            self._server.close()
            for writer in self._writers:
                writer.close()
            await self._server.wait_closed()
            self._server = None

    async def _hear(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self._writers.add(writer)
        try:
            while True:
                size = int(await reader.readuntil(b" "))
                self.messages.append((await reader.readexactly(size)).decode())
        except (asyncio.IncompleteReadError, ConnectionResetError):
            pass
        finally:
            self._writers.discard(writer)
            writer.close()


class SyslogSubject:
    """A collector at an address that no error may tell."""

    def __init__(self, other_end: Collector) -> None:
        self.other_end = other_end
        self.secrets = (str(other_end.port),)
        self.destination = Syslog(LOOPBACK, other_end.port)

    def told(self) -> list[Told]:
        """The messages; the delivery among the fields says which change it is."""
        found = [MESSAGE.fullmatch(each) for each in self.other_end.messages]
        return [
            Told(identity=re.findall(r' delivery="(\w+)"', each["fields"])[0], text=each[0])
            for each in found
            if each is not None
        ]

    async def break_down(self) -> None:
        """Go away."""
        await self.other_end.stop()

    async def repair(self) -> None:
        """Come back."""
        await self.other_end.start()

    async def refuse(self) -> bool:
        """A collector has no way to say so."""
        return False


class TestSyslog(DestinationContract):
    """It keeps to what every destination does."""

    @asynccontextmanager
    async def subject(self, tmp_path: Path) -> AsyncIterator[Subject]:  # noqa: ARG002
        """A collector that listens."""
        other_end = Collector()
        await other_end.start()
        subject = SyslogSubject(other_end)
        try:
            yield subject
        finally:
            await subject.destination.close()
            await other_end.stop()


async def test_a_collector_that_went_away_between_two_batches_is_noticed() -> None:
    """The connection of before is not written into the void: what is delivered later arrives."""
    other_end = Collector()
    await other_end.start()
    subject = SyslogSubject(other_end)
    first, second, _ = deliveries(subject)
    await subject.destination.deliver([first], NOON)
    await other_end.stop()
    await other_end.start()
    for _attempt in range(2):
        try:
            await subject.destination.deliver([second], NOON)
        except Exception:  # noqa: BLE001, S112 - the first attempt may find the old connection
            continue
        break
    async with asyncio.timeout(HEARD_SECONDS_MAX):
        while len(other_end.messages) < 2:
            await asyncio.sleep(0.01)
    await subject.destination.close()
    await other_end.stop()

    assert [each.identity for each in subject.told()] == [first.id, second.id]


@given(st.text(max_size=40), st.text(max_size=40), st.text(max_size=40), st.sampled_from(Severity))
def test_whatever_a_source_says_the_message_is_one_line_in_the_form(
    case: str, summary: str, who: str, severity: Severity
) -> None:
    """Quotes, brackets, line ends and control characters stay inside their field."""
    subject = SyslogSubject(Collector())
    told = deliveries(subject)[0]
    finding = replace(told.finding, case=case, summary=summary, who=(who,), severity=severity)

    message = write_message(replace(told, finding=finding)).decode()

    assert "\n" not in message
    assert MESSAGE.fullmatch(message) is not None


def test_the_worse_a_finding_the_lower_its_number() -> None:
    """Facility log audit, severities from critical to notice."""
    subject = SyslogSubject(Collector())
    told = deliveries(subject)[0]

    heads = [
        write_message(replace(told, finding=replace(OPENED, severity=each)))[:5]
        for each in (Severity.CRITICAL, Severity.HIGH, Severity.MEDIUM, Severity.LOW)
    ]

    assert heads == [b"<106>", b"<107>", b"<108>", b"<109>"]
