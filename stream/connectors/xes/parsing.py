"""An XES log (IEEE 1849), XML, taken apart into one JSON document an event.

Expat reads it piece by piece, so a log of any length takes the memory of one trace's attributes.
Document types and entities are refused before anything could be expanded; depth, attributes and
the length of one tag are bounded. Attributes inside attributes are passed over.
"""

from collections.abc import Iterator
from typing import Any, BinaryIO
from xml.parsers import expat

import orjson

from stream.connectors.table import TEXT_CHARS_MAX, UnparsableFileError

PIECE_BYTES = 64 * 1024
DEPTH_MAX = 64
"""Elements inside each other."""
TAG_BYTES_MAX = 1024 * 1024
"""One tag with all that stands in it."""
ATTRIBUTES_MAX = 256
"""Attributes of one trace or event."""
OF_TRACE = frozenset({"concept:name", "identity:id", "concept:model", "workflow"})
"""What of a trace stands beside each of its events."""
VALUES = frozenset({"string", "date", "int", "float", "boolean", "id"})
"""Elements that give an attribute a value; lists and containers hold others."""


def parse(file: BinaryIO) -> Iterator[tuple[int, bytes]]:
    """Give each event: its line, and a document with `trace`, `event` and where it stood.

    `number` counts the events of the log from 1, `index` those of the trace from 0. Raises
    UnparsableFileError; what was given before stands.
    """
    log = _Log()
    fed = 0
    while piece := file.read(PIECE_BYTES):
        log.feed(piece)
        fed += len(piece)
        yield from log.taken()
        if fed - log.parser.CurrentByteIndex > TAG_BYTES_MAX:
            raise UnparsableFileError(
                line=log.parser.CurrentLineNumber, reason=f"a tag longer than {TAG_BYTES_MAX} bytes"
            )
    log.feed(b"", is_last=True)
    yield from log.taken()


class _Log:
    """What has been read of a log, and the events that are whole."""

    def __init__(self) -> None:
        self.parser = expat.ParserCreate()
        self.parser.StartElementHandler = self._begin
        self.parser.EndElementHandler = self._end
        self.parser.StartDoctypeDeclHandler = self._refuse_type
        self.parser.EntityDeclHandler = self._refuse_entity
        self._path: list[str] = []
        self._trace: dict[str, Any] | None = None
        self._event: dict[str, Any] | None = None
        self._traces = self._index = 0
        self._number = 1
        self._whole: list[tuple[int, bytes]] = []

    def feed(self, piece: bytes, *, is_last: bool = False) -> None:
        """Read on. Raises UnparsableFileError."""
        try:
            self.parser.Parse(piece, is_last)
        except expat.ExpatError as error:
            raise UnparsableFileError(
                line=error.lineno, reason=f"it is no well-formed XML ({error})"
            ) from error

    def taken(self) -> list[tuple[int, bytes]]:
        """Hand over the events that are whole."""
        whole, self._whole = self._whole, []
        return whole

    def _begin(self, tag: str, attributes: dict[str, str]) -> None:
        tag = tag.rpartition(":")[2]
        self._path.append(tag)
        if len(self._path) > DEPTH_MAX:
            self._refuse(f"more than {DEPTH_MAX} elements inside each other")
        if not self._trace_begins(tag) and tag in VALUES:
            self._take(attributes)

    def _trace_begins(self, tag: str) -> bool:
        if tag == "trace":
            self._trace, self._index = {}, 0
            self._traces += 1
        elif tag == "event":
            self._event = {}
        else:
            return False
        return True

    def _take(self, attributes: dict[str, str]) -> None:
        """Keep an attribute of a trace or an event, not one that is inside another."""
        holder = self._path[-2] if len(self._path) > 1 else ""
        into = {"event": self._event, "trace": self._trace}.get(holder)
        key, value = attributes.get("key"), attributes.get("value")
        if into is None or key is None or value is None:
            return
        if holder == "trace" and key not in OF_TRACE:
            return
        if len(into) >= ATTRIBUTES_MAX:
            self._refuse(f"more than {ATTRIBUTES_MAX} attributes of one {holder}")
        # A longer value is refused when it is read: one character beyond says so.
        into.setdefault(key, value[: TEXT_CHARS_MAX + 1])

    def _end(self, tag: str) -> None:
        self._path.pop()
        tag = tag.rpartition(":")[2]
        if tag == "event" and self._event is not None:
            document = {
                "trace": self._trace or {},
                "event": self._event,
                "number": self._number,
                "index": self._index,
                "of_trace": self._traces,
            }
            self._whole.append((self.parser.CurrentLineNumber, orjson.dumps(document)))
            self._number += 1
            self._index += 1
            self._event = None
        elif tag == "trace":
            self._trace = None

    def _refuse_type(self, name: str, *_: object) -> None:
        self._refuse(f"a document type ({name}), which no log has")

    def _refuse_entity(self, name: str, *_: object) -> None:
        self._refuse(f"an entity ({name}), which no log has")

    def _refuse(self, what: str) -> None:
        raise UnparsableFileError(line=self.parser.CurrentLineNumber, reason=what)
