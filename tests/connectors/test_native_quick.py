"""What is plainly sound is read without the table, and nobody can tell the difference."""

from dataclasses import replace
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.machines.contract import Output, Record
from rules.policy import Policy
from stream.clock import FixedClock
from stream.connectors import Connector, MalformedEventError
from stream.connectors.documents import documents
from stream.connectors.native import NATIVE
from stream.intake.intake import Intake
from stream.intake.lane import Lane
from tests.connectors.native_examples import ENVELOPE, with_data
from tests.connectors.reading import DELIVERY, NOON, Json, json_values, spoiled
from tests.intake.lanes import LAYOUT, event, tick

BY_TABLE = replace(NATIVE, quick=None)


def quickly(line: bytes) -> dict[str, Any] | None:
    """Read a line without the table, if that can be."""
    assert NATIVE.quick is not None
    return NATIVE.quick(line)


def by_table(line: bytes) -> list[Any]:
    """What the table gives of a line: a tree without what only a delivery knows."""
    read = []
    for _, document in documents(line):
        assert not isinstance(document, MalformedEventError)
        read += NATIVE.read(document, DELIVERY)
    for tree in read:
        assert isinstance(tree, dict)
        del tree["raw"], tree["observed_at"]
    return read


def fed(connector: Connector, bodies: list[bytes]) -> list[Output]:
    """What an intake makes of bodies."""
    lane = Lane(
        name="raw/0",
        source="native",
        connector=connector,
        lanes=("raw/0",),
        layout=LAYOUT,
        policy=Policy(),
    )
    reading = Intake(lane, FixedClock(NOON), lambda _: None)
    return reading.feed([Record(number, body) for number, body in enumerate(bodies)])


@pytest.mark.parametrize("field", sorted(ENVELOPE["data"]))
def test_an_event_that_is_plainly_sound_needs_no_table(field: str) -> None:
    """With every field of the vocabulary, and with each of them left out."""
    some = {key: value for key, value in ENVELOPE["data"].items() if key != field}

    for document in (ENVELOPE, {**ENVELOPE, "data": some}):
        line = orjson.dumps(document)
        assert [quickly(line)] == by_table(line)


@given(spoiled(ENVELOPE))
def test_whatever_is_read_without_the_table_is_what_the_table_reads(document: Json) -> None:
    """With anything at all in any place: either the table is asked, or it would say the same."""
    line = orjson.dumps(document)
    read = quickly(line)

    assert read is None or [read] == by_table(line)


@given(st.sampled_from([*ENVELOPE, *ENVELOPE["data"], "data_base64", "beside"]), json_values)
def test_what_stands_beside_is_heard_as_little(name: str, value: Json) -> None:
    """More fields, in the envelope and in the data."""
    for document in ({**ENVELOPE, name: value}, with_data(**{name: value, "more": value})):
        line = orjson.dumps(document)
        read = quickly(line)

        assert read is None or [read] == by_table(line)


@given(st.binary(max_size=60), st.integers(min_value=0))
def test_damaged_bytes_are_for_the_table(damage: bytes, place: int) -> None:
    """What the table would refuse to parse is never read past it."""
    line = orjson.dumps(ENVELOPE)
    at = place % len(line)
    line = line[:at] + damage + line[at + len(damage) :]
    read = quickly(line)

    assert read is None or [read] == by_table(line)


LINES = st.sampled_from(
    [
        orjson.dumps(event("1")),
        orjson.dumps(event("2", SUBJECT="REQ-2", justification='a "quoted" word')),
        orjson.dumps(event("3", SUBJECT="REQ-3", links=["execution:9"])),
        orjson.dumps({**event("4"), "time": "2026-11-01T13:00:00+01:00"}),
        orjson.dumps({**event("5"), "type": "com.example.weather"}),
        orjson.dumps({**event("6"), "time": "yesterday"}),
        orjson.dumps(tick()),
        orjson.dumps([event("7"), event("8")]),
        b'{"id": "9"',
        b"\xff",
        b"17",
        b"",
        b"  ",
    ]
)


@given(st.lists(st.lists(LINES, max_size=6).map(b"\n".join), max_size=3))
def test_an_intake_says_the_same_either_way(bodies: list[bytes]) -> None:
    """Bodies of lines, sound ones and others in any order: the same events, ticks and refusals."""
    assert fed(NATIVE, bodies) == fed(BY_TABLE, bodies)
