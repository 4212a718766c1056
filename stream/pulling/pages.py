"""A page read: its rows as bytes, their times, and where the next page is."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime

import orjson

from stream.pulling.cursor import Ask
from stream.pulling.feed import Feed, Paging
from stream.pulling.limits import BODY_BYTES_MAX, ROW_BYTES_MAX


class UnreadablePageError(Exception):
    """An answer that says 200 and holds no list of rows; nothing of it is repeated here."""

    def __init__(self, *, found: str) -> None:
        self.found = found
        super().__init__(f"an answer without rows: {found}")


@dataclass(frozen=True, slots=True, kw_only=True)
class Page:
    """`rows` in the source's order, each with its time if it tells one; `next` None: the last."""

    rows: Sequence[tuple[bytes, datetime | None]]
    next: Ask | None


def read_page(feed: Feed, ask: Ask, body: bytes, link: str | None, rows_asked: int) -> Page:
    """Read an answer. Raises UnreadablePageError."""
    try:
        answer = orjson.loads(body)
        found = feed.rows(answer)
    except (AttributeError, KeyError, TypeError, ValueError) as error:
        raise UnreadablePageError(found=type(error).__name__) from None
    if not isinstance(found, list):
        raise UnreadablePageError(found=type(found).__name__)
    rows = [(orjson.dumps(row), feed.at(row) if isinstance(row, dict) else None) for row in found]
    if feed.paging is Paging.NEXT_LINK:
        link = answer.get("@odata.nextLink")
    if feed.paging is Paging.BY_TIME:
        return Page(rows=rows, next=_by_time(ask, rows, rows_asked))
    # Okta gives a link for ever: an empty page is the end.
    has_more = isinstance(link, str) and rows
    return Page(rows=rows, next=Ask(since=ask.since, link=link) if has_more else None)


def _by_time(ask: Ask, rows: Sequence[tuple[bytes, datetime | None]], asked: int) -> Ask | None:
    """Go on from the last row's time; behind it, where a whole page has one time."""
    if len(rows) < asked:
        return None
    last = rows[-1][1]
    if last is not None and last > ask.since:
        return Ask(since=last)
    return Ask(since=ask.since, offset=ask.offset + len(rows))


def packed(rows: Sequence[bytes]) -> Iterator[bytes]:
    """Put rows together into raw records: JSON arrays that fit in one record of a log.

    A row that does not fit is cut off: intake refuses it, and says so.
    """
    part: list[bytes] = []
    size = 0
    for row in rows:
        if len(row) > ROW_BYTES_MAX:
            yield row[:ROW_BYTES_MAX]
            continue
        if part and size + len(row) > BODY_BYTES_MAX:
            yield b"[" + b",".join(part) + b"]"
            part, size = [], 0
        part.append(row)
        size += len(row) + 1
    if part:
        yield b"[" + b",".join(part) + b"]"
