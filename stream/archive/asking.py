"""The archive of a deployment, for whoever asks it: where there is one, and it is up to date."""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from stream.settings import Settings

if TYPE_CHECKING:
    from stream.archive.reader import Archive

FILE = "archive.sqlite3"
"""Where in a data directory an archive lies for which no other place is named."""


@contextmanager
def asked(settings: Settings) -> Iterator["Archive | None"]:
    """The archive, to read; None where there is none, or the trail at hand has more than it."""
    if settings.archive_url is None and not (settings.data / FILE).exists():
        yield None
        return
    # Only where there is an archive SQL is needed.
    from stream.archive.configured import is_behind, reading  # noqa: PLC0415

    with reading(settings) as archive:
        yield None if is_behind(settings, archive) else archive
