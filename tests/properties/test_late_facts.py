"""What becomes known late reaches back: in the end it is as if it had been known all along."""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.machines import sweep
from tests.properties.effort import looks
from tests.properties.worlds import MOMENTS, NINE, World, worlds
from tests.reference.evaluator import History, LateFact, evaluate
from tests.reference.telling import Hosted, assert_agrees, facts_record, opening

pytestmark = pytest.mark.timeout(0)

STANDING_BEHIND: tuple[dict[str, Any], ...] = (
    {},
    {"person": "P-1", "proof": "hr"},
    {"person": "P-2", "proof": "sso"},
    {"kind": "service"},
    {"kind": "agent", "owner": "P-1"},
)
RISKS: tuple[dict[str, Any], ...] = (
    {},
    {"privileged": True},
    {"privileged": False, "criticality": "high"},
    {"criticality": "low", "name": "A name that came late"},
)


def since(known: tuple[dict[str, Any], ...]) -> st.SearchStrategy[tuple[Any, ...]]:
    """Always so, or from some moment on."""
    later = st.sampled_from(MOMENTS).map(lambda span: NINE + span)
    stamps = st.sampled_from(known)
    return st.one_of(
        st.tuples(st.tuples(st.none(), stamps)),
        st.tuples(st.tuples(st.none(), stamps), st.tuples(later, stamps)),
    )


def facts() -> st.SearchStrategy[list[LateFact]]:
    """Who is behind accounts, and how critical rights are; the same may be told differently."""
    account = st.builds(
        LateFact,
        account=st.sampled_from(["ann", "ann-adm", "bo", "cy", "dee", "bot"]),
        since=since(STANDING_BEHIND),
        source=st.sampled_from([None, None, "iga"]),
        where=st.sampled_from([None, None, None, "display"]),
    )
    right = st.builds(
        LateFact, entitlement=st.sampled_from(["wiki", "pay", "mail"]), since=since(RISKS)
    )
    return st.lists(st.one_of(account, right), min_size=1, max_size=4)


@dataclass(frozen=True)
class Late:
    """A history in which nothing settles, and a journal with facts anywhere in it."""

    history: History
    journal: tuple[bytes, ...]


@st.composite
def late_worlds(draw: st.DrawFn) -> Late:
    """Any world, and facts told at any place of its journal."""
    world: World = draw(worlds())
    policy = replace(world.history.policy, settle_after=timedelta(hours=100))
    history = replace(world.history, policy=policy, facts=draw(facts()))
    begun = len(opening(history))
    rest = list(world.journal[begun:])
    places = sorted(draw(st.integers(0, len(rest))) for _ in history.facts)
    for place, fact in reversed(list(zip(places, history.facts, strict=True))):
        rest.insert(place, facts_record(fact))
    return Late(history, (*opening(history), *rest))


@contextmanager
def slices_of(cases: int) -> Iterator[None]:
    """Go over so many cases at a record."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sweep, "SLICE_CASES", cases)
        yield


def tail(hosted: Hosted) -> None:
    """Records that say nothing, so that what is being gone over comes to its end."""
    hosted.feed([b'{"lane":"quiet","record":"ticks","until":{}}'] * 12)


@looks(60)
@given(late_worlds())
def test_it_is_as_if_it_had_been_known_all_along(late: Late) -> None:
    """Wherever in the journal the facts come: the reference knew them from the beginning."""
    hosted = Hosted()

    hosted.feed(late.journal)

    assert_agrees(hosted, evaluate(late.history))


@looks(40)
@given(late_worlds(), st.lists(st.sampled_from(["", "", "keep", "die", "both"]), min_size=3))
def test_nobody_can_tell_who_went_over_the_cases_and_in_which_calls(
    late: Late, fates: list[str]
) -> None:
    """One case at a record, and a judge that dies on the way: the same bytes all the same."""
    with slices_of(1):
        one, other = Hosted(), Hosted()
        one.feed(late.journal)
        tail(one)
        for number, record in enumerate(late.journal):
            other.feed([record])
            fate = fates[number % len(fates)]
            if fate in ("keep", "both"):
                other.checkpoint()
            if fate in ("die", "both"):
                other.take_over()
        tail(other)

        assert_agrees(one, evaluate(late.history))
        assert other.said == one.said
        assert other.judge.head() == one.judge.head()
