"""The central equality over partitions: whoever owns which, and however often owners change."""

from collections.abc import Sequence
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.machines.contract import JOURNAL, TRAIL, Output, Record
from rules.machines.judge import Judge
from rules.machines.routing import partition_of_case
from stream.canonical import CODEC
from stream.clock import SystemClock
from stream.hosts.contract import Pace, Role
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from tests.properties.effort import looks
from tests.properties.worlds import World, worlds
from tests.reference.evaluator import Judgement, evaluate
from tests.reference.telling import Hosted, assert_agrees

pytestmark = pytest.mark.timeout(0)
RECORDS_MAX = 10_000
FATES = st.lists(st.sampled_from(["", "", "checkpoint", "take over", "both"]), min_size=3)


def spread(world: World, partitions: int) -> list[list[bytes]]:
    """The world's journal over partitions: events by their case, all else everywhere."""
    journals: list[list[bytes]] = [[] for _ in range(partitions)]
    for record in world.journal:
        first, *lines = record.split(b"\n")
        if b'"record":"events"' not in first:
            for journal in journals:
                journal.append(record)
            continue
        for number, journal in enumerate(journals):
            if kept := [line for line in lines if _partition(line, partitions) == number]:
                journal.append(b"\n".join([first, *kept]))
    return journals


def _partition(line: bytes, partitions: int) -> int:
    event = CODEC.read_event(line)
    return partition_of_case(event.tenant, event.case or "", partitions)


def part_of(expected: Judgement, number: int, partitions: int) -> Judgement:
    """What is expected of one partition."""

    def is_here(tenant: str | None, case: str | None) -> bool:
        return partition_of_case(tenant, case or "", partitions) == number

    return replace(
        expected,
        findings={n: f for n, f in expected.findings.items() if is_here(f.tenant, f.case)},
        verdicts={name: told for name, told in expected.verdicts.items() if is_here(*name)},
        aside={
            name: told
            for name, told in expected.aside.items()
            if not isinstance(name, str) and is_here(*name)
        },
    )


def judged(journal: Sequence[bytes], fates: Sequence[str]) -> Hosted:
    """A judge that is fed record by record, written down and replaced on the way."""
    hosted = Hosted()
    for number, record in enumerate(journal):
        hosted.feed([record])
        fate = fates[number % len(fates)]
        if fate in ("checkpoint", "both"):
            hosted.checkpoint()
        if fate in ("take over", "both"):
            hosted.take_over()
    return hosted


def live(directory: Path, partitions: int, pace: Pace, *, is_orderly: bool) -> None:
    """Run a host: to the end of the journal, or for two rounds and then cut it off."""
    role = Role(
        name="judge", log=JOURNAL, partitions=partitions, build=lambda number: Judge(number, CODEC)
    )
    store = Store(directory)
    host = EmbeddedHost(store, [role], clock=SystemClock(), pace=pace)
    if not is_orderly:
        host.step()
        host.step()
        store.close()
        return
    while not host.step().is_idle:
        pass
    host.close()


@looks(30)
@given(worlds(), st.integers(1, 4), FATES)
def test_all_partitions_together_agree_with_the_reference(
    world: World, partitions: int, fates: list[str]
) -> None:
    """One partition or four, owners that crash or hand over at any record: the same findings."""
    expected = evaluate(world.history)

    for number, journal in enumerate(spread(world, partitions)):
        assert_agrees(judged(journal, fates), part_of(expected, number, partitions))


@looks(6)
@given(
    worlds(),
    st.integers(1, 3),
    st.lists(st.tuples(st.integers(1, 9), st.integers(1, 9), st.booleans()), max_size=3),
)
def test_the_embedded_host_arrives_at_the_root_of_a_plain_loop(
    world: World, partitions: int, lives: list[tuple[int, int, bool]]
) -> None:
    """Any batches and checkpoints, ended in order or cut off: each partition's trail and root."""
    journals = spread(world, partitions)
    with TemporaryDirectory() as made:
        with closing(Store(Path(made))) as store, store.transaction():
            for number, journal in enumerate(journals):
                store.append([Output(JOURNAL, number, record) for record in journal], 1)
        for batch, every, is_orderly in lives:
            pace = Pace(batch_records=batch, checkpoint_every_records=every)
            live(Path(made), partitions, pace, is_orderly=is_orderly)
        live(Path(made), partitions, Pace(), is_orderly=True)
        with closing(Store(Path(made), read_only=True)) as store:
            for number, journal in enumerate(journals):
                plain = Judge(number, CODEC)
                said = plain.feed([Record(n, record) for n, record in enumerate(journal)])
                trail = [each.value for each in store.read(TRAIL, number, 0, RECORDS_MAX)]
                head = store.head("judge", number)

                assert trail == [each.value for each in said if each.log == TRAIL]
                assert head is not None
                assert head.head == plain.head()
