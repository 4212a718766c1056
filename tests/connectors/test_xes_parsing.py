"""XES files: whatever is in them, nothing is expanded and nothing grows."""

import gzip
import io
from contextlib import suppress
from pathlib import Path

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connectors.table import UnparsableFileError
from stream.connectors.xes.parsing import ATTRIBUTES_MAX, DEPTH_MAX, TAG_BYTES_MAX, parse
from stream.intake.files import UnreadableFileError, records_of
from tests.connectors.test_xes import LOG, documents, read

LAUGHS = """<?xml version="1.0"?>
<!DOCTYPE log [<!ENTITY a "ha"><!ENTITY b "&a;&a;">]>
<log><trace><event><string key="concept:name" value="&b;"/></event></trace></log>
"""
OUTSIDE = """<?xml version="1.0"?>
<!DOCTYPE log SYSTEM "file:///etc/passwd"><log/>
"""
DEEP = "<log>" + "<list>" * DEPTH_MAX + "</list>" * DEPTH_MAX + "</log>"
WIDE = (
    "<log><trace><event>"
    + "".join(f'<string key="k{n}" value="v"/>' for n in range(ATTRIBUTES_MAX + 1))
    + "</event></trace></log>"
)
LONG = f'<log><trace><event><string key="k" value="{"v" * (TAG_BYTES_MAX + 200_000)}"/>'


@pytest.mark.parametrize(
    ("log", "reason"),
    [
        (LAUGHS, "line 2: a document type (log), which no log has"),
        (OUTSIDE, "line 2: a document type (log), which no log has"),
        (DEEP, f"line 1: more than {DEPTH_MAX} elements inside each other"),
        (WIDE, f"line 1: more than {ATTRIBUTES_MAX} attributes of one event"),
        (LONG, f"line 1: a tag longer than {TAG_BYTES_MAX} bytes"),
        ("<log><trace>", "line 1: it is no well-formed XML (no element found"),
        ('<log xmlns:a="u"><b:c/></log', "line 1: it is no well-formed XML ("),
        ("{}", "line 1: it is no well-formed XML ("),
        ("", "line 1: it is no well-formed XML (no element found"),
    ],
    ids=["laughs", "outside", "deep", "wide", "long", "cut-off", "unclosed", "json", "empty"],
)
def test_what_is_no_log_is_refused_before_it_grows(log: str, reason: str) -> None:
    """The line, and what is wrong there."""
    with pytest.raises(UnparsableFileError) as caught:
        documents(log)

    assert str(caught.value).startswith(reason)


def test_what_was_read_before_the_damage_stands() -> None:
    """A log that was cut off gives the events that are whole."""
    found = parse(io.BytesIO(LOG[: LOG.index("SYSTEM")].encode()))

    assert [orjson.loads(next(found)[1])["number"] for _ in range(3)] == [1, 2, 3]
    with pytest.raises(UnparsableFileError):
        next(found)


@given(st.binary(max_size=200) | st.text(alphabet='<>/"= abevntrc&;![]').map(str.encode))
def test_any_bytes_are_a_log_or_refused(body: bytes) -> None:
    """Whatever is in the file, the only error is one that names the line."""
    with suppress(UnparsableFileError):
        documents(body)


@given(st.data())
def test_a_log_with_anything_in_one_place_is_read_or_refused(data: st.DataObject) -> None:
    """And every document that it gives is read or refused by name."""
    at = data.draw(st.integers(0, len(LOG) - 1))
    spoiled = LOG[:at] + data.draw(st.text(max_size=5)) + LOG[at + data.draw(st.integers(0, 9)) :]
    with suppress(UnparsableFileError):
        read(spoiled.encode("utf-8", "surrogatepass"))


def test_a_packed_log_is_read_like_a_plain_one(tmp_path: Path) -> None:
    """A document an event, with the line where it ended; other sources never see the hook."""
    plain, packed = tmp_path / "log.xes", tmp_path / "log.xes.gz"
    plain.write_text(LOG)
    packed.write_bytes(gzip.compress(LOG.encode()))

    assert list(records_of(str(plain), parse)) == list(records_of(str(packed), parse))
    assert [record.line for record in records_of(str(plain), parse)] == [17, 25, 31, 42]


def test_a_damaged_file_is_named_with_its_line(tmp_path: Path) -> None:
    """As for every other file that can not be read."""
    path = tmp_path / "log.xes"
    path.write_text(LAUGHS)
    with pytest.raises(UnreadableFileError) as caught:
        list(records_of(str(path), parse))

    assert str(caught.value) == (
        f"{path}: can not be read after line 2: a document type (log), which no log has"
    )
