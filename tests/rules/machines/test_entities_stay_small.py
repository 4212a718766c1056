"""An entity's history is bounded while it grows, also where no tick ever comes."""

from datetime import timedelta

import pytest

from rules.events import Action, Event
from rules.machines import entities
from rules.machines.entities import Entity
from rules.machines.feeding import entity_key
from rules.rule import Scope
from stream.canonical import CODEC
from tests.rules.machines.small_world import BO, step

MAX = 40
TOLD = 200


@pytest.fixture
def _few_are_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(entities, "FACTS_MAX", MAX)


def told(numbers: range, *, is_trimmed: bool) -> tuple[Entity, int]:
    """Tell a workflow of approvals; give it, and how many facts it held at most."""
    first = step(numbers[0], numbers[0], Action.APPROVED, BO)
    key = entity_key(Scope.WORKFLOW, None, "wf")
    entity = Entity(key, "", None, first.occurred_at + timedelta(days=1))
    most = 0
    for number in numbers:
        fact: Event = step(number, number, Action.APPROVED, BO)
        entity.take(CODEC.write(fact), fact)
        if is_trimmed:
            entity.stay_small()
        most = max(most, entity.facts_count)
    return entity, most


@pytest.mark.usefixtures("_few_are_kept")
def test_a_history_is_bounded_without_a_tick() -> None:
    """A topic on which nobody ever tells its progress is no reason to keep everything."""
    _, most = told(range(1, TOLD + 1), is_trimmed=True)

    assert most == MAX * entities.SLACK


@pytest.mark.usefixtures("_few_are_kept")
@pytest.mark.parametrize("numbers", [range(1, TOLD + 1), range(TOLD, 0, -1)])
def test_what_is_kept_after_a_tick_does_not_depend_on_trimming_before_it(numbers: range) -> None:
    """Oldest first in either order of arrival: the tick finds the facts it would have kept."""
    trimmed, _ = told(numbers, is_trimmed=True)
    whole, _ = told(numbers, is_trimmed=False)
    since = min(fact.occurred_at for fact in trimmed.path.events)

    for each in (trimmed, whole):
        each.prune(since - timedelta(days=400))

    assert trimmed.written() == whole.written()
    assert trimmed.facts_count == MAX
