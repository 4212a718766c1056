"""The store: what is committed is there, what is not was never there, and its caches know."""

from collections import defaultdict
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.machines.contract import Output
from stream.hosts.store import Head, LogGapError, StorageUnavailableError, Store

ALL = 1_000_000
Wanted = tuple[str, int, bytes]
Logs = dict[tuple[str, int], list[bytes]]


@pytest.fixture
def store(tmp_path: Path) -> Iterator[Store]:
    """A store in a directory of its own."""
    made = Store(tmp_path / "record")
    yield made
    made.close()


def append(store: Store, log: str, partition: int, *values: bytes, at_ms: int = 1) -> list[int]:
    """Append in a transaction of its own."""
    with store.transaction():
        return store.append([Output(log, partition, value) for value in values], at_ms)


def values(store: Store, log: str, partition: int) -> list[bytes]:
    """All that a partition holds."""
    return [record.value for record in store.read(log, partition, 0, ALL)]


class Regret(Exception):  # noqa: N818 - not an error, a change of mind
    """What ends a transaction that was not to be."""


def test_each_partition_numbers_its_own_records(store: Store) -> None:
    """Offsets begin at 0 in every partition, and say where to read on."""
    offsets = [
        append(store, "in", 0, b"a", b"b"),
        append(store, "in", 1, b"c"),
        append(store, "out", 0, b"d"),
        append(store, "in", 0, b"e", at_ms=77),
    ]

    assert offsets == [[0, 1], [0], [0], [2]]
    assert [tuple(each) for each in store.read("in", 0, 1, 2)] == [(1, b"b", 1), (2, b"e", 77)]
    assert store.read("in", 0, 3, 10) == store.read("in", 7, 0, 10) == []
    assert (store.end("in", 0), store.end("in", 1), store.end("never", 0)) == (3, 1, 0)
    assert (store.taken_at("in", 0, 2), store.taken_at("in", 0, 3)) == (77, None)
    assert (store.partitions("in"), store.partitions("never")) == ([0, 1], [])


steps = st.lists(
    st.tuples(
        st.sampled_from(["commit", "regret", "reopen", "partly"]),
        st.lists(
            st.tuples(st.sampled_from(["in", "out"]), st.integers(0, 2), st.binary(max_size=4)),
            max_size=5,
        ),
    ),
    max_size=12,
)


@settings(max_examples=50, deadline=None)
@given(steps)
def test_whatever_was_taken_back_was_never_there(told: list[tuple[str, list[Wanted]]]) -> None:
    """Commits, regrets, parts that are regretted alone, restarts: it holds what a plain list does.

    Also the next offset is right after a regret, in logs that were begun by what was regretted.
    """
    expected: Logs = defaultdict(list)
    with TemporaryDirectory() as directory:
        store = Store(Path(directory))
        for word, wanted in told:
            outputs = [Output(log, partition, value) for log, partition, value in wanted]
            offsets = apply(store, word, outputs)
            if word == "commit":
                assert offsets == [add(expected, output) for output in outputs]
            if word == "reopen":
                store.close()
                store = Store(Path(directory))
            for (log, partition), kept in expected.items():
                assert store.end(log, partition) == len(kept)
                assert values(store, log, partition) == kept
        store.close()


def apply(store: Store, word: str, outputs: list[Output]) -> list[int]:
    """Do one step."""
    offsets = []
    with suppress(Regret), store.transaction():
        if word == "commit":
            offsets = store.append(outputs, 1)
        elif word == "regret":
            store.append(outputs, 1)
            raise Regret
        elif word == "partly":
            with suppress(Regret), store.part():
                store.append(outputs, 1)
                raise Regret
    return offsets


def add(logs: Logs, output: Output) -> int:
    """Add to the plain lists; give the offset."""
    log = logs[output.log, output.partition]
    log.append(output.value)
    return len(log) - 1


def test_state_is_what_the_last_checkpoint_left(store: Store) -> None:
    """Rows are replaced and taken back; heads and positions belong to one machine each."""
    with store.transaction():
        store.set_head(("toy", 0), Head(5, b"h5", "v1"))
        store.write_checkpoint(("toy", 0), 5, "v1", [("a", b"1"), ("b", b"2")])
    with store.transaction():
        store.write_checkpoint(("toy", 0), 9, "v2", [("a", None), ("b", b"3"), ("c", b"")])

    assert dict(store.state("toy", 0)) == {"b": b"3", "c": b""}
    assert store.checkpoint("toy", 0) == (9, "v2")
    assert store.head("toy", 0) == Head(5, b"h5", "v1")
    assert (store.checkpoint("toy", 1), store.head("toy", 1)) == ((0, ""), None)
    assert dict(store.state("toy", 1)) == {}


def test_a_fact_about_the_directory_is_remembered(store: Store) -> None:
    """Such as how many partitions it was begun with."""
    with store.transaction():
        store.remember("layout", "journal 2")

    assert (store.remembered("layout"), store.remembered("other")) == ("journal 2", None)


def test_a_reader_sees_what_is_committed_and_no_more(store: Store) -> None:
    """From outside, while the transaction is under way and after; logs begun later, too."""
    reader = Store(store.path.parent, read_only=True)
    with store.transaction():
        store.append([Output("in", 0, b"a")], 1)
        before = values(reader, "in", 0)
    after = values(reader, "in", 0)
    append(store, "late", 3, b"b")
    late = values(reader, "late", 3)
    reader.close()

    assert (before, after, late) == ([], [b"a"], [b"b"])


def test_no_room_means_wait_and_nothing_is_half_there(store: Store) -> None:
    """A full store says so in a class of its own; with room again the same write goes through."""
    append(store, "in", 0, b"first")
    pages = store._connection.execute("PRAGMA page_count").fetchone()[0]
    store._connection.execute(f"PRAGMA max_page_count={pages}")

    with pytest.raises(StorageUnavailableError, match=r"foureyes\.sqlite3 .*full") as caught:
        append(store, "in", 0, b"x" * 100_000, b"third")
    full = values(store, "in", 0), store.end("in", 0)
    store._connection.execute("PRAGMA max_page_count=100000")
    offsets = append(store, "in", 0, b"second")

    assert full == ([b"first"], 1)
    assert offsets == [1]
    assert caught.value.path == store.path


def test_a_log_with_a_hole_is_not_read_over(store: Store) -> None:
    """A record that somebody has deleted: no reader steps over it as if it had never been."""
    append(store, "in", 0, b"a", b"b", b"c")
    store._connection.execute("DELETE FROM records WHERE value=?", (b"b",))

    assert [record.value for record in store.read("in", 0, 0, 1)] == [b"a"]
    with pytest.raises(LogGapError, match=r"in 0 lacks record 1;") as caught:
        store.read("in", 0, 0, 3)
    assert (caught.value.log, caught.value.partition, caught.value.offset) == ("in", 0, 1)
    with pytest.raises(LogGapError):
        store.read("in", 0, 1, 1)


def test_bytes_that_have_had_their_time_go_and_their_places_stay(store: Store) -> None:
    """Up to the first that was taken later; the next time goes on from there, offsets as well."""
    append(store, "in", 0, b"old", b"older")
    append(store, "in", 0, b"new", at_ms=50)

    first = store.empty("in", 0, begin=0, below=3, before_ms=40)
    again = store.empty("in", 0, begin=first, below=3, before_ms=40)
    unread = store.empty("in", 0, begin=first, below=2, before_ms=60)
    (offset,) = append(store, "in", 0, b"newer", at_ms=70)

    assert (first, again, unread, offset) == (2, 2, 2, 3)
    assert values(store, "in", 0) == [b"", b"", b"new", b"newer"]
    assert store.empty("in", 0, begin=first, below=3, before_ms=60) == 3
    assert values(store, "in", 0) == [b"", b"", b"", b"newer"]
    assert store.empty("never", 0, begin=0, below=3, before_ms=60) == 0
