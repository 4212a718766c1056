"""Holds what an export says of the record to what follows from the record, byte by byte."""

from stream.exports.container import Container
from stream.exports.defects import Report
from stream.exports.layout import STATEMENT

_KINDS = {STATEMENT: "population"}


class Comparing:
    """Holds a derived member to what follows from the record, piece by piece."""

    def __init__(self, container: Container, name: str, report: Report) -> None:
        self._name = name
        self._pieces = container.pieces(name)
        self._ahead = b""
        self._at = 0
        self._report = report
        self._is_lost = False

    def take(self, piece: bytes, where: str) -> None:
        """Compare the next bytes."""
        if self._is_lost:
            return
        if len(self._ahead) - self._at < len(piece):
            self._read(len(piece))
        if not self._ahead.startswith(piece, self._at):
            self._differ(f"what it says of {where} does not follow from the record")
        self._at += len(piece)

    def _read(self, size: int) -> None:
        parts = [self._ahead[self._at :]]
        missing = size - len(parts[0])
        while missing > 0 and (more := next(self._pieces, b"")):
            parts.append(more)
            missing -= len(more)
        self._ahead, self._at = b"".join(parts), 0

    def end(self) -> None:
        """Nothing more may come."""
        if not self._is_lost and (self._at < len(self._ahead) or next(self._pieces, b"")):
            self._differ("it says more than follows from the record")

    def _differ(self, words: str) -> None:
        self._is_lost = True
        self._report.defect(_KINDS.get(self._name, "story"), self._name, words)
