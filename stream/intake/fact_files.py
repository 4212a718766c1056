"""Files of reference facts, CSV or JSON: read whole, or refused with their bad rows named."""

import csv
import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, NoReturn

from stream.faults import Fault, FaultyInputError, one_of, shown
from stream.intake.fact_records import FactRecord, Identity, columns, columns_needed, read_record

FILE_BYTES_MAX = 512 << 20
LINE_BYTES_MAX = 64 << 10
RECORDS_MAX = 2_000_000
FAULTS_MAX = 50
"""Faults that are shown of one file; the others are counted."""

Row = tuple[str, Mapping[str, Any]]
"""Where it is (`people.csv:12`), and what it says."""


def read_facts(kind: type[FactRecord], path: Path) -> list[FactRecord]:
    """Read a file of one kind of record, by its ending: .csv, .json (a list), .jsonl or .ndjson.

    Raises FaultyInputError, which names file, line, column, what was found and what is expected;
    then nothing of the file is used.
    """
    reading = _Reading(kind, path)
    try:
        read = _FORMATS.get(path.suffix.lower())
        if read is None:
            reading.give_up(str(path), "the file", shown(path.suffix), one_of("", _FORMATS))
        if path.stat().st_size > FILE_BYTES_MAX:
            expected = f"at most {FILE_BYTES_MAX:,} bytes"
            reading.give_up(str(path), "the file", "a larger file", expected)
        for place, told in read(reading):
            reading.take(place, told)
    except OSError as error:
        reading.give_up(str(path), "the file", str(error.strerror), "a file that can be read")
    return reading.finish()


class _Reading:
    """One file on its way in: what was read of it, and what is wrong with it."""

    def __init__(self, kind: type[FactRecord], path: Path) -> None:
        self.kind = kind
        self.path = path
        self.records: dict[Identity, FactRecord] = {}
        self.places: dict[Identity, str] = {}
        self.faults: list[Fault] = []
        self.more = 0

    def take(self, place: str, told: Mapping[str, Any]) -> None:
        """Read a row. The same again is no fault; the same with other content is one."""
        record = read_record(self.kind, told, place)
        if isinstance(record, tuple):
            self.wrong(*record)
            return
        key = record.identity()
        if self.records.setdefault(key, record) != record:
            found = f"other content than in {self.places[key]} for the same key and `from`"
            self.wrong(Fault(place=place, key="the record", found=found, expected="one of them"))
        self.places.setdefault(key, place)
        if len(self.records) > RECORDS_MAX:
            self.give_up(place, "the file", "more records", f"at most {RECORDS_MAX:,}")

    def wrong(self, *faults: Fault) -> None:
        """Note faults, up to a limit."""
        room = FAULTS_MAX - len(self.faults)
        self.faults.extend(faults[:room])
        self.more += max(0, len(faults) - room)

    def give_up(self, place: str, key: str, found: str, expected: str) -> NoReturn:
        """Stop: the rest of the file has no meaning."""
        self.wrong(Fault(place=place, key=key, found=found, expected=expected))
        raise self._refusal()

    def finish(self) -> list[FactRecord]:
        """Give all records, or none."""
        if self.faults:
            raise self._refusal()
        return list(self.records.values())

    def _refusal(self) -> FaultyInputError:
        return FaultyInputError(what=str(self.path), faults=self.faults, more=self.more)


class _Lines:
    """The lines of a file as text, counted."""

    def __init__(self, reading: _Reading, lines: Iterable[bytes]) -> None:
        self._reading = reading
        self._lines = iter(lines)
        self.number = 0

    def __iter__(self) -> Iterator[str]:
        return self

    def __next__(self) -> str:
        line = next(self._lines)
        self.number += 1
        place = f"{self._reading.path}:{self.number}"
        if len(line) > LINE_BYTES_MAX:
            expected = f"at most {LINE_BYTES_MAX:,} bytes"
            self._reading.give_up(place, "the line", "a longer line", expected)
        try:
            # Spreadsheets put a byte order mark first.
            return line.decode("utf-8-sig" if self.number == 1 else "utf-8")
        except UnicodeDecodeError as error:
            found = shown(line[error.start : error.end])
            self._reading.give_up(place, "the line", found, "UTF-8")


def _read_csv(reading: _Reading) -> Iterator[Row]:
    with reading.path.open("rb") as file:
        lines = _Lines(reading, iter(lambda: file.readline(LINE_BYTES_MAX + 1), b""))
        rows = csv.reader(lines, strict=True)
        header = _header(reading, _next_row(reading, rows, 1) or [])
        begins = lines.number + 1
        while (cells := _next_row(reading, rows, begins)) is not None:
            place = f"{reading.path}:{begins}"
            # A quoted cell may go over several lines: a row is where it begins.
            begins = lines.number + 1
            if cells and len(cells) != len(header):
                found, expected = f"{len(cells)} cells", f"{len(header)}, as in the header"
                reading.wrong(Fault(place=place, key="the row", found=found, expected=expected))
            elif cells:
                yield place, dict(zip(header, cells, strict=True))


def _next_row(reading: _Reading, rows: Iterator[list[str]], begins: int) -> list[str] | None:
    try:
        return next(rows, None)
    except csv.Error as error:
        reading.give_up(f"{reading.path}:{begins}", "the row", str(error), "CSV (RFC 4180)")


def _header(reading: _Reading, cells: list[str]) -> list[str]:
    """Read the names of the columns; without them no row means anything."""
    header = [cell.strip().lower() for cell in cells]
    known, place = columns(reading.kind), f"{reading.path}:1"
    for position, name in enumerate(header):
        if name not in known:
            expected = one_of(name, known)
            reading.wrong(Fault(place=place, key=name, found="this column", expected=expected))
        elif name in header[:position]:
            reading.wrong(Fault(place=place, key=name, found="it twice", expected="it once"))
    for name in columns_needed(reading.kind):
        if name not in header:
            reading.wrong(Fault(place=place, key=name, found="nothing", expected="this column"))
    if reading.faults:
        reading.finish()
    return header


def _read_jsonl(reading: _Reading) -> Iterator[Row]:
    with reading.path.open("rb") as file:
        lines = _Lines(reading, iter(lambda: file.readline(LINE_BYTES_MAX + 1), b""))
        for line in lines:
            place = f"{reading.path}:{lines.number}"
            if line.strip():
                yield from _object(reading, place, _parse(reading, place, line))


def _read_json(reading: _Reading) -> Iterator[Row]:
    place = str(reading.path)
    try:
        document = reading.path.read_bytes().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        reading.give_up(place, "the file", f"something else at byte {error.start}", "UTF-8")
    rows = _parse(reading, place, document)
    if rows is _UNPARSED:
        return
    if not isinstance(rows, list):
        reading.give_up(place, "the file", shown(rows), "a list of objects")
    for number, row in enumerate(rows, start=1):
        yield from _object(reading, f"{place} record {number}", row)


def _object(reading: _Reading, place: str, row: object) -> Iterator[Row]:
    if isinstance(row, dict):
        yield place, row
    elif row is not _UNPARSED:
        fault = Fault(place=place, key="the record", found=shown(row), expected="an object")
        reading.wrong(fault)


def _parse(reading: _Reading, place: str, text: str) -> object:
    """Parse JSON; a broken line does not hide what is wrong with the others."""
    try:
        return json.loads(text, object_pairs_hook=once)
    except RecursionError:
        found = "too many brackets in brackets"
    except ValueError as error:
        found = str(error)
    reading.wrong(Fault(place=place, key="the syntax", found=found, expected="JSON (RFC 8259)"))
    return _UNPARSED


_UNPARSED = object()


def once(pairs: list[tuple[str, object]]) -> dict[str, object]:
    """Refuse a key that is there twice: one of the two would be lost unseen."""
    found = dict(pairs)
    if len(found) != len(pairs):
        keys = [key for key, _ in pairs]
        twice = next(key for key in keys if keys.count(key) > 1)
        message = f"the key {twice!r} twice"
        raise ValueError(message)
    return found


_FORMATS: Mapping[str, Callable[[_Reading], Iterator[Row]]] = {
    ".csv": _read_csv,
    ".json": _read_json,
    ".jsonl": _read_jsonl,
    ".ndjson": _read_jsonl,
}
