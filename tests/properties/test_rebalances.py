"""The central equality while partitions are handed round: workers crash, join, come back late."""

from functools import partial
from random import Random
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.machines.contract import ENTITIES
from rules.machines.judge import Judge
from rules.machines.patterns import Patterns
from stream.canonical import CODEC
from tests.properties.effort import looks
from tests.properties.handed_round import Act, Move, Place, hand_round
from tests.properties.test_linker import arrivals, heard, linker, names, record
from tests.properties.test_partitions import part_of, spread
from tests.properties.worlds import World, worlds
from tests.reference.entities import evaluate_all
from tests.reference.evaluator import evaluate
from tests.reference.telling import AT_ONCE, ONE, Hosted, Joined, assert_agrees

pytestmark = pytest.mark.timeout(0)
WORKERS = 3
PARTITIONS_MAX = 4
MOVES = (*(Move.FEED,) * 4, *(Move.COMMIT,) * 2, Move.CHECKPOINT, Move.TAKE, Move.CRASH)


def acts() -> st.SearchStrategy[list[Act]]:
    """What happens to workers and partitions, in the order in which it does."""
    return st.lists(
        st.builds(
            Act,
            st.sampled_from(MOVES),
            st.integers(0, WORKERS - 1),
            st.integers(0, PARTITIONS_MAX - 1),
            st.integers(1, 4),
        ),
        min_size=10,
        max_size=80,
    )


@looks(25)
@given(worlds(), st.integers(1, PARTITIONS_MAX), acts())
def test_a_partition_that_is_handed_round_is_judged_as_if_by_one(
    world: World, partitions: int, acts: list[Act]
) -> None:
    """Crash, rebalance, zombie: findings as the reference has them, ledger as of a plain loop."""
    expected = evaluate(world.history)
    journals = spread(world, partitions)
    places = [Place(each, partial(Judge, n, CODEC)) for n, each in enumerate(journals)]

    judges = hand_round(places, acts)

    for number, (place, judge) in enumerate(zip(places, judges, strict=True)):
        plain = Judge(number, CODEC)
        assert place.said == plain.feed(place.slice(0, len(place.records)))
        assert place.head == plain.head()
        assert_agrees(Hosted(judge=judge, said=place.said), part_of(expected, number, partitions))


@looks(15)
@given(worlds(), acts(), acts())
def test_so_are_the_entities_behind_the_cases(
    world: World, of_judge: list[Act], of_patterns: list[Act]
) -> None:
    """The judge's partition is handed round, and then the one that it tells of entities."""
    judging = Place(world.journal, partial(Judge, 0, CODEC, feeds=AT_ONCE))
    (judge,) = hand_round([judging], of_judge)
    told = [each.value for each in judging.said if each.log == ENTITIES]
    reading = Place(told, partial(Patterns, 0, ONE, CODEC))

    (patterns,) = hand_round([reading], of_patterns)

    judged = [each for each in judging.said if each.log != ENTITIES]
    joined = Joined(judge=judge, patterns=patterns, judged=judged, of_entities=reading.said)
    assert_agrees(joined, evaluate_all(world.history))


@looks(40)
@given(arrivals(), names(consistent=False), heard(), st.randoms(use_true_random=False), acts())
def test_so_is_what_names_no_case(
    arrived: list[Any], named: list[Any], told: list[Any], chance: Random, acts: list[Act]
) -> None:
    """The linker's partition is handed round: it says, and remembers, what a single one would."""
    everything = [*arrived, *named, *told]
    chance.shuffle(everything)
    place = Place([record(each) for each in everything], linker)

    (last,) = hand_round([place], acts)

    plain = linker()
    assert place.said == plain.feed(place.slice(0, len(place.records)))
    assert last.head() == plain.head()
