"""The central equality: the judge agrees with the slow, obvious evaluator, however it is told."""

import pytest
from hypothesis import given

from tests.properties.effort import looks
from tests.properties.worlds import World, worlds
from tests.reference.evaluator import evaluate
from tests.reference.telling import Hosted, assert_agrees


@pytest.mark.timeout(0)
@looks(150)
@given(worlds())
def test_the_judge_agrees_with_the_reference(world: World) -> None:
    """Any order, any repetition, any frames: what stands is what everything known at once says."""
    hosted = Hosted()

    hosted.feed(world.journal)

    assert_agrees(hosted, evaluate(world.history))
