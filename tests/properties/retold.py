"""The catalogue's own stories as histories: what sets each rule off, told in any order."""

from functools import cache

from hypothesis import strategies as st

from rules.events import Event
from rules.machines.counting import write_counts
from stream.canonical import CODEC
from tests.catalog.stories import Story, every_story
from tests.properties.worlds import World, frames
from tests.reference.evaluator import Tick
from tests.reference.telling import opening, ticked


@cache
def firing() -> tuple[Story, ...]:
    """Every story in which a rule finds something; what becomes known late has tests of its own."""
    return tuple(
        story for story in every_story() if story.kind == "fires" and not story.history.facts
    )


@st.composite
def retold(draw: st.DrawFn) -> World:
    """A story told in any order, with repetitions, in any frames, with its ticks in between."""
    history = draw(st.sampled_from(firing())).history
    happened = list(history.events)
    counted = [write_counts(CODEC, each) for each in history.counts]
    told: list[Event | list[Tick] | bytes] = [*happened, *counted]
    if happened:
        told += draw(st.lists(st.sampled_from(happened), max_size=3))
    if history.ticks:
        told += [[tick] for tick in draw(st.lists(st.sampled_from(history.ticks), max_size=3))]
    shuffled = draw(st.permutations(told))
    journal = [
        *opening(history),
        *draw(frames(shuffled)),
        *(ticked(tick) for tick in history.ticks),
    ]
    return World(history, tuple(journal))
