"""Which entries are shown is kept in few bytes, and given back in order."""

import tracemalloc

from hypothesis import given
from hypothesis import strategies as st

from stream.exports.marks import PIECE_BITS, Marks

NUMBERS = st.integers(0, 4 * PIECE_BITS)
ENTRIES = 10_000_000
BYTES_MAX = 2 << 20


@given(st.lists(NUMBERS, max_size=40), st.lists(NUMBERS, max_size=10))
def test_marks_are_a_set_of_numbers_in_order(added: list[int], taken_off: list[int]) -> None:
    """In whatever order they are marked, and however often."""
    marks = Marks()
    for number in added:
        marks.add(number)
    for number in taken_off:
        marks.take_off(number)

    assert list(marks) == sorted({*added} - {*taken_off})
    assert len(marks) == len({*added} - {*taken_off})


@given(st.sampled_from([0, 1, 8, PIECE_BITS - 1, PIECE_BITS, PIECE_BITS + 9]))
def test_a_whole_log_is_marked_at_once(end: int) -> None:
    """Every number before the end, and none after it."""
    marks = Marks()
    marks.fill(end)

    assert list(marks) == list(range(end))


def test_ten_million_entries_take_less_than_two_megabytes() -> None:
    """What an export remembers of a log does not grow with what it shows of it."""
    tracemalloc.start()
    marks = Marks()
    marks.fill(ENTRIES)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()

    assert peak < BYTES_MAX
