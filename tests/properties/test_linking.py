"""The linker agrees with a brute-force join of all ids, and never joins by an id that is shared."""

from datetime import timedelta
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from rules.events import Action, Event
from rules.machines.ids import is_unnamed
from rules.policy import Webhooks
from tests.properties.decisions import APART, NINE, THE_END, Linked, Names, Told, decisions, honest
from tests.properties.effort import looks
from tests.reference.linking import Joined, Meanings

FATES = st.lists(st.sampled_from(["", "", "checkpoint", "take over"]), min_size=1)


@st.composite
def tellings(draw: st.DrawFn, events: list[Event]) -> list[Told]:
    """Any order, some of it twice, and in between up to when everybody has reported."""
    moments = st.builds(
        lambda days, hours: NINE + days * APART / 10 + hours * APART / 240,
        st.integers(0, 40),
        st.integers(0, 24),
    )
    told: list[Told] = [*events, *draw(st.lists(moments, max_size=4))]
    return draw(st.permutations(told))


@st.composite
def honest_tellings(draw: st.DrawFn) -> tuple[list[Event], list[Told]]:
    """Decisions whose ids are their own, told in any way."""
    events = draw(honest(draw(decisions())))
    return events, draw(tellings(events))


def linked(told: list[Told], fates: list[str]) -> Linked:
    """Everything told, whatever becomes of the linker on the way; at last all have reported."""
    made = Linked()
    for number, each in enumerate(told):
        made.tell(each)
        fate = fates[number % len(fates)]
        if fate == "checkpoint":
            made.checkpoint()
        elif fate == "take over":
            made.take_over()
    made.tell(THE_END)
    return made


@looks(150)
@given(honest_tellings(), FATES)
def test_what_is_one_decision_is_one_case_in_the_end_and_nothing_else_is(
    world: tuple[list[Event], list[Told]], fates: list[str]
) -> None:
    """Any order, delay and restart: each event once, in the case that a brute-force join gives."""
    events, told = world
    made = linked(told, fates)
    asked = Webhooks()
    joined = Joined(events, asked.reused_links, asked.reused_after)
    cases: dict[str, set[Any]] = {}

    for event in events:
        cases.setdefault(made.case_of(event), set()).add(joined.decision(event))
    for event in events:
        case = made.case_of(event)
        name = joined.name(event, events)
        assert cases[case] == {joined.decision(event)}, f"{case} holds {cases[case]}"
        assert (event.tenant or "") == case.split("\x1f")[0]
        assert is_unnamed(case) if name is None else case.endswith(f"\x1f{name}")
    assert len(cases) == len({joined.decision(event) for event in events})


@st.composite
def careless_tellings(draw: st.DrawFn) -> tuple[list[Names], list[Event], list[Told]]:
    """The same ids in every decision: one ticket for all, numbers used twice in an hour."""
    shared = ("execution:1", "change:1", "request:REQ-1", "tracking:1")
    made = [
        Names(tenant, NINE, (f"REQ-{number}",) if number else (), shared)
        for tenant in draw(st.sampled_from([("acme",), ("acme", "zeta")]))
        for number in range(draw(st.integers(1, 4)))
    ]
    events = [e for e in draw(honest(made)) if not any(x.startswith("case:") for x in e.links)]
    return made, events, draw(tellings(events))


@looks(150)
@given(careless_tellings(), FATES)
def test_an_id_that_many_carry_never_makes_their_cases_one(
    world: tuple[list[Names], list[Event], list[Told]], fates: list[str]
) -> None:
    """Whatever it cost to leave something unexplained: no named case ever becomes another."""
    _, events, told = world
    made = linked(told, fates)
    named = {(e.tenant or "", e.case) for e in events if e.case}

    assert all(is_unnamed(case) for case in made.into)
    for event in events:
        tenant, case = made.case_of(event).split("\x1f", 1)
        assert tenant == (event.tenant or "")
        if event.case:
            assert case == event.case
        else:
            assert is_unnamed(f"\x1f{case}") or (tenant, case) in named


@st.composite
def reckless_tellings(draw: st.DrawFn) -> tuple[list[Event], list[Told]]:
    """A few ids and numbers that anybody uses any time, days apart; some say outright whose."""
    links = ("execution:1", "execution:2", "change:1", "call:1", "request:REQ-1")
    cases = ("REQ-1", "REQ-2", "CHG-3")
    events = [
        Event(
            id=f"e{number}",
            source="engine",
            action=Action.STEP_RECORDED,
            tenant="acme",
            case=draw(st.sampled_from([None, None, *cases])),
            occurred_at=NINE + draw(st.sampled_from([0, 1, 2, 4, 5, 7, 12])) * timedelta(days=1),
            links=(
                *draw(st.lists(st.sampled_from(links), min_size=1, max_size=2, unique=True)),
                *draw(st.sampled_from([()] * 9 + [(f"case:{each}",) for each in cases])),
            ),
        )
        for number in range(draw(st.integers(3, 9)))
    ]
    return events, draw(tellings(events))


@looks(300)
@given(reckless_tellings(), FATES)
def test_whatever_ids_turn_out_to_mean_events_lie_where_they_say_when_all_is_known(
    world: tuple[list[Event], list[Told]], fates: list[str]
) -> None:
    """Also what was forwarded when an id still meant one case, and another carried it too."""
    events, told = world
    made = linked(told, fates)
    asked = Webhooks()
    meanings = Meanings(events, asked.reused_links, asked.reused_after)

    for event in events:
        case = made.case_of(event)
        meant = meanings.case_of(event)
        if event.case is not None:
            continue
        assert is_unnamed(case) if meant is None else case == f"acme\x1f{meant}"


@looks(60)
@given(honest_tellings(), FATES)
def test_a_repeat_goes_where_the_first_one_went(
    world: tuple[list[Event], list[Told]], fates: list[str]
) -> None:
    """Sent again after everything is known: the same case, where the judge knows it as a repeat."""
    events, told = world
    made = linked(told, fates)
    before = {event.id: made.case_of(event) for event in events}
    for event in events:
        made.at.clear()
        made.tell(event)
        made.tell(THE_END)

        assert made.case_of(event) == before[event.id]
