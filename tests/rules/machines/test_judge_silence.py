"""What waits for a silent source is cannot tell, and is answered when the source returns."""

from datetime import timedelta

from rules.events import Action, Step
from rules.policy import EvidencePolicy
from rules.verdict import Verdict
from tests.reference.telling import Hosted, frame, standing
from tests.rules.machines.small_world import (
    ANN,
    BO,
    CY,
    at,
    minutes,
    policy,
    source,
    step,
    tick,
    untold,
)

ALL_BUT_EVIDENCE = frozenset(Action) - {Action.EVIDENCED}
OPENING = (
    policy(silence_patience=minutes(10), settle_after=minutes(30)),
    source("iga", ALL_BUT_EVIDENCE),
    source("tickets", {Action.EVIDENCED}),
    frame(step(1, 0, Action.REQUESTED, ANN, justification="Quarter end")),
    frame(step(2, 5, Action.APPROVED, BO)),
)
"""Evidence is due at 65; from 75 on it is no longer waited for."""


def begun() -> Hosted:
    """A judge that has heard of one request and its approval."""
    hosted = Hosted()
    hosted.feed(OPENING)
    return hosted


def evidence_verdict(hosted: Hosted) -> Verdict:
    """What EVD-002 says of the case."""
    return verdict(hosted, "EVD-002")


def verdict(hosted: Hosted, rule: str) -> Verdict:
    """What a rule says of the case."""
    case = hosted.judge.case(None, "REQ-1")
    assert case is not None
    numbers = {each.id: number for number, each in enumerate(hosted.judge._catalog)}
    return case.answers[numbers[rule]].verdict


def rules_standing(hosted: Hosted) -> list[str]:
    """The rules whose findings stand."""
    return sorted(finding.rule for finding in standing(hosted.said).values())


def test_a_silent_source_is_waited_for_and_then_nobody_can_tell() -> None:
    """Until patience ends the question is open; then it is told as unknown, once."""
    hosted = begun()

    hosted.feed([tick("iga", 74.9)])
    assert (evidence_verdict(hosted), untold(hosted.said)) == (Verdict.OPEN, [])

    hosted.feed([tick("iga", 75), tick("iga", 80)])
    assert (evidence_verdict(hosted), untold(hosted.said)) == (Verdict.CANNOT_TELL, ["EVD-002"])


def test_the_answer_comes_when_the_source_returns() -> None:
    """What could not be told is told as soon as it can be."""
    hosted = begun()
    hosted.feed([tick("iga", 90)])

    hosted.feed([tick("tickets", 65)])

    assert evidence_verdict(hosted) is Verdict.BROKEN
    assert rules_standing(hosted) == ["EVD-002"]


def test_the_answer_comes_also_when_the_case_has_settled_meanwhile() -> None:
    """An outage of days does not turn missing evidence into a question nobody asks again."""
    hosted = begun()
    hosted.feed([tick("iga", 60 * 48)])
    assert hosted.judge.sizes()["settled_cases"] == 1

    hosted.feed([tick("tickets", 64)])
    assert rules_standing(hosted) == []

    hosted.feed([tick("tickets", 65)])
    assert rules_standing(hosted) == ["EVD-002"]


def test_a_settled_case_is_answered_after_a_take_over_too() -> None:
    """The new owner of a partition waits for what the old one waited for."""
    hosted = begun()
    hosted.feed([tick("iga", 60 * 48)])
    hosted.checkpoint()
    hosted.take_over()

    hosted.feed([tick("tickets", 65)])

    assert rules_standing(hosted) == ["EVD-002"]


def test_a_settled_case_for_which_nobody_could_speak_is_not_asked_again_later() -> None:
    """Who is connected months later could not have brought it then."""
    hosted = Hosted()
    hosted.feed([each for each in OPENING if b"tickets" not in each])
    hosted.feed([tick("iga", 60 * 48)])

    hosted.feed([source("tickets", {Action.EVIDENCED}), tick("tickets", 60 * 72)])

    assert rules_standing(hosted) == []


def both_sides() -> Hosted:
    """A judge that awaits a workflow's and a gateway's reports of calls, each within 15 minutes."""
    hosted = Hosted()
    hosted.feed(
        [
            OPENING[0],
            source("iga", frozenset(Action) - {Action.STEP_RECORDED}),
            source("gateway", {Action.STEP_RECORDED}),
        ]
    )
    return hosted


def call(number: int, after: float, side: Action, invocation: str) -> bytes:
    """One side's report of a call."""
    name = "iga" if side is Action.STEP_INVOKED else "gateway"
    return frame(step(number, after, side, source=name, step=Step(invocation=invocation)))


def test_what_is_silent_beneath_a_breach_is_cannot_tell_once_the_breach_is_gone() -> None:
    """The gateway saw one call that nobody logged, and fell silent before it told of another."""
    hosted = both_sides()
    hosted.feed(
        [
            call(1, 0, Action.STEP_RECORDED, "one"),
            call(2, 0, Action.STEP_INVOKED, "two"),
            tick("iga", 60),
        ]
    )
    assert verdict(hosted, "WHK-001") is Verdict.BROKEN

    hosted.feed([call(3, 0, Action.STEP_INVOKED, "one")])

    assert verdict(hosted, "WHK-001") is Verdict.CANNOT_TELL
    assert untold(hosted.said) == ["WHK-001"]


def test_what_is_left_to_wait_for_is_open_again_when_the_silence_no_longer_matters() -> None:
    """The gateway is late with everything; it tells of the earlier call, the other can wait."""
    hosted = both_sides()
    hosted.feed(
        [
            call(1, 0, Action.STEP_INVOKED, "one"),
            call(2, 30, Action.STEP_INVOKED, "two"),
            tick("iga", 40),
        ]
    )
    assert verdict(hosted, "WHK-001") is Verdict.CANNOT_TELL

    hosted.feed([call(3, 0, Action.STEP_RECORDED, "one")])

    assert verdict(hosted, "WHK-001") is Verdict.OPEN


def test_a_question_that_comes_up_late_is_not_open_for_another_while() -> None:
    """An old approval is reported while the source of evidence has long been silent."""
    hosted = begun()
    hosted.feed([tick("iga", 90)])

    hosted.feed([frame(step(3, 6, Action.APPROVED, CY))])

    assert evidence_verdict(hosted) is Verdict.CANNOT_TELL


def test_a_more_patient_policy_waits_again() -> None:
    """What was given up too early by the old policy is open under the new one, and ends later."""
    hosted = begun()
    hosted.feed([tick("iga", 90)])

    hosted.feed([policy(version="2", silence_patience=minutes(60))])
    assert evidence_verdict(hosted) is Verdict.OPEN

    hosted.feed([tick("iga", 125)])
    assert evidence_verdict(hosted) is Verdict.CANNOT_TELL
    assert untold(hosted.said) == ["EVD-002", "EVD-002"]


def test_absence_is_told_by_ticks_alone_and_not_before_the_grace_is_over() -> None:
    """With no further traffic: a microsecond before, nothing; on the moment, the finding."""
    hosted = Hosted()
    asked = EvidencePolicy(due_within=minutes(60), grace=minutes(10))
    hosted.feed([policy(evidence=asked), *OPENING[1:], tick("iga", 500)])
    a_moment = timedelta(microseconds=1)

    hosted.feed([tick("tickets", (at(75) - a_moment - at(0)).total_seconds() / 60)])
    assert rules_standing(hosted) == []

    hosted.feed([tick("tickets", 75)])
    assert rules_standing(hosted) == ["EVD-002"]
