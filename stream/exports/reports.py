"""The last report before an entry of a log, asked of the archive once for all between two."""

from stream.archive.leaves import Kind
from stream.archive.reader import Archive

SPANS_KEPT = 64
"""Stretches between two reports that are remembered; the one that was found first goes first."""


class Reports:
    """Up to when everybody had reported, as one log tells it again and again."""

    def __init__(self, archive: Archive, partition: int, size: int) -> None:
        self._archive = archive
        self._partition = partition
        self._size = size
        self._spans: dict[int | None, int] = {}
        """By the number of a report, up to which entry it is the last; None: before all of them."""

    def last(self, before: int) -> int | None:
        """The number of the last report before an entry; None: there is none."""
        for report, end in self._spans.items():
            if (report is None or report < before) and before <= end:
                return report
        report, end = self._archive.header_span(Kind.REPORTED, self._partition, before, self._size)
        self._spans[report] = end
        if len(self._spans) > SPANS_KEPT:
            del self._spans[next(iter(self._spans))]
        return report
