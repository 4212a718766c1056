"""Every rule says what it is for, what sets it off and what to do; and nothing here is a cycle."""

import gc
import re
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest

from rules.catalog import CATALOG
from rules.events import Action
from rules.finding import Severity
from rules.rule import HEADINGS, Rule
from rules.shown import TOLD_TWICE
from tests.reference.telling import Hosted, frame
from tests.rules.machines.small_world import ANN, BO, CY, source, step, tick

FILES = Path(__file__).parents[2] / "rules" / "catalog"
EACH = pytest.mark.parametrize("rule", CATALOG, ids=lambda rule: rule.id)


def test_every_rule_explains_itself() -> None:
    """The SOC can read, for each rule, why it exists and what to do next."""
    missing = {
        rule.id: [each for each in HEADINGS if not rule.guidance.get(each)] for rule in CATALOG
    }

    assert missing == {rule.id: [] for rule in CATALOG}
    assert [rule.id for rule in CATALOG if not rule.purpose] == []


@EACH
def test_the_headings_are_those_that_are_printed_and_no_others(rule: Rule) -> None:
    """A paragraph under a misspelt heading would be lost."""
    assert set(rule.guidance) == set(HEADINGS)


@EACH
def test_the_next_step_is_one_sentence(rule: Rule) -> None:
    """Whoever is on duty reads it at three in the morning."""
    assert rule.next_step.endswith(".")
    assert len(re.findall(r"[.!?](?:\s|$)", rule.next_step)) == 1
    assert rule.next_step[0].isupper()


@EACH
def test_a_rule_speaks_for_at_least_one_control(rule: Rule) -> None:
    """Without one nobody would ask for it; with one twice, counts would be wrong."""
    assert rule.controls
    assert len(set(rule.controls)) == len(rule.controls)


def test_no_id_and_no_title_stands_twice() -> None:
    """A finding's id is made of its rule's."""
    ids, titles = Counter(r.id for r in CATALOG), Counter(r.title for r in CATALOG)

    assert max(ids.values()) == max(titles.values()) == 1


@EACH
def test_a_rule_is_where_its_name_says(rule: Rule) -> None:
    """File `apr_001_….py` holds APR-001, and its function is called like the rest of the name."""
    stem = rule.id.lower().replace("-", "_")
    (file,) = FILES.glob(f"{stem}_*.py")

    assert rule.ask.__name__ == file.stem.removeprefix(f"{stem}_")
    assert rule.ask.__module__ == f"rules.catalog.{file.stem}"


def test_a_rule_that_is_written_is_in_force() -> None:
    """A file that nobody listed would look as if it ran."""
    written = {path.stem for path in FILES.glob("*.py")} - {"__init__"}

    assert written == {rule.ask.__module__.rsplit(".", 1)[1] for rule in CATALOG}


@EACH
def test_what_a_rule_needs_concerns_it(rule: Rule) -> None:
    """Else it would not be asked when the last thing it was waiting for comes."""
    wanted = {word for need in rule.needs for word in need} - {TOLD_TWICE}

    assert wanted <= rule.concerns
    assert all(rule.needs)


@EACH
def test_a_privileged_breach_is_not_the_lesser_one(rule: Rule) -> None:
    """What is at stake can only make it worse."""
    order = list(Severity)

    assert order.index(rule.severity_privileged) >= order.index(rule.severity)


@contextmanager
def collector_off() -> Iterator[None]:
    """Nothing is collected in here but by counting references."""
    gc.collect()
    gc.disable()
    try:
        yield
    finally:
        gc.enable()


def test_the_domain_builds_no_reference_cycles() -> None:
    """Memory comes back by itself: workers may switch the collector off, and twins do."""
    hosted = Hosted()
    hosted.feed([source("iga")])
    hosted.feed([_case(0), tick("iga", 60)])
    # Libraries build what they know of our types at first use, with cycles of their own.
    hosted.checkpoint()
    hosted.take_over()
    with collector_off():
        for number in range(1, 300):
            hosted.feed([_case(number), tick("iga", 60 + number)])
        hosted.feed([tick("iga", 60 * 48)])
        hosted.checkpoint()
        hosted.take_over()
        assert hosted.judge.sizes()["settled_cases"] == 300
        del hosted

        assert gc.collect() == 0


def _case(number: int) -> bytes:
    """A case of each kind: approved alone, by another, late, told twice, by both sides."""
    name: dict[str, Any] = {"case": f"REQ-{number}"}
    steps = [
        step(1, 0, Action.REQUESTED, ANN, beneficiary=CY, **name),
        step(2, 1, Action.APPROVED, ANN if number % 2 else BO, **name),
        step(3, 2, Action.PROVISIONED, **name),
        step(4, 3, Action.STEP_INVOKED, **name),
        step(5, 4, Action.EVIDENCED, BO, **name),
    ]
    if number % 3 == 0:
        steps.append(step(2, 1, Action.DENIED, BO, **name))
    return frame(*steps)
