"""The pullers that the settings ask for, and what keeps them at work."""

import asyncio
from collections.abc import Mapping
from contextlib import AbstractAsyncContextManager, AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from prometheus_client import CollectorRegistry

from stream.clock import Clock
from stream.environment import suffix_of
from stream.pulling.caller import Caller, Reach
from stream.pulling.credentials import Client, ClientCredentials, Credentials, FixedSecret
from stream.pulling.feed import Vendor
from stream.pulling.numbers import PullNumbers
from stream.pulling.puller import Asking, Keeper, Means, Puller, Subject
from stream.pulling.settings import PullSettings
from stream.pulling.standing import Fetched
from stream.pulling.vendors import VENDORS

if TYPE_CHECKING:
    from stream.pulling.database.connecting import Place


@dataclass(frozen=True, slots=True, kw_only=True)
class Pulled:
    """A source that is pulled: its vendor, and the end of its variables' names."""

    source: str
    vendor: Vendor
    end: str

    def subjects(self) -> list[Subject]:
        """Everything of it that is pulled."""
        fetched = Fetched(feed.name for feed in self.vendor.feeds)
        return [
            Subject(source=self.source, vendor=self.vendor, feed=feed, fetched=fetched)
            for feed in self.vendor.feeds
        ]


def pulled_sources(settings: PullSettings, sources: Mapping[str, str]) -> list[Pulled]:
    """Name the sources that are pulled. `sources`: their connectors, by name."""
    return [
        Pulled(source=source, vendor=VENDORS[connector], end=suffix_of(source))
        for source, connector in sources.items()
        if connector in VENDORS and suffix_of(source) in settings.pull_url_of
    ]


async def pull_all(
    settings: PullSettings,
    pulled: list[Pulled],
    keeper: Keeper,
    *,
    clock: Clock,
    registry: CollectorRegistry,
) -> None:
    """Pull until cancelled; the first feed that can not go on ends it.

    Raises PulledElsewhereError and UnreadableCursorError.
    """
    subjects = [(each, each.subjects()) for each in pulled]
    numbers = PullNumbers(registry, [one.place for _, several in subjects for one in several])
    means = Means(keeper=keeper, pace=settings.pull_pace(), clock=clock, numbers=numbers)
    async with AsyncExitStack() as stack:
        runs = []
        for each, several in subjects:
            caller = await stack.enter_async_context(_caller(settings, each, clock))
            runs += [Puller(one, caller, means).run() for one in several]
        await _first_ended([asyncio.create_task(run) for run in runs])


async def _first_ended(tasks: list[asyncio.Task[None]]) -> None:
    try:
        await asyncio.gather(*tasks)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _caller(
    settings: PullSettings, pulled: Pulled, clock: Clock
) -> AbstractAsyncContextManager[Asking]:
    if pulled.vendor.is_database:
        # Only who reads a database waits for SQLAlchemy.
        from stream.pulling.database.caller import DatabaseCaller  # noqa: PLC0415

        return DatabaseCaller(place_of(settings, pulled.end))
    reach = Reach(
        url=settings.pull_url_of[pulled.end],
        answer_seconds_max=settings.pull_answer_seconds_max,
        ca_file=settings.pull_ca_file,
    )
    return Caller(pulled.vendor, reach, _credentials(settings, pulled, clock), clock=clock)


def place_of(settings: PullSettings, end: str) -> "Place":
    """Say where a source's database is, and how it is connected to."""
    from stream.pulling.database.connecting import Place  # noqa: PLC0415 - as above

    secret = settings.pull_secret_of.get(end)
    return Place(
        url=settings.pull_url_of[end],
        password=None if secret is None else secret.get_secret_value(),
        seconds_max=settings.pull_answer_seconds_max,
        ca_file=settings.pull_ca_file,
    )


def _credentials(settings: PullSettings, pulled: Pulled, clock: Clock) -> Credentials:
    secret = settings.pull_secret_of[pulled.end].get_secret_value()
    client = settings.pull_client_of.get(pulled.end)
    if client is None:
        return FixedSecret(pulled.vendor, secret)
    known = Client(
        token_url=settings.pull_token_url_of[pulled.end],
        id=client,
        secret=secret,
        scope=pulled.vendor.scope,
    )
    return ClientCredentials(known, clock=clock, seconds_max=settings.pull_answer_seconds_max)
