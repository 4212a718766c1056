"""The central equality: the machines agree with the slow, obvious evaluator, however told."""

import pytest
from hypothesis import given

from rules.catalog import CATALOG
from tests.properties.effort import looks
from tests.properties.retold import firing, retold
from tests.properties.worlds import World, worlds
from tests.reference.entities import evaluate_all
from tests.reference.telling import Joined, assert_agrees


def assert_judged_alike(world: World) -> None:
    """What the machines say in the end is what everything known at once says."""
    hosted = Joined()

    hosted.feed(world.journal)

    assert_agrees(hosted, evaluate_all(world.history))


@pytest.mark.timeout(0)
@looks(150)
@given(worlds())
def test_the_machines_agree_with_the_reference(world: World) -> None:
    """Any order, any repetition, any frames: what stands is what everything known at once says.

    Of cases, and of the persons, workflows, extensions, machines and sources behind them.
    """
    assert_judged_alike(world)


@pytest.mark.timeout(0)
@looks(200)
@given(retold())
def test_the_machines_agree_about_what_sets_each_rule_off(world: World) -> None:
    """Chance seldom deals what a rule looks for; the catalogue's own stories hold it."""
    assert_judged_alike(world)


def test_the_histories_set_off_every_rule() -> None:
    """What no history sets off, no equality is about: those rules are named here."""
    set_off = {
        finding.rule
        for story in firing()
        for finding in evaluate_all(story.history).findings.values()
    }

    assert sorted({rule.id for rule in CATALOG} - set_off) == []
