"""The canary is judged and entered like any case, and changes nothing that is counted."""

import orjson
import pytest

from rules.canary import TENANT
from rules.events import Action, Event
from rules.finding import Change
from rules.machines.contract import ENTITIES, FINDINGS, HEALTH, TRAIL
from rules.machines.judge import Judge
from stream.canary.case import SAW
from stream.canary.case import SOURCE as CANARY
from stream.canonical import CODEC
from tests.reference.telling import AT_ONCE, Hosted, frame
from tests.rules.machines.small_world import ANN, BO, minutes, policy, source, step, tick

REAL = (
    policy(silence_patience=minutes(10), settle_after=minutes(30)),
    source("iga"),
    frame(step(1, 0, Action.REQUESTED, ANN, justification="Quarter end")),
    frame(step(2, 5, Action.APPROVED, ANN), step(3, 6, Action.PROVISIONED)),
)


def canary(number: int, after: float, action: Action) -> Event:
    """A step of the canary's case."""
    more = {"source": CANARY, "case": "canary-1", "tenant": TENANT}
    return step(number, after, action, BO, **more)


SUNG = (
    frame(canary(7, 5, Action.REQUESTED)),
    frame(canary(8, 5, Action.APPROVED), canary(8, 5, Action.APPROVED)),
)
LATER = (tick("iga", 20), tick("iga", 120), tick("iga", 240))


def judged(*values: bytes) -> Hosted:
    """A judge that has read these, and feeds a patterns machine."""
    hosted = Hosted(Judge(0, CODEC, feeds=AT_ONCE))
    hosted.feed(values)
    return hosted


@pytest.fixture(scope="module")
def with_canary() -> Hosted:
    """The real case, and the canary beside it."""
    return judged(*REAL[:2], SUNG[0], *REAL[2:], SUNG[1], *LATER)


@pytest.fixture(scope="module")
def without() -> Hosted:
    """The real case alone."""
    return judged(*REAL, *LATER)


def told(hosted: Hosted, log: str) -> list[bytes]:
    """What was said on a log."""
    return [each.value for each in hosted.said if each.log == log]


def test_it_is_found_like_any_self_approval(with_canary: Hosted) -> None:
    """Its alert is opened once, however often the approval comes."""
    found = [orjson.loads(each) for each in told(with_canary, FINDINGS)]
    sung = [each for each in found if each.get("tenant") == TENANT]

    opened = [each["rule"] for each in sung if each["change"] == Change.OPENED]
    assert opened.count(SAW) == 1


def test_its_entries_are_in_the_ledger(with_canary: Hosted) -> None:
    """Events, finding and closing, each marked as whose it is."""
    entries = [
        entry for value in told(with_canary, TRAIL) for entry in orjson.loads(value)["entries"]
    ]
    sung = [e for e in entries if (e.get("closed") or e).get("tenant") == TENANT]

    assert [e.get("id") for e in sung][:2] == ["e7", "e8"]
    assert sum("change" in each for each in sung) >= 1
    assert sum("closed" in each for each in sung) == 1


def test_no_count_knows_of_it(with_canary: Hosted, without: Hosted) -> None:
    """Decisions, verdicts by rule, findings, events by source: all as if it had never been."""
    assert with_canary.judge.tally.told() == without.judge.tally.told()
    assert with_canary.judge.horizon.declared == without.judge.horizon.declared
    assert len(told(with_canary, HEALTH)) == len(told(without, HEALTH))


def test_nobody_is_told_of_it_as_of_a_person(with_canary: Hosted, without: Hosted) -> None:
    """No history of a person, a workflow or a source has it."""
    assert told(with_canary, ENTITIES) == told(without, ENTITIES)


def test_real_findings_are_the_same_bytes(with_canary: Hosted, without: Hosted) -> None:
    """What else is found does not hang on whether a canary is sent."""
    real = [each for each in told(with_canary, FINDINGS) if TENANT.encode() not in each]

    assert real == told(without, FINDINGS)


def test_it_is_let_go_of_when_it_settles(with_canary: Hosted, without: Hosted) -> None:
    """Else a judge would keep one more for good with every interval."""
    assert with_canary.judge.case(TENANT, "canary-1") is None
    assert with_canary.judge.sizes() == {
        **without.judge.sizes(), "entries": with_canary.judge.sizes()["entries"]
    }  # fmt: skip


def test_a_twin_that_takes_over_goes_on_the_same() -> None:
    """Checkpoints hold of it what they hold of any case, and then nothing more."""
    lived, died = Hosted(), Hosted()
    for hosted in (lived, died):
        hosted.feed([*REAL, *SUNG])
        hosted.checkpoint()
    died.take_over()
    for hosted in (lived, died):
        hosted.feed(LATER)
        hosted.checkpoint()
    died.take_over()

    assert died.said == lived.said
    assert [name for name in died.rows if TENANT in name] == []
