"""Up to when a whole source has been fetched: as far as the feed that is furthest behind."""

from collections.abc import Iterable
from datetime import datetime


class Fetched:
    """Of one source's feeds, up to when each has been fetched to its end."""

    def __init__(self, feeds: Iterable[str]) -> None:
        self._until: dict[str, datetime | None] = dict.fromkeys(feeds)

    def reach(self, feed: str, until: datetime) -> datetime | None:
        """Note how far a feed has come; give how far all have, None while one has not said."""
        known = self._until.get(feed)
        self._until[feed] = until if known is None else max(known, until)
        told = [each for each in self._until.values() if each is not None]
        return min(told) if len(told) == len(self._until) else None
