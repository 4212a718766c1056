"""What is not a feed of facts is refused in one sentence, whatever it is."""

from contextlib import suppress

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from stream.faults import FaultyInputError
from stream.intake import fact_files
from stream.intake.fact_files import LINE_BYTES_MAX, read_facts
from stream.intake.fact_records import PersonRecord
from tests.intake.feed import Feed

NAMES = st.sampled_from(["p.csv", "p.json", "p.jsonl"])


@pytest.mark.parametrize(
    ("name", "content", "fault"),
    [
        (
            "p.txt",
            "",
            "p.txt: the file: found '.txt'; expected one of .csv, .json, ",
        ),
        ("p.csv", b"person\n\nann\xff\n", "p.csv:3: the line: found b'\\xff'; expected UTF-8"),
        (
            "p.csv",
            'person\n"ann"x\n',
            "p.csv:2: the row: found ',' expected after '\"'; ",
        ),
        ("p.csv", 'person\nann\n"bo\n', "p.csv:3: the row: found unexpected end of data; expected"),
        (
            "p.csv",
            "person\n" + "x" * (LINE_BYTES_MAX + 1),
            "p.csv:2: the line: found a longer",
        ),
        ("p.jsonl", '{"person": "ann"\n', "p.jsonl:1: the syntax: found Expecting ',' delimiter"),
        ("p.jsonl", '\n["ann"]\n', "p.jsonl:2: the record: found ['ann']; expected an object"),
        (
            "p.jsonl",
            '{"person": "a", "person": "b"}',
            "p.jsonl:1: the syntax: found the key",
        ),
        ("p.jsonl", "[" * 60_000, "p.jsonl:1: the syntax: found too many brackets in brackets;"),
        (
            "p.json",
            '{"person": "ann"}',
            "p.json: the file: found {'person': 'ann'}; expected",
        ),
        ("p.json", "[1]", "p.json record 1: the record: found 1; expected an object"),
        (
            "p.json",
            '[{"person": "a"}, {"person": 7}]',
            "p.json record 2: person: found 7; ",
        ),
        ("p.json", "[", "p.json: the syntax: found Expecting value"),
        ("p.json", b"\xff", "p.json: the file: found something else at byte 0; expected"),
    ],
)
def test_what_is_not_a_feed_is_refused(
    feed: Feed, name: str, content: str | bytes, fault: str
) -> None:
    """One fault, in one sentence, with the place."""
    [found] = feed.refused(content, name)

    assert found.startswith(fault)


def test_files_have_limits(feed: Feed, monkeypatch: pytest.MonkeyPatch) -> None:
    """Too many bytes or records: refused before memory is."""
    rows = "person\nann\nbo\ncy\n"
    monkeypatch.setattr(fact_files, "RECORDS_MAX", 2)
    too_many = feed.refused(rows)
    monkeypatch.setattr(fact_files, "FILE_BYTES_MAX", len(rows) - 1)
    too_large = feed.refused(rows)

    assert too_many == ["people.csv:4: the file: found more records; expected at most 2"]
    assert too_large == ["people.csv: the file: found a larger file; expected at most 16 bytes"]


@settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.binary(max_size=200) | st.text(max_size=200), NAMES)
def test_garbage_is_refused_never_crashed_on(feed: Feed, content: str | bytes, name: str) -> None:
    """Whatever lies in the file, the only error is the one that names it."""
    raw = content.encode("utf-8", "surrogatepass") if isinstance(content, str) else content
    for start in (b"", b"person,account,proof\n"):
        with suppress(FaultyInputError):
            read_facts(PersonRecord, feed.write(start + raw, name))
