"""Every limit of pulling, by name."""

from dataclasses import dataclass
from datetime import timedelta

ANSWER_BYTES_MAX = 64 * 1024 * 1024
"""One page. A larger one fails and is told: ask for fewer rows."""
BODY_BYTES_MAX = 900_000
"""Rows are put together into raw records of this size; one has to fit in a record of a log."""
ROW_BYTES_MAX = 990_000
"""A longer row is kept cut off, which intake refuses: it is not lost without a word."""
BACKOFF_SECONDS = 1.0
"""The first wait after a failure; doubled each time."""
BACKOFF_DOUBLINGS_MAX = 20
CONNECT_SECONDS_MAX = 10.0
DELTA_BYTES_MAX = 8 * 1024 * 1024
"""One delta of a source's database. A longer one is not fetched, and its record is refused."""
PAGE_DELTA_BYTES_MAX = 16 * 1024 * 1024
"""All deltas of one page of a database; a page that has more is cut short, and goes on there."""
STORAGE_SECONDS = 2.0
"""How long a storage that can not be written is left alone."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PullPace:
    """What the settings say about pulling. The unit is in the name."""

    every_seconds: float = 60.0
    """Between two rounds of a feed."""
    overlap: timedelta = timedelta(minutes=30)
    """How far each round goes back: rows that come later than this are not seen."""
    begin: timedelta = timedelta(days=7)
    """How far the first round of all goes back."""
    page_rows: int = 200
    backoff_seconds_max: float = 300.0
    """The longest wait after failures."""
    asked_wait_seconds_max: float = 3_600.0
    """The longest wait that a source may ask for; asked again after that."""
    answer_seconds_max: float = 60.0
    """How long one page may take."""
    seen_rows_max: int = 10_000
    """Rows of the overlap that a cursor remembers; repeats of others are known to the judge."""
