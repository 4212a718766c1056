"""Cases that turn out to be one: judged, in the end, as if that had been known all the time."""

import random
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.machines.contract import JOURNAL, Output, Record
from rules.machines.judge import Judge
from stream.canonical import CODEC
from tests.properties.effort import looks
from tests.properties.worlds import JOINED, World, worlds
from tests.reference.evaluator import comparable, evaluate
from tests.reference.telling import Hosted, assert_agrees, standing

pytestmark = pytest.mark.timeout(0)
((_, OTHER),) = JOINED


@looks(100)
@given(worlds(JOINED), st.lists(st.sampled_from(["", "", "checkpoint", "take over"]), min_size=3))
def test_the_judge_agrees_with_the_reference(world: World, fates: list[str]) -> None:
    """The news that two cases are one comes at any time; what stands is of all their events."""
    hosted = Hosted()
    for number, record in enumerate(world.journal):
        hosted.feed([record])
        if fates[number % len(fates)]:
            hosted.checkpoint()
        if fates[number % len(fates)] == "take over":
            hosted.take_over()

    assert_agrees(hosted, evaluate(world.history))


class Two:
    """Two partitions' judges; what one says to the other arrives whenever chance lets it."""

    def __init__(self, chance: random.Random) -> None:
        self.judges = [Judge(0, CODEC), Judge(1, CODEC)]
        self.said: list[Output] = []
        self._chance = chance
        self._on_the_way: list[list[bytes]] = [[], []]

    def tell(self, partition: int, record: bytes) -> None:
        """Let a judge read a record of its partition."""
        for output in self.judges[partition].feed([Record(0, record)]):
            if output.log == JOURNAL:
                self._on_the_way[output.partition].append(output.value)
            else:
                self.said.append(output)
        while any(self._on_the_way) and self._chance.random() < 0.3:
            self.arrive()

    def arrive(self) -> None:
        """Let one record arrive that a judge said to the other, in the order of its partition."""
        partition = next(n for n, waiting in enumerate(self._on_the_way) if waiting)
        self.tell(partition, self._on_the_way[partition].pop(0))

    def end(self) -> None:
        """Let everything arrive."""
        while any(self._on_the_way):
            self.arrive()


def told_apart(world: World, chance: random.Random) -> Two:
    """A world whose second case of a pair has another partition than all others."""
    two = Two(chance)
    for record in world.journal:
        first, *lines = record.split(b"\n")
        if not lines:
            two.tell(0, record)
            two.tell(1, record)
            continue
        for line in lines:
            event = CODEC.read_event(line)
            there = (event.tenant, event.case) == OTHER
            two.tell(int(there), b"\n".join([first, line]))
    two.end()
    return two


@looks(100)
@given(worlds(JOINED, home=1), st.randoms(use_true_random=False))
def test_two_partitions_find_what_one_would(world: World, chance: random.Random) -> None:
    """No event lost or judged twice on its way from one judge to the other."""
    two = told_apart(world, chance)
    expected = evaluate(world.history).findings
    found = standing(two.said)
    recorded: Counter[str] = Counter()
    for judge in two.judges:
        recorded.update(judge.tally.recorded)

    assert found.keys() == expected.keys()
    assert {n: comparable(each).evidence for n, each in found.items()} == {
        n: each.evidence for n, each in expected.items()
    }
    told = {(each.source, CODEC.write(each)) for each in world.history.events}
    assert +recorded == Counter(source for source, _ in told)


@looks(40)
@given(worlds(JOINED, home=1), st.randoms(use_true_random=False))
def test_who_takes_a_case_over_waits_for_where_it_came_from(
    world: World, chance: random.Random
) -> None:
    """Nobody is said to have reported further than both partitions have heard."""
    two = told_apart(world, chance)
    here, there = two.judges

    for name in here.horizon.declared:
        reached, elsewhere = here.horizon.until(name), there.horizon.until(name)
        stood = here.horizon.stood.get(name)
        assert reached is None or elsewhere is None or reached <= max(elsewhere, stood or elsewhere)
