"""Spans of time: written with their units, never guessed."""

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.spans import SPAN_DAYS_MAX, read_span, tell_span


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("15m", timedelta(minutes=15)),
        ("1h30m", timedelta(hours=1, minutes=30)),
        ("1h 30m", timedelta(hours=1, minutes=30)),
        ("2d", timedelta(days=2)),
        ("1w", timedelta(days=7)),
        ("0s", timedelta(0)),
        ("90 s", timedelta(seconds=90)),
        ("PT15M", timedelta(minutes=15)),
        ("P2D", timedelta(days=2)),
        ("P1DT2H", timedelta(days=1, hours=2)),
        ("P1W", timedelta(days=7)),
        ("PT0S", timedelta(0)),
    ],
)
def test_a_span_is_read(text: str, span: timedelta) -> None:
    """As people write it, and as ISO 8601 does."""
    assert read_span(text) == span


@pytest.mark.parametrize(
    "text",
    [
        *("", " ", "15", "m", "15 min", "1.5h", "-1h", "30m1h", "1m1m", "15M", "1h\n30m"),
        *("P", "PT", "P1D T1H", "P1DT", "P1M", "P1Y", "P1H", "pt15m", "\N{FULLWIDTH DIGIT NINE}m"),
    ],
)
def test_what_could_mean_two_things_is_refused(text: str) -> None:
    """No unit, the wrong order, months: the author must say what is meant."""
    with pytest.raises(ValueError, match="with its unit"):
        read_span(text)


@pytest.mark.parametrize("text", ["999999999w", "36501d", f"{SPAN_DAYS_MAX}d1s"])
def test_a_span_longer_than_any_record_is_refused(text: str) -> None:
    """It would overflow when it is added to a time."""
    with pytest.raises(ValueError, match="at most"):
        read_span(text)


@given(st.integers(0, SPAN_DAYS_MAX * 86_400))
def test_what_is_told_can_be_read(seconds: int) -> None:
    """Telling and reading are inverse."""
    span = timedelta(seconds=seconds)

    assert read_span(tell_span(span)) == span
