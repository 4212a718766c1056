"""Raw records out of files: JSON, JSON lines, gzip, standard input."""

import gzip
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

import orjson

from rules.errors import FoureyesError
from stream.connectors.documents import BODY_BYTES_MAX, LINE_BYTES_MAX

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


def records_of(path: str) -> Iterator[Raw]:
    """Read a file's raw records: one a line, or the file as a whole where it is one document.

    A line longer than LINE_BYTES_MAX is given cut one byte beyond it, so that intake refuses it.
    Raises UnreadableFileError.
    """
    line = 0
    try:
        with _opened(path) as file:
            for record in _records(file):
                line = record.line
                yield record
    except (OSError, EOFError, gzip.BadGzipFile) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise UnreadableFileError(path=path, line=line, reason=reason) from error


@contextmanager
def _opened(path: str) -> Iterator[BinaryIO]:
    with sys.stdin.buffer if path == STANDARD_INPUT else Path(path).open("rb") as file:
        start = file.peek(2)[:2] if hasattr(file, "peek") else b""
        if start == _GZIP:
            with gzip.GzipFile(fileobj=file) as unpacked:
                yield cast(BinaryIO, unpacked)
        else:
            yield cast(BinaryIO, file)


def _records(file: BinaryIO) -> Iterator[Raw]:
    first = file.readline(LINE_BYTES_MAX + 1)
    if not _is_json(first):
        rest = file.read(BODY_BYTES_MAX + 1 - len(first))
        whole = first + rest
        if len(whole) > BODY_BYTES_MAX or _is_json(whole) or b"\n" not in whole.strip():
            yield Raw(0, whole)
            return
        for number, line in enumerate(whole.split(b"\n"), start=1):
            if line.strip():
                yield Raw(number, line)
        return
    number = 1
    line = first
    while line:
        if line.strip():
            yield Raw(number, line.rstrip(b"\r\n"))
        while len(line) > LINE_BYTES_MAX and not line.endswith(b"\n"):
            line = file.readline(LINE_BYTES_MAX + 1)
        number += 1
        line = file.readline(LINE_BYTES_MAX + 1)


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True
