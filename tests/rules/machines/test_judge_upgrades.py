"""Other rules take over: an entry says so, open cases are asked again, settled ones stay."""

from collections.abc import Sequence
from dataclasses import replace
from typing import Any

import orjson

from rules.catalog import CATALOG
from rules.events import Action
from rules.finding import Change
from rules.machines.contract import FINDINGS, HEALTH, TRAIL, Output, Record
from rules.machines.judge import Judge
from rules.rule import Rule
from stream.canonical import CODEC
from tests.reference.telling import Hosted, frame, life
from tests.rules.machines.small_world import ANN, BO, minutes, policy, source, step, tick

OPENING = (policy(silence_patience=minutes(10), settle_after=minutes(30)), source("iga"))
OWN = [
    frame(step(1, 0, Action.REQUESTED, ANN, justification="Quarter end close")),
    frame(step(2, 5, Action.APPROVED, ANN)),
]
"""Ann approves her own request."""


def without(*ids: str) -> list[Rule]:
    """The catalogue, some rules short."""
    return [rule for rule in CATALOG if rule.id not in ids]


def taken_over(
    hosted: Hosted, catalog: Sequence[Rule], version: str, before: str = "1"
) -> list[Output]:
    """What the next judge says, built from the last one's rows under rules of its own."""
    hosted.checkpoint()
    hosted.judge = Judge(0, CODEC, catalog, version)
    hosted.judge.restore(list(hosted.rows.items()))
    said = hosted.judge.adopt(before)
    hosted.said += said
    hosted.checkpoint()
    return said


def entries(said: Sequence[Output]) -> list[dict[str, Any]]:
    """The entries of the trail."""
    return [
        entry for each in said if each.log == TRAIL for entry in orjson.loads(each.value)["entries"]
    ]


def counts(said: Sequence[Output]) -> dict[str, Any]:
    """The counts that were told last."""
    *_, last = (orjson.loads(each.value) for each in said if each.log == HEALTH)
    assert "rules" in last
    return dict(last)


def test_the_first_entry_says_which_rules_took_over() -> None:
    """What follows it was said under the new rules, and says so too."""
    hosted = Hosted(Judge(0, CODEC, without("APR-001"), "1"))
    hosted.feed([*OPENING, *OWN, tick("iga", 6)])
    size = hosted.judge.ledger.size

    first, *others = entries(taken_over(hosted, CATALOG, "2"))

    assert first == {"record": "rules", "from": "1", "to": "2"}
    assert hosted.judge.ledger.size == size + 1 + len(others)
    assert [each["reported"]["rules"] for each in others if "reported" in each] == ["2"]


def test_a_rule_that_is_new_is_asked_about_open_cases() -> None:
    """What it sees is opened, and the history says why only now."""
    hosted = Hosted(Judge(0, CODEC, without("APR-001"), "1"))
    hosted.feed([*OPENING, *OWN, tick("iga", 6)])
    before = len(life(hosted.said))
    said = taken_over(hosted, CATALOG, "2")

    (found,) = life(said)
    assert before == 0
    assert (found.rule, found.change) == ("APR-001", Change.OPENED)
    assert counts(said)["rules"]["APR-001"]["broken"] == 1
    assert counts(said)["decisions"]["broken"] == 1


def test_a_rule_that_is_gone_takes_its_findings_with_it() -> None:
    """Nobody stands behind them any longer; the decision is not broken any longer either."""
    hosted = Hosted()
    hosted.feed([*OPENING, *OWN, tick("iga", 6)])
    said = taken_over(hosted, without("APR-001"), "2")

    (gone,) = life(said)
    assert (gone.rule, gone.change, gone.number) == ("APR-001", Change.WITHDRAWN, 2)
    assert gone.because == "rules 2 took over from 1"
    assert "APR-001" not in counts(said)["rules"]
    assert counts(said)["decisions"]["broken"] == 0


def test_a_rule_that_answers_otherwise_updates_its_findings() -> None:
    """The same breach under a new version of the rule: the finding says which."""
    newer = [replace(rule, version=7) if rule.id == "APR-001" else rule for rule in CATALOG]
    hosted = Hosted()
    hosted.feed([*OPENING, *OWN, tick("iga", 6)])

    (found,) = life(taken_over(hosted, newer, "2"))

    assert (found.change, found.rule_version) == (Change.UPDATED, 7)


def test_a_question_that_the_new_rules_no_longer_raise_is_taken_back() -> None:
    """The rule needs more than before: without it there is no question, and no answer counts."""
    needy = [replace(rule, needs_masks=(0,)) if rule.id == "APR-001" else rule for rule in CATALOG]
    hosted = Hosted()
    hosted.feed([*OPENING, *OWN, tick("iga", 6)])
    said = taken_over(hosted, needy, "2")

    assert [each.change for each in life(said)] == [Change.WITHDRAWN]
    assert sum(counts(said)["rules"]["APR-001"].values()) == 0


def test_settled_cases_are_asked_when_they_are_named_again() -> None:
    """What was confirmed stays so under the new rules, until a late event opens the case."""
    hosted = Hosted()
    hosted.feed([*OPENING, *OWN, tick("iga", 3000)])
    said = taken_over(hosted, without("APR-001"), "2")
    hosted.feed([frame(step(9, 7, Action.EVIDENCED, BO))])

    assert life(said) == []
    assert [each.change for each in life(hosted.said) if each.rule == "APR-001"] == [
        Change.OPENED,
        Change.CONFIRMED,
        Change.WITHDRAWN,
    ]


def test_the_next_take_over_goes_on_from_there() -> None:
    """A judge of the new rules built from the rows stands where the one that adopted them does."""
    hosted = Hosted(Judge(0, CODEC, without("APR-001"), "1"))
    hosted.feed([*OPENING, *OWN, tick("iga", 6)])
    taken_over(hosted, CATALOG, "2")
    twin = Judge(0, CODEC, CATALOG, "2")
    twin.restore(list(hosted.rows.items()))
    further = [Record(99, frame(step(3, 8, Action.EVIDENCED, BO))), Record(100, tick("iga", 90))]

    assert twin.feed(further) == hosted.judge.feed(further)
    assert [each.log for each in hosted.said].count(FINDINGS) == 1
