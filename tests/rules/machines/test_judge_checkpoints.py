"""A judge built from its rows goes on exactly where the lost one would have gone on."""

from typing import Any

import pytest

from rules.events import Action, Step
from rules.machines import sweep
from rules.machines.records import lane_through
from stream.canonical import CODEC
from tests.reference.evaluator import LateFact
from tests.reference.telling import Hosted, facts_record, frame
from tests.rules.machines.small_world import (
    ANN,
    BO,
    minutes,
    policy,
    source,
    step,
    tick,
)

OPENING = (
    policy(silence_patience=minutes(10), settle_after=minutes(30)),
    source("iga"),
    frame(step(1, 0, Action.REQUESTED, ANN, justification="Quarter end")),
    frame(step(2, 5, Action.APPROVED, BO)),
)


def assert_twin_goes_on(before: list[bytes], then: list[bytes]) -> None:
    """What is said after a checkpoint is the same with and without a take-over at it."""
    lived, died = Hosted(), Hosted()
    for hosted in (lived, died):
        hosted.feed(before)
        hosted.checkpoint()
    died.take_over()

    lived.feed(then)
    died.feed(then)

    assert died.said == lived.said
    assert died.judge.head() == lived.judge.head()


def test_counts_that_were_not_told_yet_are_told_at_the_next_tick() -> None:
    """The checkpoint falls between the events and the tick that tells of them."""
    assert_twin_goes_on([*OPENING], [tick("iga", 1)])


def test_what_memory_the_judge_needs_is_nothing_that_the_record_tells() -> None:
    """Questions that were answered since still lie about in one judge, and not in its twin."""
    call = Step(invocation="one")
    answered = [
        frame(step(3, 6, Action.STEP_INVOKED, step=call)),
        frame(step(4, 6, Action.STEP_RECORDED, step=call)),
    ]

    assert_twin_goes_on([*OPENING, *answered], [frame(step(5, 7, Action.REVOKED)), tick("iga", 8)])


def test_what_a_new_policy_asked_for_is_kept() -> None:
    """The policy moved a deadline and no finding; the twin must know the new one."""
    later = policy(version="2", silence_patience=minutes(10), settle_after=minutes(40))
    hosted_before = [*OPENING, tick("iga", 1)]
    lived, died = Hosted(), Hosted()
    for hosted in (lived, died):
        hosted.feed(hosted_before)
        hosted.checkpoint()
        hosted.feed([later])
        hosted.checkpoint()
    died.take_over()

    assert dict(died.judge.changes())["meta"] == dict(lived.judge.changes())["meta"]
    for hosted in (lived, died):
        hosted.feed([tick("iga", 300)])
    assert died.said == lived.said


def test_a_source_without_lanes_is_restored() -> None:
    """What is declared of it is little, but it is declared."""
    assert_twin_goes_on([*OPENING, source("odd", lanes=())], [tick("iga", 90)])


def test_how_late_it_was_is_restored_though_a_way_was_declared_since() -> None:
    """A tick came before intake declared that its lane also leads through the linker."""
    through = source("late", {Action.EVIDENCED}, lanes=("iga", lane_through("iga", 0)))

    assert_twin_goes_on(
        [*OPENING, tick("iga", 500), through], [frame(step(3, 6, Action.APPROVED, BO))]
    )


@pytest.mark.parametrize("settled_first", [True, False])
def test_a_settled_case_that_is_opened_again_waits_as_before(*, settled_first: bool) -> None:
    """The other side of a call is awaited from a gateway that has been silent for days."""
    gateway = source("gateway", {Action.STEP_RECORDED})
    iga = source("iga", frozenset(Action) - {Action.STEP_RECORDED})
    call = frame(step(3, 6, Action.STEP_INVOKED, step=Step(invocation="one")))
    settled = [OPENING[0], iga, gateway, *OPENING[2:], call, tick("iga", 3000)]
    again = [frame(step(4, 7, Action.REVOKED))]

    if settled_first:
        assert_twin_goes_on(settled, [*again, tick("gateway", 21)])
    else:
        assert_twin_goes_on([*settled, *again], [tick("gateway", 21)])


def test_a_row_holds_the_events_as_they_came() -> None:
    """The bytes of the record are what is kept, in the order of the record."""
    hosted = Hosted()
    hosted.feed([*OPENING])
    hosted.checkpoint()

    _, *lines = hosted.rows["open/REQ-1"].split(b"\n")

    assert [CODEC.read_event(line).id for line in lines] == ["e1", "e2"]


def test_findings_that_fall_together_fall_in_one_order() -> None:
    """One report takes back what two approvals were reproached with."""
    unfounded = [
        policy(silence_patience=minutes(10), settle_after=minutes(30)),
        source("iga"),
        frame(step(1, 6, Action.REQUESTED, ANN)),
        *(frame(step(number, 5, Action.APPROVED, BO)) for number in (2, 3, 4, 5)),
        tick("iga", 30),
    ]

    assert_twin_goes_on(
        unfounded, [frame(step(6, 4, Action.REQUESTED, ANN, justification="Quarter end"))]
    )


def test_a_question_that_was_answered_asks_nobody_else_either(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """One judge still has it lying about, its twin has not, while cases are being gone over."""
    monkeypatch.setattr(sweep, "SLICE_CASES", 1)
    call = Step(invocation="one")
    other: dict[str, Any] = {"case": "REQ-2"}
    before = [
        *OPENING,
        frame(step(5, 0, Action.REQUESTED, ANN, justification="Quarter end", **other)),
        frame(step(6, 1, Action.STEP_INVOKED, step=call, **other)),
        frame(step(7, 1, Action.STEP_RECORDED, step=call, **other)),
        frame(step(8, 20, Action.APPROVED, BO, **other)),
    ]
    known = LateFact(account="bo", since=((None, {"person": "P-1", "proof": "hr"}),))

    assert_twin_goes_on(before, [facts_record(known), tick("iga", 90), tick("iga", 91)])
