"""What the connectors' tests share: a delivery, and reading as intake does it."""

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import orjson
from hypothesis import strategies as st

from rules.events import Event
from stream.canonical import dumps, read_event
from stream.connectors import Connector, Delivery, MalformedEventError, Told, documents

NOON = datetime(2026, 11, 1, 12, 0, tzinfo=UTC)
SAMPLES = Path(__file__).resolve().parents[3] / "shared" / "samples"

DELIVERY = Delivery(source="acme", observed_at=NOON, digest="sha256:00", place="post")

Json = Any

scalars = (
    st.none()
    | st.booleans()
    | st.integers(min_value=-(2**63), max_value=2**64 - 1)
    | st.floats(allow_nan=False, allow_infinity=False)
    | st.text(max_size=20)
    | st.sampled_from(["", "2026-11-01T00:00:00Z", "9999-12-31T23:59:59-23:59", "0001-01-01"])
)
json_values: st.SearchStrategy[Json] = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner),
    max_leaves=12,
)


def spoiled(document: Json) -> st.SearchStrategy[Json]:
    """Make a strategy for a document with anything at all in one place of it."""
    return st.sampled_from(list(_places(document))).flatmap(
        lambda place: json_values.map(lambda value: _replaced(document, place, value))
    )


def _places(document: Json, place: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    keys = (
        list(document)
        if isinstance(document, dict)
        else list(range(len(document)))
        if isinstance(document, list)
        else []
    )
    return [place, *(below for key in keys for below in _places(document[key], (*place, key)))]


def _replaced(document: Json, place: tuple[Any, ...], value: Json) -> Json:
    if not place:
        return value
    key, *rest = place
    copy = dict(document) if isinstance(document, dict) else list(document)
    copy[key] = _replaced(document[key], tuple(rest), value)
    return copy


def events(reader: Connector, document: Json, delivery: Delivery = DELIVERY) -> list[Event]:
    """Read a record that tells events, through the canonical bytes."""
    trees = reader.read(orjson.loads(orjson.dumps(document)), delivery)
    return [read_event(dumps(tree)) for tree in trees if not isinstance(tree, Told)]


def refusal(reader: Connector, document: Json, delivery: Delivery = DELIVERY) -> str:
    """Read a record that is refused, and give the sentence."""
    try:
        reader.read(document, delivery)
    except MalformedEventError as error:
        return str(error)
    raise AssertionError(document)


def outcomes(reader: Connector, body: bytes) -> list[Event | Told | MalformedEventError]:
    """Read a body as intake does; everything that is read goes through the canonical bytes."""
    found: list[Event | Told | MalformedEventError] = []
    for _, document in documents(body, DELIVERY.source, reader.apart):
        if isinstance(document, MalformedEventError):
            found.append(document)
            continue
        try:
            trees = reader.read(document, DELIVERY)
        except MalformedEventError as error:
            found.append(error)
        else:
            found += [each if isinstance(each, Told) else _round_trip(each) for each in trees]
    return found


def _round_trip(tree: dict[str, Any]) -> Event:
    """Decode what was read, and see that writing it again gives the same bytes."""
    line = dumps(tree)
    event = read_event(line)
    assert orjson.loads(line) == {key: value for key, value in orjson.loads(line).items() if value}
    assert event.id
    assert event.source
    return event
