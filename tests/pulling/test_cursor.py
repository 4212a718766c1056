"""Cursors: what a restart has to know is written, read back, and never guessed."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.pulling.cursor import Ask, Cursor
from stream.pulling.errors import UnreadableCursorError
from stream.pulling.pages import packed

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
times = st.integers(0, 2**32).map(lambda seconds: datetime.fromtimestamp(seconds, UTC))
asks = st.builds(
    Ask, since=times, offset=st.integers(0, 10**6), link=st.none() | st.text(max_size=9)
)
rows = st.lists(st.tuples(st.binary(min_size=1, max_size=6), st.none() | times), max_size=20)


@given(times, st.none() | asks, st.dictionaries(st.sampled_from("abcdef"), st.integers(0, 2**40)))
def test_a_cursor_is_read_back_as_it_was_written(
    mark: datetime, page: Ask | None, seen: dict[str, int]
) -> None:
    """Whatever the link of the source looks like."""
    cursor = Cursor(mark=mark, page=page, seen=seen)

    assert Cursor.read(cursor.write()) == cursor


@pytest.mark.parametrize("told", ["", "[]", "{}", '{"mark": 1}', '{"mark": "x", "page": null}'])
def test_a_cursor_of_somebody_else_is_refused(told: str) -> None:
    """Pulling from anywhere else could leave rows out, so it does not begin."""
    with pytest.raises(UnreadableCursorError, match="the cursor can not be read"):
        Cursor.read(told)


@given(rows, rows, times)
def test_rows_that_stand_behind_a_cursor_are_no_news(
    first: list[tuple[bytes, datetime | None]],
    second: list[tuple[bytes, datetime | None]],
    latest: datetime,
) -> None:
    """Within the overlap; a row that says anything else is news, and the mark never goes back."""
    begin = Cursor(mark=NOON)
    after = begin.after(
        first, page=None, latest=latest, overlap=timedelta(days=365_000 // 2), seen_max=100
    )
    known = {row for row, _ in first}

    assert after.news(row for row, _ in second) == list(
        dict.fromkeys(row for row, _ in second if row not in known)
    )
    assert NOON <= after.mark <= max(NOON, latest)


def test_what_is_older_than_the_overlap_or_too_much_is_forgotten() -> None:
    """The oldest first: a cursor has a size. The judge knows repeats of what it was given."""
    told = [(f"{n}".encode(), NOON + timedelta(minutes=n)) for n in range(100)]
    last = NOON + timedelta(minutes=99)
    overlap = timedelta(minutes=9)

    by_time = Cursor(mark=NOON).after(told, page=None, latest=last, overlap=overlap, seen_max=50)
    by_count = Cursor(mark=NOON).after(told, page=None, latest=last, overlap=overlap, seen_max=3)

    assert by_time.news(row for row, _ in told) == [f"{n}".encode() for n in range(90)]
    assert by_count.news(row for row, _ in told) == [f"{n}".encode() for n in range(97)]


def test_rows_are_put_together_in_records_that_a_log_takes() -> None:
    """One that is too long is cut off, which intake will refuse by name."""
    small, large = b'"' + b"a" * 400_000 + b'"', b'"' + b"b" * 2_000_000 + b'"'
    bodies = list(packed([small, small, large, small]))

    assert all(len(body) <= 1_000_000 for body in bodies)
    assert b"[" + small + b"," + small + b"]" in bodies
    assert large[:990_000] in bodies
