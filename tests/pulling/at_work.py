"""A puller at work on a server of the tests: its clock, its sleep and its shelf are the test's."""

import asyncio
import ssl
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import dataclass, field, replace
from datetime import timedelta
from pathlib import Path

import orjson
from prometheus_client import CollectorRegistry

from stream.clock import FixedClock
from stream.intake.reported import REPORTED
from stream.pulling.caller import Caller, Reach
from stream.pulling.credentials import Client, ClientCredentials, Credentials, FixedSecret
from stream.pulling.database.caller import DatabaseCaller
from stream.pulling.database.connecting import Place
from stream.pulling.errors import CannotKeepError
from stream.pulling.feed import Vendor
from stream.pulling.limits import PullPace
from stream.pulling.numbers import PullNumbers
from stream.pulling.puller import Asking, Means, Puller, Subject
from stream.pulling.standing import Fetched
from stream.pulling.vendors import VENDORS
from tests.pulling.vendor_server import SECRET, Row, VendorServer

PACE = PullPace(
    every_seconds=60.0,
    overlap=timedelta(minutes=10),
    begin=timedelta(days=1),
    page_rows=4,
    backoff_seconds_max=8.0,
    answer_seconds_max=5.0,
)
PATHS = {"entra": "/v1.0", "github": "/orgs/acme"}
SLEEPS_MAX = 200


class EnoughError(Exception):
    """The test has seen what it came for."""


@dataclass
class Shelf:
    """Keeps bodies and cursors, unless it is told to die before or after it has."""

    bodies: list[bytes] = field(default_factory=list)
    cursors: dict[str, str] = field(default_factory=dict)
    dies_before: set[int] = field(default_factory=set)
    dies_after: set[int] = field(default_factory=set)
    kept: int = 0

    async def load(self, name: str) -> str | None:
        """Give what was kept last."""
        return self.cursors.get(name)

    async def keep(self, source: str, bodies: Sequence[bytes], name: str, cursor: str) -> None:
        """Keep both, or fail with or without having kept them."""
        self.kept += 1
        if self.kept in self.dies_before:
            raise CannotKeepError(storage=source, reason="the test says so")
        self.bodies += bodies
        self.cursors[name] = cursor
        if self.kept in self.dies_after:
            raise CannotKeepError(storage=source, reason="the test says so, and it is kept")

    def documents(self) -> list[Row]:
        """Everything on the shelf, in order."""
        told = [orjson.loads(body) for body in self.bodies]
        return [row for each in told for row in (each if isinstance(each, list) else [each])]

    def rows(self) -> list[Row]:
        """The rows among it."""
        return [row for row in self.documents() if REPORTED not in row]

    def reports(self) -> list[str]:
        """Up to when the source was said to be fetched."""
        return [row[REPORTED] for row in self.documents() if REPORTED in row]


@dataclass
class Work:
    """What a test has in hand: the server, the shelf, and how often and how long was waited."""

    server: VendorServer
    vendor: Vendor
    shelf: Shelf
    clock: FixedClock
    registry: CollectorRegistry
    numbers: PullNumbers
    pace: PullPace
    slept: list[float] = field(default_factory=list)
    feed: int = 0
    fetched: Fetched | None = None
    authority: Path | None = None
    """Whose word for the server's certificate is taken."""
    pause: float = 0.0
    """How long a wait of the puller's really takes."""
    place: Place | None = None
    """Where the vendor's database is; the server is not asked then."""

    async def rounds(self, count: int, between: Callable[[], None] = lambda: None) -> None:
        """Pull until so many rounds are over; `between` them something may happen."""
        left = count

        async def sleep(seconds: float) -> None:
            nonlocal left
            self.slept.append(seconds)
            self.clock.advance(timedelta(seconds=seconds))
            self.server.now += timedelta(seconds=seconds)
            if seconds == self.pace.every_seconds:
                left -= 1
                if not left:
                    raise EnoughError
                between()
            if len(self.slept) > SLEEPS_MAX:
                raise AssertionError(self.slept)
            await asyncio.sleep(self.pause)

        feed = self.vendor.feeds[self.feed]
        fetched = self.fetched or Fetched([feed.name])
        subject = Subject(source="acme", vendor=self.vendor, feed=feed, fetched=fetched)
        means = Means(
            keeper=self.shelf, pace=self.pace, clock=self.clock, numbers=self.numbers, sleep=sleep
        )
        async with self.caller() as caller:
            try:
                await Puller(subject, caller, means).run()
            except EnoughError:
                return

    def caller(self) -> AbstractAsyncContextManager[Asking]:
        """Who asks the server."""
        if self.place is not None:
            return DatabaseCaller(self.place)
        url = self.server.url + PATHS.get(self.vendor.connector, "")
        reach = Reach(url=url, ca_file=self.authority)
        return Caller(self.vendor, reach, self.credentials(), clock=self.clock)

    def credentials(self) -> Credentials:
        """Show the vendor what it knows us by."""
        if self.vendor.connector == "entra":
            known = Client(
                token_url=f"{self.server.url}/token", id="puller", secret=SECRET, scope="s"
            )
            return ClientCredentials(known, clock=self.clock, seconds_max=5.0)
        is_pair = self.vendor.connector == "servicenow"
        return FixedSecret(self.vendor, f"puller:{SECRET}" if is_pair else SECRET)

    def counted(self, what: str, **labels: str) -> float:
        """A number of the feed."""
        place = {"source": "acme", "feed": self.vendor.feeds[self.feed].name, **labels}
        return self.registry.get_sample_value(f"foureyes_pull_{what}", place) or 0.0


@asynccontextmanager
async def working(
    connector: str = "okta", tls: ssl.SSLContext | None = None, **changes: object
) -> AsyncIterator[Work]:
    """A server, and a puller that can be put to work on it."""
    vendor, server = VENDORS[connector], VendorServer()
    server.tls = tls
    async with server:
        server.now = server.now.replace(microsecond=0)
        registry = CollectorRegistry()
        places = [("acme", feed.name) for feed in vendor.feeds]
        yield Work(
            server=server,
            vendor=vendor,
            shelf=Shelf(),
            clock=FixedClock(server.now),
            registry=registry,
            numbers=PullNumbers(registry, places),
            pace=replace(PACE, **changes),  # type: ignore[arg-type]
        )
