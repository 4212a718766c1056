"""Where a feed stands: up to when it has told everything, and what is remembered of its overlap."""

import json
from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta
from hashlib import blake2b
from typing import Self

from stream.pulling.errors import UnreadableCursorError

DIGEST_BYTES = 8
"""Of a row among those of one overlap: a chance of one in 10^11 that two of 10,000 are taken for
one."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ask:
    """One page to ask for: all since a time and after so many rows, or where a link says."""

    since: datetime
    offset: int = 0
    link: str | None = None

    def told(self) -> list[object]:
        """Give what is written into the cursor."""
        return [self.since.isoformat(), self.offset, self.link]


@dataclass(frozen=True, slots=True, kw_only=True)
class Cursor:
    """Everything that a restart has to know. It is kept together with the rows it stands behind.

    `mark`: the latest time the source told, by its own clock. `page`: where the round under way
    goes on. `seen`: digests of the rows within the overlap before the mark, with their times
    (seconds since 1970), so that asking for them again adds nothing.
    """

    mark: datetime
    page: Ask | None = None
    seen: dict[str, int] = field(default_factory=dict)

    def write(self) -> str:
        """Write it as JSON."""
        page = None if self.page is None else self.page.told()
        return json.dumps({"mark": self.mark.isoformat(), "page": page, "seen": self.seen})

    @classmethod
    def read(cls, told: str) -> Self:
        """Read what `write` gave. Raises UnreadableCursorError."""
        try:
            found = json.loads(told)
            page = found["page"]
            return cls(
                mark=datetime.fromisoformat(found["mark"]),
                page=None if page is None else _ask(*page),
                seen={str(digest): int(at) for digest, at in found["seen"].items()},
            )
        except (AttributeError, KeyError, TypeError, ValueError) as error:
            raise UnreadableCursorError(reason=type(error).__name__) from error

    def news(self, rows: Iterable[bytes]) -> list[bytes]:
        """Leave out the rows that were taken in before."""
        return [row for row in dict.fromkeys(rows) if digest(row) not in self.seen]

    def after(
        self,
        rows: Iterable[tuple[bytes, datetime | None]],
        *,
        page: Ask | None,
        latest: datetime,
        overlap: timedelta,
        seen_max: int,
    ) -> Self:
        """Stand behind a page; `latest`: no row moves the mark beyond the source's present.

        The oldest of more than `seen_max` rows are forgotten; the judge knows their repeats.
        """
        seen, mark = dict(self.seen), self.mark
        for row, at in rows:
            mark = max(mark, min(at, latest)) if at is not None else mark
            seen[digest(row)] = int((at or latest).timestamp())
        begin = int((mark - overlap).timestamp())
        kept = sorted((at, each) for each, at in seen.items() if at >= begin)[-seen_max:]
        return replace(self, mark=mark, page=page, seen={each: at for at, each in kept})


def digest(row: bytes) -> str:
    """Name a row by what it says: the same row again is a repeat, a changed one is news."""
    return blake2b(row, digest_size=DIGEST_BYTES).hexdigest()


def _ask(since: str, offset: int, link: str | None) -> Ask:
    return Ask(since=datetime.fromisoformat(since).astimezone(UTC), offset=int(offset), link=link)
