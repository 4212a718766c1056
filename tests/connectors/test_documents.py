"""A body is cut into documents, and a bad one never hides its neighbours."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connectors import MalformedEventError, RefusalKind, documents
from stream.connectors.documents import BODY_BYTES_MAX, LINE_BYTES_MAX, NESTING_MAX
from tests.connectors.reading import Json, json_values


def cut(body: bytes) -> list[tuple[str, object]]:
    """Cut a body; errors as their kind."""
    return [
        (place, found.kind if isinstance(found, MalformedEventError) else found)
        for place, found in documents(body)
    ]


CUTS: dict[str, tuple[bytes, list[tuple[str, object]]]] = {
    "one-object": (b'{"a": 1}', [("", {"a": 1})]),
    "pretty-printed": (b'{\n  "a": [\n    1\n  ]\n}\n', [("", {"a": [1]})]),
    "byte-order-mark": (b'\xef\xbb\xbf{"a": 1}', [("", {"a": 1})]),
    "an-array": (b'[{"a": 1},\n {"a": 2}]', [("[0]", {"a": 1}), ("[1]", {"a": 2})]),
    "lines": (b'{"a": 1}\n{"a": 2}\n', [(":1", {"a": 1}), (":2", {"a": 2})]),
    "lines-with-windows-ends": (b'{"a": 1}\r\n\r\n{"a": 2}', [(":1", {"a": 1}), (":3", {"a": 2})]),
    "a-bad-line-among-good-ones": (
        b'{"a": 1}\n{"a": 2\n{"a": 3}',
        [(":1", {"a": 1}), (":2", RefusalKind.NOT_JSON), (":3", {"a": 3})],
    ),
    "a-bad-line-first": (b'nope\n{"a": 1}', [(":1", RefusalKind.NOT_JSON), (":2", {"a": 1})]),
    "an-array-on-a-line": (
        b'{"a": 1}\n[{"a": 2}, {"a": 3}]',
        [(":1", {"a": 1}), (":2[0]", {"a": 2}), (":2[1]", {"a": 3})],
    ),
    "broken-pretty-print": (b'{\n  "a": [\n    1,\n  ]\n}', [("", RefusalKind.NOT_JSON)]),
    "not-json": (b"<html>", [("", RefusalKind.NOT_JSON)]),
    "blank": (b" \n\n", []),
    "a-number": (b"5", [("", 5)]),
    "too-deep-for-us": (
        b"[" * (NESTING_MAX + 2) + b"]" * (NESTING_MAX + 2),
        [("[0]", RefusalKind.TOO_DEEP)],
    ),
    "too-deep-for-the-parser": (b"[" * 5000 + b"]" * 5000, [("", RefusalKind.TOO_DEEP)]),
    "many-brackets-and-not-deep": (b'{"a": "' + b"[" * 200 + b'"}', [("", {"a": "[" * 200})]),
}


@pytest.mark.parametrize(("body", "found"), CUTS.values(), ids=CUTS.keys())
def test_a_body_is_cut(body: bytes, found: list[tuple[str, object]]) -> None:
    """One object, one array, JSON lines: told apart by what is there, not by a header."""
    assert cut(body) == found


def test_sizes_are_bounded() -> None:
    """Neither an endless body nor an endless line is parsed."""
    line = b'{"a": "' + b"x" * LINE_BYTES_MAX + b'"}'
    lines = b'{"a": 1}\n' + line + b'\n{"a": 2}\n'
    expected = [(":1", {"a": 1}), (":2", RefusalKind.TOO_LARGE), (":3", {"a": 2})]

    assert cut(b" " * (BODY_BYTES_MAX + 1)) == [("", RefusalKind.TOO_LARGE)]
    assert cut(lines) == expected


def test_a_refusal_says_where_the_json_ends() -> None:
    """Whoever sent it finds the place."""
    ((_, error),) = documents(b'{"a": 1', "acme")

    assert isinstance(error, MalformedEventError)
    assert str(error) == (
        "acme: the record is b'{\"a\": 1'; expected JSON (unexpected end of data: line 1 column 8 "
        "(char 7))"
    )


@given(
    st.lists(st.dictionaries(st.text(max_size=4), json_values, max_size=2), min_size=2, max_size=3)
)
def test_lines_and_arrays_hold_the_same(values: list[Json]) -> None:
    """Whichever way a batch is written, the same documents come out."""
    lines = b"\n".join(map(orjson.dumps, values))
    array = orjson.dumps(values)

    assert [found for _, found in cut(lines)] == [found for _, found in cut(array)]


@given(st.binary())
def test_any_bytes_are_cut(body: bytes) -> None:
    """Whatever arrives, cutting ends."""
    assert len(cut(body)) <= len(body)
