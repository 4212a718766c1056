"""On which line of a TOML document each key stands: `tomllib` keeps the values and forgets that."""

import re
import tomllib
from typing import Any

Path = tuple[str | int, ...]
"""The way to a value: table names and keys, and positions in arrays."""

PATH_PARTS_MAX = 16
"""Deeper keys are placed on the line of what they are in."""

_BLANK = re.compile(r"(?:[ \t\r\n]|#[^\n]*)*")
_STRING = (
    r"\"{3}(?:\\.|[^\\])*?\"{3,5}"  # the shortest that ends in three; up to two more are text
    r"|'{3}.*?'{3,5}"
    r"|\"(?:\\.|[^\"\\\n])*\""
    r"|'[^'\n]*'"
)
_KEY_PART = r"(?:[A-Za-z0-9_-]+|\"(?:\\.|[^\"\\\n])*\"|'[^'\n]*')"
_KEY = re.compile(rf"{_KEY_PART}(?:[ \t]*\.[ \t]*{_KEY_PART})*")
_SCALAR = re.compile(rf"{_STRING}|[^,\]}}#\n]+", re.DOTALL)
_HEADER = re.compile(rf"(\[\[?)[ \t]*({_KEY.pattern})[ \t]*\]\]?")


def key_lines(document: str) -> dict[Path, int]:
    """Map every key and array element of a valid document to its line, counted from 1.

    A table stands where it is first named. `document` must be one that `tomllib` has accepted.
    """
    scan = _Scan(document)
    table: Path = ()
    while scan.skip_blank():
        header = scan.take(_HEADER)
        if header is None:
            scan.pair(table)
        else:
            table = scan.header(_parts(header[2]), repeated=header[1] == "[[")
    return scan.lines


def line_of(lines: dict[Path, int], path: Path) -> int:
    """Find the line of a key; of one that is missing, the line of what it is missing in."""
    for length in range(len(path), 0, -1):
        if path[:length] in lines:
            return lines[path[:length]]
    return 1


def _parts(key: str) -> tuple[str, ...]:
    """Split a dotted key; `tomllib` itself undoes the quoting."""
    parts = []
    tree: Any = tomllib.loads(f"{key}=0")
    while isinstance(tree, dict):
        [(part, tree)] = tree.items()
        parts.append(part)
    return tuple(parts)


class _Scan:
    """A walk through a document that only remembers where things are."""

    def __init__(self, document: str) -> None:
        self.document = document
        self.at = 0
        self.line = 1
        self.lines: dict[Path, int] = {}
        self._lengths: dict[Path, int] = {}
        """How many tables each array of tables has so far."""

    def take(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        """Step over what matches here."""
        match = pattern.match(self.document, self.at)
        if match is not None:
            self.line += self.document.count("\n", self.at, match.end())
            self.at = match.end()
        return match

    def skip_blank(self) -> bool:
        """Step over blanks and comments; False at the end."""
        self.take(_BLANK)
        return self.at < len(self.document)

    def found(self, path: Path) -> None:
        """Remember a place, and that of every table on the way to it."""
        for length in range(1, min(len(path), PATH_PARTS_MAX) + 1):
            self.lines.setdefault(path[:length], self.line)

    def header(self, parts: tuple[str, ...], *, repeated: bool) -> Path:
        """Open the table of `[a.b]`, or the next one of `[[a.b]]`."""
        path: Path = ()
        for number, part in enumerate(parts, start=1):
            path = (*path, part)
            if repeated and number == len(parts):
                self._lengths[path] = self._lengths.get(path, 0) + 1
            if path in self._lengths:
                path = (*path, self._lengths[path] - 1)
        self.found(path)
        return path

    def pair(self, table: Path) -> None:
        """Read `key = value`."""
        key = self.take(_KEY)
        if key is None:
            message = f"line {self.line} holds no key: this is not a document that tomllib accepts"
            raise ValueError(message)
        path = (*table, *_parts(key[0]))
        self.found(path)
        self.skip_blank()
        self.at += 1  # the equals sign
        self.skip_blank()
        self.value(path)

    def value(self, path: Path) -> None:
        """Step over a value, going into arrays and inline tables."""
        match self.document[self.at]:
            case "[":
                self._array(path)
            case "{":
                self._inline_table(path)
            case _:
                self.take(_SCALAR)

    def _array(self, path: Path) -> None:
        position = 0
        while self._another("]"):
            self.found((*path, position))
            self.value((*path, position))
            position += 1

    def _inline_table(self, path: Path) -> None:
        while self._another("}"):
            self.pair(path)

    def _another(self, end: str) -> bool:
        """Step over the bracket or comma before the next element, or over the closing bracket."""
        self.skip_blank()
        if self.document[self.at] != end:
            self.at += 1
            self.skip_blank()
        if self.document[self.at] != end:
            return True
        self.at += 1
        return False
