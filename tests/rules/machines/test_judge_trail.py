"""What the judge writes into the ledger beyond what the journal holds, and what it is good for."""

import json
from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given

from rules.ledger.bundle import NO_CHAIN, chained
from rules.ledger.tree import Frontier, leaf_hash
from rules.machines.contract import TRAIL, Output, Record
from rules.machines.judge import Judge
from stream.canonical import CODEC, write
from tests.properties.effort import looks
from tests.properties.worlds import World, worlds

Entry = dict[str, Any]


def trail_of(world: World) -> list[Output]:
    """What a judge says on the trail about a world, one journal record at a time."""
    judge = Judge(0, CODEC)
    said = [out for n, value in enumerate(world.journal) for out in judge.feed([Record(n, value)])]
    return [output for output in said if output.log == TRAIL]


def entries_of(trail: list[Output]) -> Iterator[tuple[bytes, Entry]]:
    """Each leaf, and what it says."""
    for output in trail:
        for entry in json.loads(output.value)["entries"]:
            yield write(entry), entry


def case_of(entry: Entry) -> tuple[str | None, str] | None:
    """The case that an entry is about, if it is about one."""
    told = entry.get("closed", entry)
    return (told.get("tenant"), told["case"]) if "case" in told else None


@pytest.mark.timeout(0)
@looks(60)
@given(worlds())
def test_the_leaves_are_the_bytes_that_the_trail_tells(world: World) -> None:
    """Whoever reads the trail arrives at each of its roots."""
    tree = Frontier()
    for output in trail_of(world):
        told = json.loads(output.value)
        for entry in told["entries"]:
            tree.append(write(entry))

        assert (tree.size, tree.root().hex()) == (told["size"], told["root"])


@pytest.mark.timeout(0)
@looks(60)
@given(worlds())
def test_nothing_can_be_left_out_of_a_closed_case(world: World) -> None:
    """A closing counts and chains every entry of its case before it."""
    chains: dict[object, tuple[int, bytes]] = {}
    for leaf, entry in entries_of(trail_of(world)):
        name = case_of(entry)
        if name is None:
            continue
        count, chain = chains.get(name, (0, NO_CHAIN))
        if "closed" in entry:
            closed = entry["closed"]
            assert (closed["entries"], closed["chain"]) == (count, chain.hex())
        chains[name] = count + 1, chained(chain, leaf_hash(leaf))


@pytest.mark.timeout(0)
@looks(60)
@given(worlds())
def test_a_deadline_is_never_said_to_have_passed_before_how_far_all_have_come(
    world: World,
) -> None:
    """What was reported by then stands in the ledger before the first finding, and grows."""
    counted: dict[str, int] = {}
    events = 0
    until: dict[str, str] = {}
    for _, entry in entries_of(trail_of(world)):
        if "action" in entry:
            events += 1
        if entry.get("record") != "reported":
            continue
        told = entry["reported"]
        counted = told.get("recorded", {})

        assert sum(counted.values()) + sum(told.get("moved", {}).values()) == events
        assert all(told["until"][name] >= at for name, at in until.items())
        until = told.get("until", {})
