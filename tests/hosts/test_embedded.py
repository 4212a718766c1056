"""The embedded host when things go wrong: one partition stops, says why, and nothing is lost."""

from collections.abc import Callable, Iterable, Iterator, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from rules.machines.contract import Output, Record
from stream.hosts.store import StorageUnavailableError
from tests.contracts.toys import SAID, Folding, Taking, fold
from tests.contracts.world import texts
from tests.hosts.bench import IN, Bench


@pytest.fixture
def bench(tmp_path: Path) -> Iterator[Bench]:
    """A directory and toys for it; whatever is open at the end is closed."""
    made = Bench(tmp_path)
    yield made
    made.cut()


class Stumbling(Folding):
    """Raises once, at its first batch, and never again: what memory or a cosmic ray can do."""

    has_stumbled = False

    def feed(self, records: Sequence[Record]) -> list[Output]:
        if not Stumbling.has_stumbled and len(records) > 1:
            Stumbling.has_stumbled = True
            raise MemoryError
        return super().feed(records)


def test_a_machine_that_stumbles_once_goes_on(bench: Bench) -> None:
    """Built anew and fed one by one it is fine: nothing is lost, doubled, or halted."""
    bench.start(lambda number: Stumbling(SAID, number))
    bench.put(texts(30))
    bench.work_off()

    assert Stumbling.has_stumbled
    assert bench.said() == fold(texts(30))
    assert bench.halts == []


class Failing(Taking):
    """An intake whose one method raises once `count` records were taken."""

    def __init__(self, method: str, count: int, partition: int) -> None:
        super().__init__(SAID, partition)
        self._method = method
        self._count = count
        self._is_first = partition == 0

    def _may_raise(self, method: str) -> None:
        if self._is_first and method == self._method and self._taken >= self._count:
            raise LookupError(f"no {method}")

    def pulse(self, *, caught_up: bool) -> Sequence[Output]:
        self._may_raise("pulse")
        return super().pulse(caught_up=caught_up)

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        yield "first", b"row"
        self._may_raise("changes")
        yield "taken", str(self._taken).encode()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        self._may_raise("restore")
        super().restore(rows)

    def head(self) -> bytes:
        self._may_raise("head")
        return super().head()


@pytest.mark.parametrize("method", ["pulse", "changes", "head"])
def test_whatever_of_a_machine_raises_only_its_partition_stops(bench: Bench, method: str) -> None:
    """Not only `feed`: what it was asked for then is not committed, and the others go on."""
    bench.start(lambda number: Failing(method, 3, number), replayed=False)
    bench.put(texts(2))
    before = bench.said()
    bench.put(texts(4, start=2))
    bench.put(texts(5), 1)
    bench.host.step(pulse=True)
    bench.put(texts(1, start=5), 1)

    (halt,) = bench.halts
    kept = 6 if method == "pulse" else 2
    assert (halt.partition, halt.position) == (0, kept)
    assert f"LookupError: no {method}" in halt.reason
    assert len(bench.said()) == kept
    assert bench.said()[:2] == before
    assert [value for value in bench.said(1) if b"pulse" not in value] == [
        b"took %d %s" % (number, text) for number, text in enumerate(texts(6), start=1)
    ]


def test_what_a_halted_intake_had_taken_is_not_taken_again(bench: Bench) -> None:
    """Its rows and its position go together, also when its rows were what failed."""
    bench.start(lambda number: Failing("changes", 3, number), replayed=False)
    bench.put(texts(2))
    bench.put(texts(4, start=2))
    bench.cut()
    bench.start(lambda number: Failing("nothing", 3, number), replayed=False)
    bench.work_off()

    assert bench.halts == []
    assert bench.said() == [
        b"took %d %s" % (number, text) for number, text in enumerate(texts(6), start=1)
    ]


def test_damaged_state_halts_with_what_the_machine_made_of_it(bench: Bench) -> None:
    """A row that no machine has written: its partition stops, in a sentence; the other goes on."""
    bench.start()
    bench.put(texts(5))
    bench.put(texts(5), 1)
    bench.stop()
    bench.tamper("UPDATE state SET value=? WHERE partition=0 AND name='count/key1'", b"many")
    bench.start()
    bench.put(texts(2, start=5), 1)

    (halt,) = bench.halts
    assert (halt.role, halt.partition) == ("toy", 0)
    assert halt.reason.startswith("while restored: ValueError: invalid literal")
    assert bench.said(1) == fold(texts(7))


def test_a_head_that_is_not_reached_halts_with_both(bench: Bench) -> None:
    """Replaying arrives elsewhere than what was committed: damage, or chance in the machine."""
    bench.start()
    bench.put(texts(5))
    expected = fold(texts(5))[-1].rsplit(b" ", 1)[1].decode()
    bench.cut()
    bench.tamper("UPDATE heads SET head=? WHERE partition=0", b"\xffno head")
    bench.start()
    bench.put(texts(1, start=5))

    (halt,) = bench.halts
    assert halt.reason == (
        f"replaying to record 5 arrived at {expected} and the head says \\xffno head: "
        "the record or the state is damaged"
    )
    assert bench.said() == fold(texts(5))


@pytest.mark.parametrize("ends", [Bench.cut, Bench.stop])
def test_a_log_that_was_cut_off_halts(bench: Bench, ends: Callable[[Bench], None]) -> None:
    """New records may not take the places of those that were read."""
    bench.start()
    bench.put(texts(5))
    ends(bench)
    bench.tamper("DELETE FROM records WHERE value IN (?, ?)", *texts(2, start=3))
    bench.start()
    bench.put(texts(3, start=5))

    (halt,) = bench.halts
    assert halt.reason == "5 records of in were read and it has only 3 now: the record was cut off"
    assert bench.said() == fold(texts(5))


def test_a_hole_in_what_is_replayed_halts(bench: Bench) -> None:
    """A record that was fed once and has been deleted since: the replay does not step over it."""
    bench.start()
    bench.put(texts(5))
    bench.put(texts(5), 1)
    bench.cut()
    bench.tamper("DELETE FROM records WHERE value=? AND id < ?", texts(5)[2], 2 << 40)
    bench.start()
    bench.put(texts(2, start=5), 1)

    assert [(halt.partition, halt.position) for halt in bench.halts] == [(0, 0)]
    assert "in 0 lacks record 2;" in bench.halts[0].reason
    assert bench.said(1) == fold(texts(7))


def test_a_hole_in_what_comes_next_halts(bench: Bench) -> None:
    """A record that is deleted before it was fed: nothing after it takes its place."""
    bench.start()
    bench.put(texts(1))
    with bench.store.transaction():
        bench.store.append([Output(IN, 0, value) for value in texts(4, start=1)], 1)
    bench.store._connection.execute("DELETE FROM records WHERE value=?", texts(5)[2:3])
    bench.put(texts(3), 1)

    assert [(halt.partition, halt.position) for halt in bench.halts] == [(0, 1)]
    assert bench.said() == fold(texts(1))
    assert bench.said(1) == fold(texts(3))


class Loud(Folding):
    """Says far more than it was told."""

    def feed(self, records: Sequence[Record]) -> list[Output]:
        return [each._replace(value=each.value + b"!" * 100_000) for each in super().feed(records)]


def test_a_halt_in_a_round_that_was_not_committed_is_forgotten(bench: Bench) -> None:
    """The disk is full in the round that meets the bad record: nothing of that round happened.

    With room again, what came before the bad record is said, and then it halts.
    """
    bench.start(lambda number: (Folding, Loud)[number](SAID, number))
    bench.put(texts(3))
    bench.fill()
    with pytest.raises(StorageUnavailableError):
        bench.host.step([*records(0, *texts(2, start=3), b"poison"), *records(1, b"loud")])
    full = bench.halts, bench.said()
    bench.make_room()
    bench.put([*texts(2, start=3), b"poison"])

    assert full == ([], fold(texts(3)))
    assert [halt.position for halt in bench.halts] == [5]
    assert bench.said() == fold(texts(5))


def records(partition: int, *values: bytes) -> list[Output]:
    """Raw records for a round."""
    return [Output(IN, partition, value) for value in values]


def large(count: int) -> list[bytes]:
    """Records that fill several pages."""
    return [b"large:" + b"x" * 50_000] * count


def test_a_full_disk_does_not_keep_it_from_ending(bench: Bench) -> None:
    """The checkpoint is left out; the next start replays instead."""
    bench.start()
    bench.put(large(2))
    bench.fill()
    bench.stop()
    bench.start()
    bench.put(texts(2))

    assert bench.halts == []
    assert bench.said() == fold([*large(2), *texts(2)])


def test_where_a_machine_stands_is_told(bench: Bench) -> None:
    """How many records wait, and for how long the next one has; also for one that has stopped."""
    bench.start()
    bench.put([*texts(3), b"poison", *texts(4, start=3)])
    bench.clock.advance(timedelta(seconds=90))
    bench.put(texts(5), 1)
    stopped, fine = bench.host.standings()

    assert (stopped.position, stopped.behind, stopped.behind_seconds) == (3, 5, 90.0)
    assert stopped.halted == "Poison: at offset 3"
    assert (fine.position, fine.behind, fine.behind_seconds, fine.halted) == (5, 0, 0.0, None)
