"""What a vendor's table says: where its rows are, how they are asked for, how its pages go on."""

from base64 import b64encode
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import Any

Row = dict[str, Any]


def bearer(secret: str) -> str:
    """Show a token."""
    return f"Bearer {secret}"


class Paging(StrEnum):
    """How the next page is found."""

    LINK_HEADER = "rel=next of the Link header"
    NEXT_LINK = "@odata.nextLink of the answer"
    CALLER = "as whoever asks says, where that is no HTTP"
    BY_TIME = "from the last row's time on; by an offset only among rows of one time"


@dataclass(frozen=True, slots=True, kw_only=True)
class Feed:
    """One list of rows at a vendor, oldest first.

    `query` gives the parameters for all rows since a time (inclusive), after `offset` of them, at
    most `rows`. `rows` finds the list in an answer, `at` the time of a row by the source's own
    clock.
    """

    name: str
    path: str
    at: Callable[[Row], datetime | None]
    paging: Paging
    query: Callable[[datetime, int, int], Mapping[str, str]] = lambda *_: {}
    rows: Callable[[Any], object] = lambda answer: answer
    rows_max: int = 1_000
    """The largest page that the vendor gives."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Vendor:
    """How a vendor's interface is spoken to, whatever the feed.

    `connector` reads what is pulled. `authorization` makes the header of a credential.
    `remaining` and `reset` are the headers that tell how many requests are left, and when (seconds
    since 1970) there will be more. `scope` is asked for where tokens are got by client credentials.
    `note` is what has to be known before anything is pulled. `is_database`: there is no interface,
    its database is read, and of all this only `feeds` and `note` count.
    """

    connector: str
    feeds: Sequence[Feed]
    authorization: Callable[[str], str] = bearer
    remaining: str = ""
    reset: str = ""
    headers: Mapping[str, str] = field(default_factory=dict)
    scope: str = ""
    note: str = ""
    is_database: bool = False


def utc_text(at: datetime) -> str:
    """Write a time as most vendors read it: 2026-11-01T12:00:00.000Z."""
    return at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")


def time_in(field: str) -> Callable[[Row], datetime | None]:
    """Read an ISO 8601 time, or one without its zone, which is UTC; None where there is none."""

    def read(row: Row) -> datetime | None:
        try:
            at = datetime.fromisoformat(row[field])
        except (KeyError, TypeError, ValueError):
            return None
        return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)

    return read


def basic_or_bearer(secret: str) -> str:
    """Show `user:password`, or else a token."""
    is_pair = ":" in secret
    return f"Basic {b64encode(secret.encode()).decode()}" if is_pair else bearer(secret)
