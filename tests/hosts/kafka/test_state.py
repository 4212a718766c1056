"""State records: what is written is read back, and of each key the latest counts."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.errors import UnreadableRecordError
from stream.hosts.kafka.state import CHECKPOINT, HEAD, Checkpoint, Head, State, row_key, write

NUMBERS = st.integers(0, 2**53)
NAMES = st.text(max_size=8)
ROWS = st.lists(st.tuples(NAMES, st.none() | st.binary(max_size=8)))


@given(NUMBERS, NUMBERS, st.text())
def test_a_head_and_a_checkpoint_come_back_as_they_were(
    position: int, number: int, digest: str
) -> None:
    """Written, folded, equal."""
    head = Head(position=position, number=number, digest=digest)
    checkpoint = Checkpoint(position=position, number=number)
    state = State()
    state.apply(HEAD, write(head))
    state.apply(CHECKPOINT, write(checkpoint))

    assert (state.head, state.checkpoint) == (head, checkpoint)


@given(ROWS)
def test_rows_are_the_latest_of_each_key_in_the_order_of_keys(
    rows: list[tuple[str, bytes | None]],
) -> None:
    """Null takes a row away; compaction, which moves rows about, does not show."""
    state = State()
    for name, value in rows:
        state.apply(row_key(name), value)
    latest = {name: value for name, value in dict(rows).items() if value is not None}

    assert list(state.in_order()) == sorted(latest.items(), key=lambda row: row[0].encode())


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b"{}"),
        (b"other", b"{}"),
        (HEAD, b"not json"),
        (HEAD, None),
        (HEAD, b'{"position":1}'),
        (CHECKPOINT, b'{"position":"one","number":1}'),
    ],
)
def test_what_this_version_does_not_write_is_not_guessed_at(
    key: bytes | None, value: bytes | None
) -> None:
    """A damaged or newer record stops the restore."""
    with pytest.raises(UnreadableRecordError):
        State().apply(key, value)
