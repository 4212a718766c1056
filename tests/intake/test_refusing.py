"""What is refused is kept byte for byte, once, with every reason, and noted where it is judged."""

from hashlib import sha256

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.machines.contract import JOURNAL, Record
from stream.intake.refusing import FOUND_CHARS_MAX, PART_BYTES_MAX, REASONS_LISTED_MAX
from tests.intake.lanes import LAYOUT, body, event, fed, intake, kept_bodies

BROKER_BYTES_MAX = 1_048_588


def test_a_body_is_kept_once_whatever_was_wrong_in_it() -> None:
    """Two bad lines among good ones: the good are events, the body is kept whole, with both."""
    content = body(event("1"), {"no": "event"}, event("2"), 17)
    reader = intake()
    said = fed(reader, content)
    header = orjson.loads(said.kept[0].value.split(b"\n")[0])

    assert kept_bodies(said.kept) == [content]
    assert [each["place"] for each in header["refused"]] == ["raw/0@0:2", "raw/0@0:4"]
    assert header["refused"] == said.refusals
    assert (header["count"], header["part"], header["parts"]) == (2, 1, 1)
    assert len(said.lines) == 2
    assert reader.refusals == {"missing_field": 1, "wrong_type": 1}


def test_a_refusal_says_whose_where_what_and_what_was_expected() -> None:
    """All that somebody needs who looks for the sender's mistake."""
    content = body({**event(), "time": "yesterday"})
    (refusal,) = fed(intake(), content).refusals

    assert refusal.pop("reason").startswith("native: field 'time' is 'yesterday'; expected ")
    assert refusal.pop("expected").startswith("a time")
    assert refusal == {
        "source": "native",
        "place": "raw/0@0",
        "kind": "bad_time",
        "digest": f"sha256:{sha256(content).hexdigest()}",
        "field": "time",
        "found": "'yesterday'",
    }


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from([1, PART_BYTES_MAX - 1, PART_BYTES_MAX, PART_BYTES_MAX + 1, 1_000_000]),
    st.binary(min_size=1, max_size=8),
)
def test_parts_joined_are_the_body(size: int, pattern: bytes) -> None:
    """Also beyond what one record can hold; each part fits with its reasons in a record."""
    content = (b"\xff" + pattern * (size // len(pattern) + 1))[:size]
    said = fed(intake(), content)

    assert kept_bodies(said.kept) == [content]
    assert {each.key for each in said.kept} == {f"sha256:{sha256(content).hexdigest()}".encode()}
    assert all(len(each.value) < BROKER_BYTES_MAX for each in said.kept)


def test_however_many_reasons_each_is_in_the_journal() -> None:
    """Beside the body stand the first; the count says how many there were."""
    content = body(event(), *range(3 * REASONS_LISTED_MAX))
    said = fed(intake(), content)
    header = orjson.loads(said.kept[0].value.split(b"\n")[0])

    assert len(said.refusals) == header["count"] == 3 * REASONS_LISTED_MAX
    assert header["refused"] == said.refusals[:REASONS_LISTED_MAX]


def test_a_refusal_quotes_no_more_than_it_may() -> None:
    """A field of a hundred thousand characters is shown by its beginning; the body has it all."""
    content = body({**event(), "id": "x" * 100_000, "time": "y" * 100_000})
    said = fed(intake(), content)

    assert all(len(each["found"]) <= FOUND_CHARS_MAX for each in said.refusals)
    assert len(orjson.dumps(said.refusals)) < 2000
    assert kept_bodies(said.kept) == [content]


@pytest.mark.parametrize("content", [b"", b"  \n\t\n ", b"\xef\xbb\xbf"])
def test_a_blank_body_holds_nothing_and_is_not_refused(content: bytes) -> None:
    """Nobody said anything."""
    said = fed(intake(), content)

    assert (said.lines, said.refusals, said.kept) == ([], [], [])


def test_the_note_of_a_refusal_is_spread_over_the_journal() -> None:
    """By the body's digest: always the same partition for the same body."""
    contents = [b"bad %d" % number for number in range(40)]
    records = [Record(number, content) for number, content in enumerate(contents)]
    outputs = intake().feed(records)
    notes = [output.partition for output in outputs if output.log == JOURNAL]
    again = [output.partition for output in intake().feed(records) if output.log == JOURNAL]

    assert set(notes) == set(range(LAYOUT.journal))
    assert notes == again
