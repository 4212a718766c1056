"""The central equality: the machines agree with the slow, obvious evaluator, however told."""

import pytest
from hypothesis import given

from tests.properties.effort import looks
from tests.properties.worlds import World, worlds
from tests.reference.entities import evaluate_all
from tests.reference.telling import Joined, assert_agrees


@pytest.mark.timeout(0)
@looks(150)
@given(worlds())
def test_the_machines_agree_with_the_reference(world: World) -> None:
    """Any order, any repetition, any frames: what stands is what everything known at once says.

    Of cases, and of the persons, workflows, extensions, machines and sources behind them.
    """
    hosted = Joined()

    hosted.feed(world.journal)

    assert_agrees(hosted, evaluate_all(world.history))
