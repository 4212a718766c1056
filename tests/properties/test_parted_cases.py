"""Events that turn out to be another case's: judged, in the end, as if that had been known."""

import random
from collections.abc import Sequence
from dataclasses import dataclass, replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.events import UNLINKED_CASE, Event
from rules.machines.lying import Telling, telling
from rules.machines.parting import Parted, write_parted
from stream.canonical import CODEC
from tests.properties.effort import looks
from tests.properties.worlds import CASES, World, worlds
from tests.reference.evaluator import History, evaluate
from tests.reference.telling import Hosted, Joined, assert_agrees, frame, joined, standing

pytestmark = pytest.mark.timeout(0)
TENANT, CASE = CASES[0]
OWN = f"{UNLINKED_CASE}execution:1/e1"
FATES = st.lists(st.sampled_from(["", "", "checkpoint", "take over"]), min_size=3)


@dataclass(frozen=True)
class Parting:
    """A world in which some events of a case turn out to be another's, somewhen."""

    history: History
    journal: tuple[bytes, ...]


@st.composite
def partings(draw: st.DrawFn) -> Parting:
    """Some or all events of a case leave it, for good or for a while, and go on or stay there."""
    world = draw(worlds())
    every = sorted({telling(e) for e in world.history.events if (e.tenant, e.case) == CASES[0]})
    gone = draw(st.lists(st.sampled_from(every), unique=True)) if every else []
    told = Parted(TENANT, CASE, OWN, "another case carries execution:1 too", tuple(gone))
    news = [write_parted(CODEC, told)]
    joins: list[tuple[tuple[str | None, str], tuple[str | None, str]]] = []
    where = draw(st.sampled_from([OWN, OWN, CASE, CASES[1][1]]))
    if where == CASE:
        news.append(write_parted(CODEC, told._replace(into=CASE, because="")))
    if where != OWN:
        joins = [((TENANT, OWN), (TENANT, where))]
        news.append(joined(*joins[0]))
    events = [moved(each, gone, where) for each in world.history.events]
    history = replace(world.history, events=events, joined=joins)
    return Parting(history, tuple(mixed(draw, world, news)))


def moved(event: Event, gone: Sequence[Telling], where: str) -> Event:
    """An event as if it had been put into its own case from the beginning."""
    is_gone = (event.tenant, event.case) == CASES[0] and telling(event) in gone
    return replace(event, case=where) if is_gone else event


def mixed(draw: st.DrawFn, world: World, news: Sequence[bytes]) -> list[bytes]:
    """The news in their order, each anywhere after the opening."""
    opening = 1 + len(world.history.sources)
    journal = list(world.journal)
    at = opening
    for each in news:
        at = draw(st.integers(at, len(journal)))
        journal.insert(at, each)
        at += 1
    return journal


@looks(150)
@given(partings(), FATES)
def test_the_judge_agrees_with_the_reference(world: Parting, fates: list[str]) -> None:
    """The news comes at any time, before the events or after; what stands is as if known before."""
    hosted = Hosted()
    for number, record in enumerate(world.journal):
        hosted.feed([record])
        if fates[number % len(fates)]:
            hosted.checkpoint()
        if fates[number % len(fates)] == "take over":
            hosted.take_over()

    assert_agrees(hosted, evaluate(world.history))


@looks(60)
@given(partings(), st.randoms(use_true_random=False))
def test_entities_hear_of_it_as_of_any_other_news(world: Parting, chance: random.Random) -> None:
    """What a case told of persons and workflows is told anew: nothing of what left it stays."""
    parted, plain = Joined(), Joined()
    parted.feed(world.journal)
    events = list(world.history.events)
    chance.shuffle(events)
    joins = [joined(*each) for each in world.history.joined]
    others = [each for each in world.journal if b"\n" not in each and b'"parted"' not in each]
    others = [each for each in others if b'"joined"' not in each]
    opening = 1 + len(world.history.sources)
    plain.feed([*others[:opening], *joins, *map(frame, events), *others[opening:]])

    assert set(standing(parted.of_entities)) == set(standing(plain.of_entities))
