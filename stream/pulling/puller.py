"""One feed pulled, round after round and page by page, each kept with the cursor behind it.

Whatever happens in between, asking goes on from the kept cursor: a page is either kept together
with the cursor, or asked for again.
"""

import asyncio
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Protocol

from stream.clock import Clock
from stream.intake.reported import reported
from stream.log import logger
from stream.pulling.answers import Answer, Meaning, meaning_of
from stream.pulling.caller import ForeignLinkError, Got, NoTokenError, UnreachableError
from stream.pulling.cursor import Ask, Cursor
from stream.pulling.errors import CannotKeepError, CannotReadError
from stream.pulling.feed import Feed, Vendor
from stream.pulling.limits import (
    BACKOFF_DOUBLINGS_MAX,
    BACKOFF_SECONDS,
    STORAGE_SECONDS,
    PullPace,
)
from stream.pulling.numbers import PullNumbers
from stream.pulling.pages import Page, UnreadablePageError, packed, read_page
from stream.pulling.standing import Fetched

LOG = logger(__name__)

Sleep = Callable[[float], Awaitable[None]]


class Keeper(Protocol):
    """Keeps what was pulled, and the cursor with it, all at once or not at all."""

    async def load(self, name: str) -> str | None:
        """Give the cursor that was kept last. Raises CannotKeepError."""

    async def keep(self, source: str, bodies: Sequence[bytes], name: str, cursor: str) -> None:
        """Make both durable. Raises CannotKeepError: then nobody knows, and `load` tells."""


class Asking(Protocol):
    """Asks a source for pages: over HTTP, or in its database."""

    async def ask(self, feed: Feed, ask: Ask, rows: int, headers: Mapping[str, str]) -> Got:
        """Ask for a page.

        Raises UnreachableError, NoTokenError, ForeignLinkError and CannotReadError.
        """

    def address(self, feed: Feed, ask: Ask, rows: int) -> str:
        """Say where a page is asked for, in one way only. Raises ForeignLinkError."""

    def forget_token(self) -> None:
        """Show another token next time, where one can be got."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Subject:
    """What is pulled: a source of ours, and which of its vendor's feeds."""

    source: str
    vendor: Vendor
    feed: Feed
    fetched: Fetched

    @property
    def name(self) -> str:
        """What its cursor is kept under."""
        return f"pull.{self.source}.{self.feed.name}"

    @property
    def place(self) -> tuple[str, str]:
        """Where it is counted."""
        return self.source, self.feed.name


@dataclass(frozen=True, slots=True, kw_only=True)
class Means:
    """What pullers work with."""

    keeper: Keeper
    pace: PullPace
    clock: Clock
    numbers: PullNumbers
    sleep: Sleep = asyncio.sleep


class Puller:
    """Pulls one feed until it is cancelled."""

    def __init__(self, subject: Subject, caller: Asking, means: Means) -> None:
        self._subject = subject
        self._caller = caller
        self._keeper = means.keeper
        self._pace = means.pace
        self._clock = means.clock
        self._numbers = means.numbers
        self._sleep = means.sleep
        self._failures = 0
        self._began: datetime | None = None
        """The source's present when the round under way began; None: it began before a restart."""
        self._unchanged: tuple[str, str] | None = None
        """A page that was a whole round, and its ETag."""

    async def run(self) -> None:
        """Pull for ever. Raises PulledElsewhereError and UnreadableCursorError."""
        while True:
            try:
                cursor = await self._begun()
                while True:
                    cursor = await self._step(cursor)
            except CannotKeepError as error:
                # The cursor in hand may stand behind rows that are not kept.
                self._say("pulled rows can not be kept", str(error))
                await self._sleep(STORAGE_SECONDS)

    async def _begun(self) -> Cursor:
        """Load the cursor; where there is none, say first that nothing has been fetched yet."""
        subject = self._subject
        told = await self._keeper.load(subject.name)
        if told is not None:
            return Cursor.read(told)
        cursor = Cursor(mark=self._clock.now() - self._pace.begin)
        await self._keep([reported(cursor.mark)], cursor)
        return cursor

    async def _step(self, cursor: Cursor) -> Cursor:
        """Ask for one page, keep it, and wait as is due; give the cursor behind it."""
        ask = cursor.page or Ask(since=cursor.mark - self._pace.overlap)
        try:
            got = await self._caller.ask(self._subject.feed, ask, self._rows, self._known(ask))
        except UnreachableError as error:
            return await self._failed(cursor, Meaning.UNREACHABLE, error.reason)
        except CannotReadError as error:
            return await self._failed(cursor, error.meaning, str(error))
        except NoTokenError as error:
            return await self._failed(cursor, Meaning.REFUSED, error.reason)
        except ForeignLinkError as error:
            return await self._lost(cursor, str(error))
        return await self._judged(cursor, ask, got)

    async def _judged(self, cursor: Cursor, ask: Ask, got: Got) -> Cursor:
        meaning = meaning_of(got.answer, self._subject.vendor.remaining)
        reason = f"HTTP {got.answer.status}"
        match meaning:
            case Meaning.ROWS:
                return await self._read(cursor, ask, got)
            case Meaning.UNCHANGED:
                return await self._took(cursor, Page(rows=(), next=None), got, meaning)
            case Meaning.LIMITED:
                return await self._limited(cursor, got.answer)
            case Meaning.GONE:
                return await self._lost(cursor, reason)
            case Meaning.REFUSED:
                self._caller.forget_token()
            case _:
                pass
        return await self._failed(cursor, meaning, reason)

    # --- a page that came ---------------------------------------------------------------------

    async def _read(self, cursor: Cursor, ask: Ask, got: Got) -> Cursor:
        feed = self._subject.feed
        try:
            page = read_page(feed, ask, got.body, got.link, self._rows)
        except UnreadablePageError as error:
            return await self._failed(cursor, Meaning.UNREADABLE, str(error))
        if cursor.page is None:
            self._began = got.answer.present
            etag = got.answer.headers.get("etag")
            is_whole = page.next is None and etag is not None
            where = self._caller.address(feed, ask, self._rows)
            self._unchanged = (where, etag or "") if is_whole else None
        return await self._took(cursor, page, got, Meaning.ROWS)

    async def _took(self, cursor: Cursor, page: Page, got: Got, meaning: Meaning) -> Cursor:
        present = got.answer.present
        if meaning is Meaning.UNCHANGED:
            self._began = present
        news = cursor.news(row for row, _ in page.rows)
        after = cursor.after(
            page.rows,
            page=page.next,
            latest=present,
            overlap=self._pace.overlap,
            seen_max=self._pace.seen_rows_max,
        )
        is_end = page.next is None
        bodies = list(packed(news))
        if is_end:
            bodies += self._report()
        if bodies or after != cursor:
            await self._keep(bodies, after)
        self._failures = 0
        self._numbers.answered(self._subject.place, meaning)
        self._numbers.took(self._subject.place, new=len(news), repeats=len(page.rows) - len(news))
        self._numbers.good(self._subject.place, self._clock.now(), after.mark)
        await self._pause(got.answer, is_end=is_end)
        return after

    def _report(self) -> list[bytes]:
        """Say up to when the source has been fetched, once a round has come to its end.

        What is later than the overlap is not waited for. A round that a restart cut in two says
        nothing: who knows when it began?
        """
        if self._began is None:
            return []
        until = self._began - self._pace.overlap
        self._began = None
        reached = self._subject.fetched.reach(self._subject.feed.name, until)
        return [] if reached is None else [reported(reached)]

    async def _keep(self, bodies: Sequence[bytes], cursor: Cursor) -> None:
        subject = self._subject
        await self._keeper.keep(subject.source, bodies, subject.name, cursor.write())

    async def _pause(self, answer: Answer, *, is_end: bool) -> None:
        vendor = self._subject.vendor
        if answer.is_spent(vendor.remaining):
            await self._stay_away(answer)
        if is_end:
            await self._sleep(self._pace.every_seconds)

    # --- a page that did not ------------------------------------------------------------------

    async def _limited(self, cursor: Cursor, answer: Answer) -> Cursor:
        self._numbers.answered(self._subject.place, Meaning.LIMITED)
        if answer.wait(self._subject.vendor.reset) is None:
            await self._sleep(self._backoff())
        else:
            await self._stay_away(answer)
        return cursor

    async def _stay_away(self, answer: Answer) -> None:
        """Wait as long as the source asks for."""
        asked = answer.wait(self._subject.vendor.reset) or 0.0
        seconds = min(max(asked, BACKOFF_SECONDS), self._pace.asked_wait_seconds_max)
        self._numbers.waits(self._subject.place, seconds)
        LOG.info("pull limited", source=self._subject.source, wait_seconds=round(seconds, 1))
        await self._sleep(seconds)

    async def _lost(self, cursor: Cursor, reason: str) -> Cursor:
        """Begin the round again where the next page is not to be had; else it has failed."""
        if cursor.page is None:
            return await self._failed(cursor, Meaning.GONE, reason)
        await self._failed(cursor, Meaning.GONE, reason)
        return replace(cursor, page=None)

    async def _failed(self, cursor: Cursor, meaning: Meaning, reason: str) -> Cursor:
        self._numbers.answered(self._subject.place, meaning)
        self._say(f"pull {meaning}", reason)
        await self._sleep(self._backoff())
        return cursor

    def _backoff(self) -> float:
        doubled = BACKOFF_SECONDS * float(1 << min(self._failures, BACKOFF_DOUBLINGS_MAX))
        self._failures += 1
        return min(doubled, self._pace.backoff_seconds_max)

    # --- asking -------------------------------------------------------------------------------

    @property
    def _rows(self) -> int:
        return min(self._pace.page_rows, self._subject.feed.rows_max)

    def _known(self, ask: Ask) -> dict[str, str]:
        """Ask only for what has changed, where the same page is asked for again."""
        if self._unchanged is None:
            return {}
        where, etag = self._unchanged
        is_same = ask.link is None and where == self._caller.address(
            self._subject.feed, ask, self._rows
        )
        return {"If-None-Match": etag} if is_same else {}

    def _say(self, what: str, reason: str) -> None:
        source, feed = self._subject.place
        LOG.warning(what, source=source, feed=feed, reason=reason, failures=self._failures)
