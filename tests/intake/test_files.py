"""Files as people have them: lines, arrays, pretty-printed, packed, cut off, far too long."""

import gzip
import io
import sys
from collections.abc import Iterator
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connectors.documents import BODY_BYTES_MAX, LINE_BYTES_MAX
from stream.intake.files import Raw, UnreadableFileError, records_of
from tests.intake.lanes import body, event, fed, intake

BOM = b"\xef\xbb\xbf"
EVENTS = [event(str(number)) for number in range(3)]
LINES = body(*EVENTS)
PRETTY = orjson.dumps(EVENTS[0], option=orjson.OPT_INDENT_2)
PRETTY_ARRAY = orjson.dumps(EVENTS, option=orjson.OPT_INDENT_2)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Where the file of a test is."""
    return tmp_path / "raw.jsonl"


def read(path: Path, content: bytes) -> list[Raw]:
    """Write a file and read its records."""
    path.write_bytes(content)
    return list(records_of(str(path)))


def told(records: list[Raw]) -> list[str]:
    """The ids of the events in records, by intake."""
    return [
        orjson.loads(line)["id"]
        for line in sorted(fed(intake(), *(record.value for record in records)).lines)
    ]


SHAPES = {
    "lines": (LINES, [1, 2, 3]),
    "lines, one ends": (LINES + b"\n", [1, 2, 3]),
    "lines of Windows": (LINES.replace(b"\n", b"\r\n"), [1, 2, 3]),
    "lines with blank ones between": (b"\n\n" + LINES.replace(b"\n", b"\n \n\n"), [3, 6, 9]),
    "an array": (orjson.dumps(EVENTS), [1]),
    "an array, pretty": (PRETTY_ARRAY, [0]),
    "arrays on lines": (body(EVENTS[:2], EVENTS[2:]), [1, 2]),
}


@pytest.mark.parametrize("start", [b"", BOM], ids=["", "BOM"])
@pytest.mark.parametrize("packed", [False, True], ids=["", "gzip"])
@pytest.mark.parametrize("shape", SHAPES)
def test_whatever_the_shape_the_events_are_read(
    shape: str,
    packed: bool,  # noqa: FBT001
    start: bytes,
    path: Path,
) -> None:
    """And each record says on which line it stood: 0 where the file is one document."""
    content, places = SHAPES[shape]
    content = start + content
    records = read(path, gzip.compress(content) if packed else content)

    assert told(records) == ["0", "1", "2"]
    assert [record.line for record in records] == places


@pytest.mark.parametrize("content", [PRETTY, BOM + PRETTY, PRETTY + b"\n\n"])
def test_one_pretty_document_is_one_record(content: bytes, path: Path) -> None:
    """As people save it from a browser or an editor."""
    assert told(read(path, content)) == ["0"]


@pytest.mark.parametrize("content", [b"", b"\n", b" \n \n", BOM])
def test_an_empty_file_holds_nothing(content: bytes, path: Path) -> None:
    """And nothing is refused."""
    said = fed(intake(), *(record.value for record in read(path, content)))

    assert (said.lines, said.refusals) == ([], [])


@given(st.lists(st.binary(max_size=30) | st.sampled_from(LINES.split(b"\n")), max_size=8))
def test_no_line_is_lost_whatever_the_others_are(lines: list[bytes]) -> None:
    """Garbage before, between and after: every event's line is read, and stands where it stood."""
    content = b"\n".join(lines)
    events = {
        (number, line)
        for number, line in enumerate(content.split(b"\n"), start=1)
        if line in LINES.split(b"\n")
    }
    with pytest.MonkeyPatch.context() as patch:
        found = from_stdin(patch, content)

    if any(record.line for record in found):
        assert events <= {(record.line, record.value) for record in found}
    assert told(found) == told([Raw(0, content)])


def from_stdin(patch: pytest.MonkeyPatch, content: bytes) -> list[Raw]:
    """Read `-`."""

    class Given:
        buffer = io.BufferedReader(io.BytesIO(content))

    patch.setattr(sys, "stdin", Given)
    return list(records_of("-"))


@pytest.mark.parametrize("packed", [False, True], ids=["", "gzip"])
def test_standard_input_is_a_file_too(monkeypatch: pytest.MonkeyPatch, packed: bool) -> None:  # noqa: FBT001
    """Packed or not; asked for a second time it is at its end, and no error."""
    records = from_stdin(monkeypatch, gzip.compress(LINES) if packed else LINES)

    assert told(records) == ["0", "1", "2"]
    assert list(records_of("-")) == []


def test_a_line_that_is_too_long_is_refused_alone(path: Path) -> None:
    """Also the first one: the lines around it are read, and it is refused for its size."""
    long = b'{"id": "' + b"x" * (2 * LINE_BYTES_MAX) + b'"}'
    for place in range(3):
        lines = LINES.split(b"\n")
        lines.insert(place, long)
        records = read(path, b"\n".join(lines))
        said = fed(intake(), *(record.value for record in records))

        assert [record.line for record in records] == [1, 2, 3, 4]
        assert len(said.lines) == 3
        assert [each["kind"] for each in said.refusals] == ["too_large"]


def test_a_bad_first_line_of_a_large_file_costs_no_other_line(path: Path) -> None:
    """More than is ever read at once, and its first line is cut off: the others are read."""
    line = orjson.dumps(event("1", justification="x" * 8000))
    count = BODY_BYTES_MAX // len(line) + 100
    path.write_bytes(b"\n".join([b'{"id": "cut o', *([line] * count)]))
    lines = numbered(path)

    assert next(lines) == 1
    assert list(lines) == list(range(2, count + 2))


def numbered(path: Path) -> Iterator[int]:
    """The line numbers of a file's records."""
    for record in records_of(str(path)):
        assert len(record.value) < LINE_BYTES_MAX
        yield record.line


def test_one_document_beyond_the_limit_is_one_refusal(path: Path) -> None:
    """A pretty-printed export of many megabytes: one sentence, not one for each of its lines."""
    export = [event("1", justification="x" * 8000)] * (BODY_BYTES_MAX // 8000)
    (record,) = read(path, orjson.dumps(export, option=orjson.OPT_INDENT_2))
    said = fed(intake(), record.value)

    assert record.line == 0
    assert [each["kind"] for each in said.refusals] == ["too_large"]


def damaged(content: bytes, at: float) -> bytes:
    """Turn bytes over in the midst of packed content."""
    place = int(len(content) * at)
    turned = bytes(each ^ 0xFF for each in content[place : place + 40])
    return content[:place] + turned + content[place + 40 :]


PACKED = gzip.compress(body(*(event(str(number)) for number in range(5000))), mtime=0)


@pytest.mark.parametrize(
    "content",
    [
        PACKED[: len(PACKED) // 2],
        PACKED[:-4],
        PACKED[:5],
        PACKED + b"more",
        *(damaged(PACKED, at) for at in (0.01, 0.3, 0.6, 0.9)),
    ],
    ids=["cut", "trailer cut", "header cut", "more behind", "1 %", "30 %", "60 %", "90 %"],
)
def test_a_damaged_package_is_named_after_what_was_read(content: bytes, path: Path) -> None:
    """The lines before the damage are given; then an error that says after which line."""
    path.write_bytes(content)
    records: list[Raw] = []
    with pytest.raises(UnreadableFileError, match="can not be read") as caught:
        records.extend(records_of(str(path)))

    assert caught.value.path == str(path)
    assert [record.line for record in records] == list(range(1, caught.value.line + 1))


@given(st.floats(0, 1), st.binary(min_size=1, max_size=50))
def test_no_damage_of_a_package_escapes_as_something_else(at: float, content: bytes) -> None:
    """Whatever stands wherever in it."""
    place = int(len(PACKED) * at)
    with pytest.MonkeyPatch.context() as patch:
        try:
            from_stdin(patch, PACKED[:place] + content + PACKED[place + len(content) :])
        except UnreadableFileError:
            return


@pytest.mark.parametrize(("name", "reason"), [("nowhere", "No such file"), (".", "directory")])
def test_what_can_not_be_opened_is_named(name: str, reason: str) -> None:
    """In the operating system's own words."""
    with pytest.raises(UnreadableFileError, match=reason):
        list(records_of(name))
