"""State records: what is written is read back, and of each key the latest counts."""

from contextlib import closing

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.errors import UnreadableRecordError
from stream.hosts.kafka.mirror import Mirror
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


@given(ROWS, ROWS)
def test_rows_are_the_latest_of_each_key_in_the_order_of_keys(
    rows: list[tuple[str, bytes | None]], more: list[tuple[str, bytes | None]]
) -> None:
    """Null takes a row away; compaction, which moves rows about, does not show."""
    state = State()
    with closing(Mirror()) as mirror:
        for part in (rows, more):
            for name, value in part:
                state.apply(row_key(name), value)
            mirror.write(state.take_rows())
        found = list(mirror.without())
    latest = {name: value for name, value in dict([*rows, *more]).items() if value is not None}

    assert found == sorted(latest.items())


@given(ROWS, st.sets(st.text(st.characters(max_codepoint=0x3FF), min_size=1, max_size=2)))
def test_what_is_put_away_is_not_handed_over_and_is_found_by_name(
    rows: list[tuple[str, bytes | None]], prefixes: set[str]
) -> None:
    """Whatever the names: each row is handed over, or can be asked for."""
    # One that begins as another does says nothing of its own.
    prefixes = {p for p in prefixes if not any(p.startswith(o) for o in prefixes - {p})}
    latest = {name: value for name, value in dict(rows).items() if value is not None}
    with closing(Mirror()) as mirror:
        passed_on = list(mirror.copying(iter(dict(rows).items())))
        handed = dict(mirror.without(sorted(prefixes)))
        found = {name: mirror.row(name) for name in dict(rows)}

    assert passed_on == list(dict(rows).items())
    assert handed == {n: v for n, v in latest.items() if not n.startswith(tuple(prefixes))}
    assert {name: value for name, value in found.items() if value is not None} == latest


@pytest.mark.parametrize(
    ("key", "value"),
    [
        (None, b"{}"),
        (b"other", b"{}"),
        (b"row/\xff", b"{}"),
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
