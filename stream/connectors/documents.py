"""A body cut into documents: one JSON value, an array of them, or one on each line."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

import orjson

from stream.connectors.table import MalformedEventError, RefusalKind, alone

BODY_BYTES_MAX = 16 * 1024 * 1024
"""A body that is read at once: a webhook's, a record's, a pretty-printed file."""
LINE_BYTES_MAX = 1024 * 1024
"""One line of JSON lines."""
LINES_TRIED_MAX = 100
"""So many lines may be bad before the first record that shows a body to be JSON lines."""
NESTING_MAX = 64
"""Objects and lists inside each other."""
BYTE_ORDER_MARK = b"\xef\xbb\xbf"

Document = tuple[str, "object | MalformedEventError"]
"""Where in the body (`":3"` line, `"[2]"` item, `""` the whole), and what stands there."""


def documents(
    body: bytes, source: str = "input", apart: Callable[[object], Iterable[Document]] = alone
) -> Iterator[Document]:
    """Cut a body into documents, each of which is one record for `Connector.read`.

    `apart` is a connector's: it takes a vendor's batch apart. A bad line or item is given as a
    MalformedEventError in its place and the others are read; a body that is neither JSON nor JSON
    lines is one error. A blank body has no documents. `source` is named in the errors.
    """
    cut = _cut(body, source)
    return cut if apart is alone else _apart(cut, apart)


def line_of_several(number: int, line: bytes, source: str = "input") -> Iterator[Document]:
    """Cut one line of a body of which another line is known to be a record."""
    return _lines([line], source, number)


def is_plain(text: bytes) -> bool:
    """Whether a text is neither long nor nested to speak of, as nearly all are."""
    return len(text) <= LINE_BYTES_MAX and text.count(b"{") + text.count(b"[") <= NESTING_MAX


def _apart(
    cut: Iterator[Document], apart: Callable[[object], Iterable[Document]]
) -> Iterator[Document]:
    for place, document in cut:
        if isinstance(document, MalformedEventError):
            yield place, document
        else:
            for suffix, record in apart(document):
                yield place + suffix, record


def _cut(body: bytes, source: str) -> Iterator[Document]:
    if len(body) > BODY_BYTES_MAX:
        yield "", _too_large(source, len(body), BODY_BYTES_MAX)
        return
    body = body.removeprefix(BYTE_ORDER_MARK).strip()
    if not body:
        return
    try:
        whole = _parsed(body)
    except ValueError as error:
        yield from _lines_or_nothing(body, source, error)
        return
    yield from _items("", whole, body, source)


def _lines_or_nothing(body: bytes, source: str, error: ValueError) -> Iterator[Document]:
    """Read JSON lines, or refuse the whole where no line of several is a record."""
    lines = body.split(b"\n")
    if len(lines) == 1 and len(body) > LINE_BYTES_MAX:
        # No document, and no line either: most likely one that its reader has cut.
        yield "", _too_large(source, len(body), LINE_BYTES_MAX)
        return
    if len(lines) == 1 or not has_records(lines):
        yield "", _not_json(source, body, error)
        return
    yield from _lines(lines, source)


def _lines(lines: Iterable[bytes], source: str, first: int = 1) -> Iterator[Document]:
    for number, line in enumerate(lines, start=first):
        line = line.strip()  # noqa: PLW2901 - the same line, without its end
        if not line:
            continue
        record = _plain_record(line)
        if record is not None:
            yield f":{number}", record
        else:
            yield from _line(f":{number}", line, source)


def _plain_record(line: bytes) -> dict[str, Any] | None:
    """Parse what nearly every line is: one record, not long, and not nested to speak of."""
    if not is_plain(line):
        return None
    try:
        value = orjson.loads(line)
    except ValueError:
        return None
    return value if type(value) is dict else None


def _line(place: str, line: bytes, source: str) -> Iterator[Document]:
    if len(line) > LINE_BYTES_MAX:
        yield place, _too_large(source, len(line), LINE_BYTES_MAX)
        return
    try:
        value = _parsed(line)
    except ValueError as error:
        yield place, _not_json(source, line, error)
        return
    yield from _items(place, value, line, source)


def _items(place: str, value: Any, text: bytes, source: str) -> Iterator[Document]:
    """Give a value, or each item of an array, unless it is nested too deep."""
    may_be_deep = _may_be_deep(text)
    items = [(place, value)]
    if type(value) is list:
        items = [(f"{place}[{number}]", item) for number, item in enumerate(value)]
    for where, item in items:
        if may_be_deep and _depth(item) > NESTING_MAX:
            yield where, _too_deep(source, item)
        else:
            yield where, item


def _may_be_deep(text: bytes) -> bool:
    """Count the brackets: far cheaper than walking, and settles it for nearly all."""
    return text.count(b"{") + text.count(b"[") > NESTING_MAX


def _parsed(text: bytes) -> Any:
    return orjson.loads(text)


def has_records(lines: Sequence[bytes]) -> bool:
    """Whether these look like JSON lines: one of the first is a whole object or array."""
    return any(_is_record(line) for line in lines[:LINES_TRIED_MAX])


def _is_record(line: bytes) -> bool:
    try:
        return isinstance(_parsed(line), dict | list)
    except ValueError:
        return False


def _depth(value: object) -> int:
    """Measure how deep a value is nested, level by level, up to one beyond what is allowed."""
    depth, level = 0, [value]
    while level and depth <= NESTING_MAX:
        inner: list[object] = []
        for each in level:
            if type(each) is dict:
                inner.extend(each.values())
            elif type(each) is list:
                inner.extend(each)
        nested = any(type(each) is dict or type(each) is list for each in level)
        depth, level = depth + nested, inner
    return depth


def _not_json(source: str, text: bytes, error: ValueError) -> MalformedEventError:
    deep = "depth limit" in str(error)
    return MalformedEventError(
        source=source,
        field=None,
        found=text[:LINE_BYTES_MAX],
        expected=f"JSON ({error})",
        kind=RefusalKind.TOO_DEEP if deep else RefusalKind.NOT_JSON,
    )


def _too_large(source: str, found: int, bytes_max: int) -> MalformedEventError:
    return MalformedEventError(
        source=source,
        field=None,
        found=found,
        expected=f"at most {bytes_max} bytes",
        kind=RefusalKind.TOO_LARGE,
    )


def _too_deep(source: str, found: object) -> MalformedEventError:
    return MalformedEventError(
        source=source,
        field=None,
        found=found,
        expected=f"at most {NESTING_MAX} levels of nesting",
        kind=RefusalKind.TOO_DEEP,
    )
