"""A path is the same whatever the arrival, and says of its events what anybody would count."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.events import MACHINES, Action, ActorKind, Entitlement, Event, Party
from rules.path import Added, DecisionPath, order
from rules.shown import (
    BIT,
    BY_MACHINE,
    FOR_MACHINE,
    LIMITED,
    MACHINE_APPROVED,
    REPRESENTED,
    SEVERAL_RIGHTS,
    TOLD_TWICE,
    mask_of,
)
from tests.properties.effort import looks
from tests.properties.worlds import altered, stories
from tests.rules.machines.small_world import ANN, NINE, at, step


def facts(path: DecisionPath) -> tuple[Any, ...]:
    """Everything that a path says."""
    return (
        path.events,
        path.mask,
        path.privileged,
        path.workflow,
        path.entitlements,
        path.requests,
        path.approvals,
        path.grants,
        path.requesters(),
        path.deciders(),
        path.beneficiaries(),
        path.what(),
        path.variants,
        path.opened_at,
        path.last_at,
    )


@looks(50)
@given(st.data())
def test_the_arrival_does_not_move_the_path(data: st.DataObject) -> None:
    """Any order, any repetition, also of events that were told in two ways."""
    events = data.draw(stories())
    events += [data.draw(altered(event)) for event in events if data.draw(st.booleans())]
    again = data.draw(st.lists(st.sampled_from(events)))
    arrival = data.draw(st.permutations([*events, *again]))

    assert facts(DecisionPath(arrival)) == facts(DecisionPath(events))


def shown(events: list[Event]) -> Iterator[str]:
    """What these show, in words."""
    for event in events:
        yield event.action
        if event.actor and event.actor.kind in MACHINES:
            yield BY_MACHINE
        if event.beneficiary and event.beneficiary.kind in MACHINES:
            yield FOR_MACHINE
        if event.scope or event.duration:
            yield LIMITED
    approvals = [event for event in events if event.action is Action.APPROVED]
    if any(each.actor and each.actor.kind in MACHINES for each in approvals):
        yield MACHINE_APPROVED
    if any(each.on_behalf_of for each in approvals):
        yield REPRESENTED
    if len({event.entitlement for event in events if event.entitlement}) > 1:
        yield SEVERAL_RIGHTS


@looks(50)
@given(stories())
def test_a_path_says_what_its_events_say(events: list[Event]) -> None:
    """Counted out by hand, without a fold."""
    path = DecisionPath(events)
    told = sorted(events, key=order)

    assert path.events == told
    assert path.mask == mask_of(*shown(told))
    assert list(path.approvals) == [e for e in told if e.action is Action.APPROVED]
    assert path.steps(Action.APPROVED) == list(path.approvals)
    assert path.steps(Action.DENIED, Action.REQUESTED) == [
        e for e in told if e.action in {Action.DENIED, Action.REQUESTED}
    ]
    rights = [e.entitlement for e in told if e.entitlement]
    assert list(path.entitlements) == list(dict.fromkeys(rights))
    assert path.workflow == next((e.workflow.id for e in told if e.workflow), None)
    assert [each.party for each in path.deciders()] == [
        e.actor for e in told if e.action is Action.APPROVED and e.actor and not e.on_behalf_of
    ]


def test_a_long_path_knows_its_events_by_an_index() -> None:
    """A hundred steps: a repeat is a repeat, a contradiction is one, and both are found."""
    path = DecisionPath(step(number, number, Action.ASSIGNED) for number in range(100))

    assert path.add(step(7, 7, Action.ASSIGNED)) is Added.REPEAT
    assert path.add(step(7, 7, Action.DENIED)) is Added.CONFLICT
    assert path.add(step(7, 7, Action.DENIED)) is Added.REPEAT
    assert path.add(step(100, 0, Action.REQUESTED)) is Added.NEW
    assert path.mask & BIT[TOLD_TWICE]
    assert len(path) == 101
    assert path.events == sorted(path.events, key=order)


def test_two_sources_may_use_one_id() -> None:
    """An id is unique within its source, and nowhere else."""
    path = DecisionPath([step(1, 0, Action.STEP_INVOKED)])

    assert path.add(step(1, 0, Action.STEP_RECORDED, source="gateway")) is Added.NEW
    assert path.variants == {}


def test_equal_times_are_ordered_by_the_source_and_then_by_id() -> None:
    """Ties: the source's own order first; what has none comes before."""
    later = step(1, 0, Action.APPROVED, sequence=2)
    earlier = step(2, 0, Action.REQUESTED, sequence=1)
    unnumbered = step(3, 0, Action.ASSIGNED)
    negative = step(4, 0, Action.ASSIGNED, sequence=-(2**53) + 1)

    path = DecisionPath([later, earlier, negative, unnumbered])

    assert path.events == [unnumbered, negative, earlier, later]


def test_a_path_shows_the_actions_that_it_has() -> None:
    """One of those that are asked about is enough, and another one is not."""
    path = DecisionPath([step(1, 0, Action.REQUESTED), step(2, 1, Action.APPROVED)])

    assert path.shows(Action.DENIED, Action.APPROVED)
    assert not path.shows(Action.DENIED, Action.PROVISIONED)


@pytest.mark.parametrize(
    "again",
    [
        {"observed_at": at(9)},
        {"raw": "sha256:other"},
        {"actor": replace(ANN, person="P-9", proof="declared")},
        {"actor": replace(ANN, person=None, proof=None, owner="P-9")},
        {"actor": replace(ANN, kind=ActorKind.UNKNOWN)},
        {"entitlement": Entitlement(id="pay", privileged=True, criticality="high")},
        {"entitlement": Entitlement(id="pay", name="Payments", type="role")},
    ],
    ids=str,
)
def test_what_intake_adds_does_not_make_a_second_telling(again: dict[str, Any]) -> None:
    """The same event, sent again after the facts about people and rights had changed."""
    first = step(1, 0, Action.REQUESTED, ANN, entitlement=Entitlement(id="pay"), observed_at=at(1))
    path = DecisionPath([first])

    assert path.add(replace(first, **again)) is Added.REPEAT
    assert path.variants == {}


@pytest.mark.parametrize(
    "changed",
    [
        {"actor": Party(account="eve")},
        {"actor": None},
        {"beneficiary": Party(account="eve")},
        {"entitlement": Entitlement(id="admin")},
        {"entitlement": Entitlement(id="pay", system="SAP-PRD")},
        {"occurred_at": at(2)},
        {"justification": "It was always like this"},
        {"action": Action.AMENDED},
        {"sequence": 2},
    ],
    ids=str,
)
def test_what_a_source_tells_differently_is_kept_as_a_variant(changed: dict[str, Any]) -> None:
    """One id and two contents: both stay, in one order."""
    first = step(1, 0, Action.REQUESTED, ANN, entitlement=Entitlement(id="pay"), observed_at=at(1))
    second = replace(first, **changed)

    one, other = DecisionPath([first, second]), DecisionPath([second, first])

    assert len(one) == 1
    assert one.variants == other.variants
    assert set(one.variants["iga", "e1"]) == {first, second}
    assert one.events == other.events


def test_a_source_that_tells_no_time_repeats_itself_at_any_time() -> None:
    """Its events carry the time of arrival: that is no content."""
    first = step(1, 0, Action.REQUESTED, ANN, observed_at=NINE)
    again = replace(first, occurred_at=at(5), observed_at=at(5))

    assert DecisionPath([first]).add(again) is Added.REPEAT


def test_an_event_that_was_observed_at_once_is_repeated_by_one_observed_later() -> None:
    """A webhook that arrives in the very moment of its event, and once more on retry."""
    at_once = step(1, 0, Action.REQUESTED, ANN, observed_at=NINE)
    retried = replace(at_once, observed_at=NINE + timedelta(seconds=30))

    assert DecisionPath([at_once]).add(retried) is Added.REPEAT
    assert DecisionPath([retried]).add(at_once) is Added.REPEAT


def test_a_path_says_the_same_as_a_whole_until_that_changes() -> None:
    """Whoever kept what it said before still has it."""
    path = DecisionPath([step(1, 0, Action.REQUESTED, ANN)])
    before = path.whole()
    path.add(step(2, 1, Action.APPROVED, ANN))
    assert path.whole() is before

    path.add(step(3, 2, Action.PROVISIONED, beneficiary=ANN))
    assert path.whole() != before
    assert before.beneficiaries == ()
    path.add(step(4, -1, Action.REQUESTED, ANN))
    assert [told.event.id for told in path.whole().requesters] == ["e4", "e1"]
