"""What an answer means to whoever asked: rows, wait so long, who are you, or that page is gone."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from email.utils import parsedate_to_datetime
from enum import StrEnum
from http import HTTPStatus


class Meaning(StrEnum):
    """What an answer means. The words are those of `foureyes_pull_answers_total`."""

    ROWS = "rows"
    UNCHANGED = "unchanged"
    LIMITED = "limited"
    REFUSED = "refused"
    GONE = "gone"
    FAILED = "failed"
    UNREADABLE = "unreadable"
    UNREACHABLE = "unreachable"


@dataclass(frozen=True, slots=True, kw_only=True)
class Answer:
    """An answer without what it holds: its status, headers in lower case, and when it came.

    `present` is the source's own time if it told one (Date), else ours: what it says about times
    is compared with its own clock.
    """

    status: int
    headers: Mapping[str, str]
    received_at: datetime

    @property
    def present(self) -> datetime:
        """The source's present."""
        return read_date(self.headers.get("date")) or self.received_at

    def is_spent(self, remaining: str) -> bool:
        """Whether no request is left before the next reset."""
        return self.headers.get(remaining.lower(), "").strip() == "0"

    def wait(self, reset: str) -> float | None:
        """How many seconds the source asks us to stay away; None: it does not say."""
        told = self.headers.get("retry-after", "").strip()
        if told.isdecimal():
            return float(told[:9])
        at = read_date(told) or _since_1970(self.headers.get(reset.lower(), ""))
        return None if at is None else max(0.0, (at - self.present).total_seconds())


def meaning_of(answer: Answer, remaining: str) -> Meaning:
    """Tell what a status means; GitHub refuses with 403 where a limit is spent."""
    status = answer.status
    if status == HTTPStatus.OK:
        return Meaning.ROWS
    if status == HTTPStatus.NOT_MODIFIED:
        return Meaning.UNCHANGED
    if status == HTTPStatus.TOO_MANY_REQUESTS:
        return Meaning.LIMITED
    if status == HTTPStatus.FORBIDDEN:
        is_limit = answer.is_spent(remaining) or "retry-after" in answer.headers
        return Meaning.LIMITED if is_limit else Meaning.REFUSED
    if status == HTTPStatus.UNAUTHORIZED:
        return Meaning.REFUSED
    is_ours = HTTPStatus.BAD_REQUEST <= status < HTTPStatus.INTERNAL_SERVER_ERROR
    return Meaning.GONE if is_ours else Meaning.FAILED


def read_date(told: str | None) -> datetime | None:
    """Read a date as HTTP writes it; None where it is absent or makes no sense."""
    try:
        at = parsedate_to_datetime(told or "")
    except ValueError:
        return None
    return (at if at.tzinfo else at.replace(tzinfo=UTC)).astimezone(UTC)


def _since_1970(told: str) -> datetime | None:
    try:
        return datetime.fromtimestamp(float(told), UTC)
    except (ValueError, OverflowError, OSError):
        return None
