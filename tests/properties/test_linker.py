"""The linker: whoever names a link first, everything that carries it ends up in one case, once."""

import json
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.events import UNLINKED_CASE, Action, Event
from rules.machines import drawers
from rules.machines.contract import JOURNAL, Output, Record
from rules.machines.linker import Linker
from rules.machines.lying import Lies
from rules.machines.records import (
    lane_through,
    read_header,
    read_until,
    write_events,
    write_names,
    write_policy,
    write_ticks,
)
from rules.machines.routing import Layout, partition_of_case
from rules.policy import Policy, Webhooks
from stream.canonical import CODEC
from tests.properties.effort import looks
from tests.reference.telling import Rows

NINE = datetime.fromisoformat("2026-11-02T09:00:00+00:00")
GRACE = timedelta(minutes=15, milliseconds=500)
LAYOUT = Layout(journal=3, links=1)
LANES = ("raw/0", "a file of mine.json#1")
TENANTS = ("acme", "zeta", None)
LINKS = ("execution:1", "execution:2", "ticket:7")
CASES = ("REQ-1", "REQ-2")


@dataclass(frozen=True)
class Arrived:
    """An event that names no case, in the lane in which it came."""

    lane: str
    event: Event


@dataclass(frozen=True)
class Named:
    """Somebody named a case and a link together."""

    tenant: str | None
    link: str
    case: str


@dataclass(frozen=True)
class Heard:
    """A lane has been heard up to a moment."""

    lane: str
    until: datetime


Told = Arrived | Named | Heard


@st.composite
def arrivals(draw: st.DrawFn) -> list[Arrived]:
    """Events that carry one link or two and name no case."""
    count = draw(st.integers(1, 6))
    return [
        Arrived(
            draw(st.sampled_from(LANES)),
            Event(
                id=f"e{number}",
                source=draw(st.sampled_from(["gateway", "engine"])),
                action=Action.STEP_RECORDED,
                tenant=draw(st.sampled_from(TENANTS)),
                occurred_at=NINE + draw(st.integers(0, 20)) * timedelta(minutes=1),
                links=tuple(
                    draw(st.lists(st.sampled_from(LINKS), min_size=1, max_size=2, unique=True))
                ),
            ),
        )
        for number in range(count)
    ]


def names(*, consistent: bool) -> st.SearchStrategy[list[Named]]:
    """Who named what: each tenant one case for all its links, or whatever comes."""
    every = st.builds(
        Named,
        st.sampled_from(TENANTS),
        st.sampled_from(LINKS),
        st.just("REQ-1") if consistent else st.sampled_from(CASES),
    )
    return st.lists(every, max_size=5)


def heard() -> st.SearchStrategy[list[Heard]]:
    """Ticks, forwards and backwards."""
    moments = st.integers(0, 40).map(lambda n: NINE + n * timedelta(minutes=1))
    return st.lists(st.builds(Heard, st.sampled_from(LANES), moments), max_size=5)


def record(told: Told) -> bytes:
    """What lies in the links log."""
    match told:
        case Arrived():
            return write_events(CODEC, told.lane, [CODEC.write(told.event)])
        case Named():
            return write_names(CODEC, told.tenant, told.link, told.case, NINE)
        case Heard():
            return write_ticks(CODEC, told.lane, {"*": told.until})


def linker() -> Linker:
    """A linker that has been told how long to wait."""
    made = Linker(0, LAYOUT, CODEC)
    made.feed([Record(0, write_policy(CODEC, Policy(webhooks=Webhooks(linking_grace=GRACE))))])
    return made


def fed(machine: Linker, told: Sequence[Told]) -> list[Output]:
    """What it says to all this."""
    return machine.feed([Record(n, record(each)) for n, each in enumerate(told)])


def forwarded(said: Sequence[Output]) -> list[tuple[str, int, Event]]:
    """The events that went to the journal: lane, partition, event."""
    found = []
    for output in said:
        first, *lines = output.value.split(b"\n")
        header = read_header(first)
        assert output.log == JOURNAL
        if header["record"] == "events":
            found += [(header["lane"], output.partition, CODEC.read_event(x)) for x in lines]
    return found


def cases_of(said: Sequence[Output]) -> Counter[tuple[Any, ...]]:
    """Which event went to which case, how often."""
    return Counter((e.tenant, e.id, e.case) for _, _, e in forwarded(said))


@looks(80)
@given(arrivals(), names(consistent=True), st.randoms(use_true_random=False))
def test_it_does_not_matter_who_comes_first(
    came: list[Arrived], named: list[Named], chance: Any
) -> None:
    """Event first or name first, by whichever of its links or theirs: the event is in that case."""
    told: list[Told] = [*came, *named]
    chance.shuffle(told)
    known = {(each.tenant, each.link) for each in named}
    # An event with two links makes whoever explains one of them explain the other.
    for _ in LINKS:
        for each in came:
            links = {(each.event.tenant, link) for link in each.event.links}
            known |= links if known & links else set()
    explained = [a.event for a in came if known & {(a.event.tenant, x) for x in a.event.links}]

    machine = linker()

    assert cases_of(fed(machine, told)) == Counter((e.tenant, e.id, "REQ-1") for e in explained)
    assert machine.sizes()["parked"] == len(came) - len(explained)


@looks(80)
@given(arrivals(), names(consistent=False), heard(), st.randoms(use_true_random=False))
def test_every_event_goes_to_exactly_one_case_of_its_tenant(
    came: list[Arrived], named: list[Named], ticks: list[Heard], chance: Any
) -> None:
    """Whatever comes in whatever order: once, with its case filled in and nothing else changed."""
    told: list[Told] = [*came, *named, *ticks]
    chance.shuffle(told)
    the_end: list[Told] = [Heard(lane, NINE + timedelta(hours=2)) for lane in LANES]

    said = fed(linker(), [*told, *the_end])
    events = {each.event.id: each for each in came}
    named_by = {(each.tenant, each.link, each.case) for each in named}

    assert sorted(e.id for _, _, e in forwarded(said)) == sorted(events)
    for lane, partition, event in forwarded(said):
        arrived = events[event.id]
        assert event.case is not None
        assert CODEC.write(event) == CODEC.write(replace(arrived.event, case=event.case))
        assert lane == lane_through(arrived.lane, 0)
        assert partition == partition_of_case(event.tenant, event.case, LAYOUT.journal)
        own = event.case.startswith(UNLINKED_CASE)
        assert own or event.case in {c for t, _, c in named_by if t == event.tenant}


@looks(80)
@given(arrivals(), names(consistent=True), heard(), st.randoms(use_true_random=False))
def test_no_tick_goes_past_an_event_that_is_parked(
    came: list[Arrived], named: list[Named], ticks: list[Heard], chance: Any
) -> None:
    """Who reads the journal may trust a tick: what is still on its way is later."""
    told: list[Told] = [*came, *named, *ticks]
    chance.shuffle(told)
    machine = linker()
    parked: dict[str, Arrived] = {}

    for each in told:
        if isinstance(each, Arrived):
            parked[each.event.id] = each
        for output in fed(machine, [each]):
            header = read_header(output.value.split(b"\n")[0])
            if header["record"] == "joined":
                continue
            if header["record"] == "events":
                parked.pop(forwarded([output])[0][2].id)
                continue
            held = [
                a.event.occurred_at
                for a in parked.values()
                if lane_through(a.lane, 0) == header["lane"]
            ]
            assert all(at < x for at in read_until(header).values() for x in held)


@looks(60)
@given(arrivals(), heard())
def test_what_nobody_explains_gets_a_case_of_its_own_when_its_grace_is_over(
    came: list[Arrived], ticks: list[Heard]
) -> None:
    """By the ticks of its own lane, to the moment, and by nothing else."""
    machine = linker()
    fed(machine, came)
    said = forwarded(fed(machine, ticks))
    until = {lane: max([t.until for t in ticks if t.lane == lane], default=NINE) for lane in LANES}

    assert Counter((e.tenant, e.id) for _, _, e in said) == Counter(
        (a.event.tenant, a.event.id) for a in came if a.event.occurred_at + GRACE <= until[a.lane]
    )
    assert all(e.case in {UNLINKED_CASE + link for link in LINKS} for _, _, e in said)


@looks(60)
@given(
    arrivals(),
    names(consistent=False),
    heard(),
    st.randoms(use_true_random=False),
    st.lists(st.sampled_from(["", "checkpoint", "take over"]), min_size=1),
)
def test_a_linker_that_was_taken_over_says_the_same_bytes(
    came: list[Arrived], named: list[Named], ticks: list[Heard], chance: Any, fates: list[str]
) -> None:
    """Restored from its rows and replayed from there, any number of times."""
    told: list[Told] = [*came, *named, *ticks]
    chance.shuffle(told)
    lived, died = linker(), linker()
    rows = Rows()
    since: list[Told] = []
    died.reach(rows)
    rows.take(died)

    # Nothing is remembered beyond a checkpoint: all of it leaves memory, and comes back.
    with pytest.MonkeyPatch.context() as patched:
        patched.setattr(drawers, "REMEMBERED_MAX", 1)
        for number, each in enumerate(told):
            said = fed(lived, [each])
            assert fed(died, [each]) == said
            since.append(each)
            if fates[number % len(fates)] == "checkpoint":
                rows.take(died)
                since.clear()
            if fates[number % len(fates)] == "take over":
                died = Linker(0, LAYOUT, CODEC)
                rows.hand_to(died)
                fed(died, since)
            assert died.head() == lived.head()
            assert died.sizes() == lived.sizes()


@looks(40)
@given(arrivals(), names(consistent=False), names(consistent=False), heard())
def test_a_linker_goes_on_from_what_was_written_before_anything_was_put_away(
    came: list[Arrived], named: list[Named], more: list[Named], ticks: list[Heard]
) -> None:
    """Then nothing told what is counted, nor found things by case and by id."""
    lived = linker()
    fed(lived, [*named, *came, *ticks])
    rows = Rows()
    rows.take(lived)
    older = Rows(written_before(rows))
    found = Linker(0, LAYOUT, CODEC)
    older.hand_to(found)

    assert found.head() == lived.head()
    assert fed(found, [*more, *came]) == fed(lived, [*more, *came])
    assert found.sizes() == lived.sizes()


def written_before(rows: Rows) -> Iterator[tuple[str, bytes]]:
    """Rows as they were written when all of them were in memory."""
    for name, row in rows.items():
        told: Any = [] if name.startswith("parked/") or not row else orjson.loads(row)
        if name.startswith("lying/"):
            told = {k: v for k, v in zip(Lies._fields, told, strict=True) if v}
        elif name.startswith("ids/into/"):
            told = [told]
        elif name == "heard":
            told = {k: v for k, v in told.items() if k not in ("counts", "links")}
        if told:
            yield name, orjson.dumps(told)
        elif name.startswith("parked/"):
            yield name, row


@looks(40)
@given(arrivals(), names(consistent=False))
def test_a_head_tells_linkers_apart_that_said_different_things(
    came: list[Arrived], named: list[Named]
) -> None:
    """A twin that has replayed to the same position must have the same head."""
    one, other = linker(), linker()
    said = fed(one, [*named, *came])
    otherwise = fed(other, [*came, *named])

    assert (one.head() == other.head()) == (said == otherwise)


def test_names_are_forwarded_as_json_would_have_them() -> None:
    """The canonical bytes of the event, and its case in its place among the sorted keys."""
    event = Event(
        id="e1", source="gateway", action=Action.STEP_RECORDED, occurred_at=NINE, links=("x:1",)
    )
    machine = linker()
    fed(machine, [Named(None, "x:1", "REQ-ü")])

    (output,) = fed(machine, [Arrived("raw/0", event)])

    _, line = output.value.split(b"\n")
    assert json.loads(line)["case"] == "REQ-ü"
    assert line == CODEC.write(replace(event, case="REQ-ü"))
