"""Raw records out of files: JSON, JSON lines, what a connector parses, gzip, standard input."""

import errno
import gzip
import io
import sys
import zlib
from collections.abc import Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from itertools import starmap
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import orjson

from rules.errors import FoureyesError
from stream.connectors.documents import (
    BODY_BYTES_MAX,
    BYTE_ORDER_MARK,
    LINE_BYTES_MAX,
    LINES_TRIED_MAX,
    has_records,
)
from stream.connectors.table import Parse, UnparsableFileError

STANDARD_INPUT = "-"
_GZIP = b"\x1f\x8b"


class Raw(NamedTuple):
    """A raw record and its line, counted from 1; 0 for a file that is one document."""

    line: int
    value: bytes


class UnreadableFileError(FoureyesError):
    """A file can not be opened or is damaged; what was read of it before stands."""

    def __init__(self, *, path: str, line: int, reason: str) -> None:
        self.path = path
        self.line = line
        self.reason = reason
        after = f" after line {line}" if line else ""
        super().__init__(f"{path}: can not be read{after}: {reason}")


def records_of(path: str, parse: Parse | None = None) -> Iterator[Raw]:
    """Read a file's raw records: one a line, or the file as a whole where it is one document.

    A line longer than LINE_BYTES_MAX is given cut one byte beyond it, so that intake refuses it.
    `parse` is a connector's, where its source writes no JSON: each document that it gives is a
    record. Raises UnreadableFileError.
    """
    line = 0
    try:
        with _opened(path) as file:
            records = _records(file) if parse is None else starmap(Raw, parse(file))
            for record in records:
                line = record.line
                yield record
    except UnparsableFileError as error:
        raise UnreadableFileError(path=path, line=error.line, reason=error.reason) from error
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UnreadableFileError(path=path, line=line, reason=reason) from error


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    with _standard_input() if path == STANDARD_INPUT else Path(path).open("rb") as file:
        start = file.peek(2)[:2] if hasattr(file, "peek") else b""
        if start == _GZIP:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield file


def _standard_input() -> AbstractContextManager[BinaryIO]:
    """Standard input, which is left open: asked for again it is at its end."""
    if sys.stdin is None:
        raise OSError(errno.EBADF, "standard input is closed")
    return nullcontext(sys.stdin.buffer)


def _records(file: BinaryIO) -> Iterator[Raw]:
    first = file.readline(LINE_BYTES_MAX + 1).removeprefix(BYTE_ORDER_MARK)
    if _is_json(first):
        yield from _lines(_Joined(first, file))
        return
    begin = first + file.read(BODY_BYTES_MAX + 1 - len(first))
    if len(begin) <= BODY_BYTES_MAX and _is_json(begin):
        yield Raw(0, begin)
    elif has_records(begin.split(b"\n", LINES_TRIED_MAX)):
        yield from _lines(_Joined(begin, file))
    elif begin.strip():
        # Neither a document nor lines, as far as anybody would look: one refusal.
        yield Raw(0, begin)


def _lines(file: "_Joined") -> Iterator[Raw]:
    number = 1
    while line := file.readline(LINE_BYTES_MAX + 1):
        if line.strip():
            yield Raw(number, line.rstrip(b"\r\n"))
        while len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            line = file.readline(LINE_BYTES_MAX + 1)
        number += 1


class _Joined:
    """A file whose beginning has been read already."""

    def __init__(self, begin: bytes, rest: BinaryIO) -> None:
        self._begin = io.BytesIO(begin)
        self._rest = rest

    def readline(self, limit: int) -> bytes:
        """Read up to and with the next end of line, or `limit` bytes."""
        line = self._begin.readline(limit)
        if len(line) < limit and not line.endswith(b"\n"):
            line += self._rest.readline(limit - len(line))
        return line


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True
