"""A history holds its facts in their order, whatever came when, and what was let go of is gone."""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.events import Action, Event
from rules.history import History, name_of
from rules.path import Added, order
from rules.shown import mask_of
from tests.properties.effort import looks
from tests.rules.machines.small_world import NINE

ACTIONS = [Action.APPROVED, Action.PROVISIONED, Action.REVOKED]


@st.composite
def facts(draw: st.DrawFn) -> list[Event]:
    """Facts of a few moments, so that many have one; some tell again what is known."""
    return [
        Event(
            id=f"e{draw(st.integers(0, 9))}",
            source=draw(st.sampled_from(["iga", "sap"])),
            action=draw(st.sampled_from(ACTIONS)),
            occurred_at=NINE + timedelta(minutes=draw(st.integers(0, 3))),
            sequence=draw(st.sampled_from([None, 1, 2])),
            case="REQ-1",
        )
        for _ in range(draw(st.integers(0, 25)))
    ]


@looks(100)
@given(facts(), st.data())
def test_what_is_kept_is_what_was_told_last_and_not_let_go_of(
    told: list[Event], data: st.DataObject
) -> None:
    """One by one, or many at once."""
    history, kept = History(), dict[tuple[str, str, str], Event]()
    for fact in told:
        is_new = kept.get(name_of(fact)) != fact
        assert history.add(fact) is (Added.NEW if is_new else Added.REPEAT)
        kept[name_of(fact)] = fact
    gone = data.draw(st.lists(st.sampled_from(told), unique_by=name_of)) if told else []
    if data.draw(st.booleans()):
        history.drop_all([history.events[place] for place in _places(history, gone)])
    else:
        assert all(history.drop(name_of(fact)) for fact in gone)
    for fact in gone:
        del kept[name_of(fact)]

    assert history.events == sorted(kept.values(), key=order)
    assert history.mask == mask_of(*(fact.action for fact in kept.values()))
    assert all(history.holds(name) for name in kept)
    assert not any(history.holds(name_of(fact)) for fact in gone)


def _places(history: History, gone: list[Event]) -> list[int]:
    names = {name_of(fact) for fact in gone}
    return [place for place, fact in enumerate(history.events) if name_of(fact) in names]
