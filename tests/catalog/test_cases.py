"""Every case file, through the real judge and through the reference: both say what it expects."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rules.counted import Counts
from rules.events import Event
from rules.finding import Finding
from rules.machines.answers import Answered
from rules.machines.counting import write_counts
from rules.path import order
from stream.canonical import CODEC
from tests.catalog.stories import KINDS, Story, Told, every_story
from tests.reference.entities import evaluate_all
from tests.reference.evaluator import Judgement, LateFact
from tests.reference.telling import (
    Joined,
    assert_agrees,
    facts_record,
    frame,
    life,
    opening,
    reached_of_case,
    reached_of_entity,
    standing,
    ticked,
)

STORIES = every_story()
EACH = pytest.mark.parametrize(
    "story", STORIES, ids=lambda story: f"{story.rule}/{story.path.stem}"
)


def name_of(story: Story) -> str:
    """What a case is called in a test report."""
    return f"{story.rule}/{story.path.stem}"


def each_of(*kinds: str) -> pytest.MarkDecorator:
    """The case files of some kinds."""
    chosen = [story for story in STORIES if story.kind in kinds]
    return pytest.mark.parametrize("story", chosen, ids=name_of)


def judged(story: Story) -> Joined:
    """The machines that were told the story, each event and each tick in a record of its own."""
    hosted = Joined()
    hosted.feed(opening(story.history))
    for each in story.told:
        hosted.feed(list(records(each)))
    # Entities are looked at when a tick comes; one that is told again moves no time.
    last = [each for each in story.told if isinstance(each, tuple)][-1:]
    hosted.feed([record for each in last for record in records(each)])
    return hosted


def records(told: Told) -> Iterator[bytes]:
    """One thing that was told, as records of the journal."""
    if isinstance(told, Event):
        yield frame(told)
    elif isinstance(told, LateFact):
        yield facts_record(told)
    elif isinstance(told, Counts):
        yield write_counts(CODEC, told)
    else:
        yield from (ticked(tick) for tick in told)


def of_rule(findings: dict[str, Finding], rule: str) -> list[Finding]:
    """The findings of one rule, by the event they are about."""
    return sorted((f for f in findings.values() if f.rule == rule), key=lambda f: f.evidence)


def reached(story: Story, hosted: Joined) -> Answered | None:
    """What the rule says of the case, or the entity, in the end; None if it has no question."""
    if story.entity is not None:
        return reached_of_entity(hosted.patterns, story.entity).get(story.rule)
    return reached_of_case(hosted.judge, (story.tenant, "REQ-7")).get(story.rule)


def verdict(story: Story, hosted: Joined) -> str:
    """In one word what the rule says; "no question" if it has none."""
    answered = reached(story, hosted)
    return str(answered.verdict) if answered else "no question"


@each_of(*KINDS)
def test_the_rule_says_what_the_story_expects(story: Story) -> None:
    """Its verdict, its findings and, where the story tells it, their life."""
    hosted = judged(story)
    found = of_rule(standing(hosted.said), story.rule)
    expected = story.document.get("finds", [])

    assert verdict(story, hosted) == story.document["verdict"]
    assert len(found) == len(expected)
    for finding, wanted in zip(found, expected, strict=True):
        for name, value in wanted.items():
            told = getattr(finding, name)
            assert (list(told) if isinstance(told, tuple) else told) == value
    if "unknown" in story.document:
        answered = reached(story, hosted)
        assert answered is not None
        assert list(answered.unknown) == story.document["unknown"]
    if "life" in story.document:
        lives = [str(each.change) for each in life(hosted.said) if each.rule == story.rule]
        assert lives == story.document["life"]


@each_of(*KINDS)
def test_the_reference_agrees(story: Story) -> None:
    """Every rule, not only the one that the story is about."""
    expected: Judgement = evaluate_all(story.history)

    assert_agrees(judged(story), expected)
    if "aside" in story.document:
        about: Any = story.entity or (story.tenant, "REQ-7")
        assert expected.aside[about][story.rule] == story.document["aside"]


@each_of("fires")
def test_what_fires_is_a_breach(story: Story) -> None:
    """Its kind promises it."""
    assert story.document["verdict"] == "broken"
    assert story.document["finds"]


@each_of("quiet", "near-miss")
def test_what_is_quiet_is_no_breach(story: Story) -> None:
    """Held, or no question at all; not a question that is still open."""
    assert story.document["verdict"] in {"held", "no question"}


@each_of("cannot-tell")
def test_what_nobody_can_tell_is_neither_broken_nor_held(story: Story) -> None:
    """Its kind promises it."""
    assert story.document["verdict"] == "cannot_tell"


@each_of("out-of-order")
def test_what_is_out_of_order_arrives_so(story: Story) -> None:
    """Its events are not told in the order in which they happened, and that changes nothing."""
    events = [each for each in story.told if isinstance(each, Event)]
    ticks = [each for each in story.told if not isinstance(each, Event)]
    in_order = sorted(events, key=order)
    straight = replace(story, told=(*in_order, *ticks))

    assert events != in_order
    assert standing(judged(straight).said).keys() == standing(judged(story).said).keys()


@each_of("repeated")
def test_what_is_repeated_is_told_more_than_once(story: Story) -> None:
    """And it is the same as if it had been told once."""
    once = list(dict.fromkeys(each for each in story.told if isinstance(each, Event)))
    ticks = [each for each in story.told if not isinstance(each, Event)]
    plain = replace(story, told=(*once, *ticks))

    assert len(once) + len(ticks) < len(story.told)
    assert of_rule(standing(judged(plain).said), story.rule) == of_rule(
        standing(judged(story).said), story.rule
    )


@each_of("late")
def test_what_is_late_comes_after_the_tick_that_had_passed_it(story: Story) -> None:
    """Some event is told after its own source had reported past it, or a fact after a step."""
    heard: dict[str, Any] = {}
    is_late = []
    for each in story.told:
        if isinstance(each, Event):
            is_late.append(each.source in heard and heard[each.source] >= each.occurred_at)
        elif isinstance(each, LateFact):
            is_late.append(True)
        elif isinstance(each, tuple):
            heard.update({lane: until["*"] for lane, until in each})

    assert any(is_late)


def microsecond_earlier(story: Story) -> Story:
    """The same story, with its last tick a moment before."""
    *before, last = story.told
    assert isinstance(last, tuple), f"{story.path} does not end with what was heard"
    moved = tuple(
        (lane, {name: at - timedelta(microseconds=1) for name, at in until.items()})
        for lane, until in last
    )
    return replace(story, told=(*before, moved))


@each_of("exactly-on-the-deadline")
def test_a_microsecond_before_the_deadline_nothing_is_said(story: Story) -> None:
    """The story's last tick is the very moment: with it the finding comes, and not before it."""
    early = judged(microsecond_earlier(story))

    assert story.document["verdict"] == "broken"
    assert of_rule(standing(early.said), story.rule) == []
    assert verdict(story, early) == "open"
