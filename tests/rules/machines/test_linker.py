"""What the linker is told that it can not use stops it with a reason, or does nothing."""

import json
from typing import Any

import pytest

from rules.errors import UnreadableRecordError
from rules.events import Action
from rules.machines.contract import Record
from rules.machines.ids import Ids
from rules.machines.linker import Linker
from rules.machines.records import write_names, write_ticks
from rules.machines.routing import Layout
from rules.machines.shelf import Shelf
from stream.canonical import CODEC
from tests.reference.telling import frame
from tests.rules.machines.small_world import at, step, tick

LAYOUT = Layout(journal=2, links=1)
SAME = "case:REQ-1"


def told(*records: bytes) -> Linker:
    """A linker that was told all this."""
    linker = Linker(0, LAYOUT, CODEC)
    linker.feed([Record(n, value) for n, value in enumerate(records)])
    return linker


def test_a_tick_about_nobody_says_nothing_new() -> None:
    """A lane in which nobody has come anywhere yet."""
    linker = told(tick("raw/0", 5))

    assert linker.feed([Record(1, write_ticks(CODEC, "raw/1", {}))]) == []


def test_an_event_without_a_link_stops_the_partition_with_a_reason() -> None:
    """There is nothing by which it could be linked."""
    with pytest.raises(UnreadableRecordError, match="an event that carries a link"):
        told(frame(step(1, 0, Action.STEP_RECORDED, case=None)))


def test_an_unknown_record_stops_the_partition_with_a_reason() -> None:
    """Damage, or a newer version: nothing may be passed over."""
    with pytest.raises(UnreadableRecordError, match="events, names, ticks, policy or set_aside"):
        told(b'{"record":"source"}')


def test_state_that_an_earlier_linker_wrote_is_refused_with_its_version() -> None:
    """Version 2 kept what stands alone in rows of its own: nothing says where its events lie."""
    with pytest.raises(UnreadableRecordError, match=r"'alone/REQ-1'; .*version 3 writes"):
        told().restore([("alone/REQ-1", b"[]")])


def called(*told_before: bytes, links: tuple[str, ...], minute: float = 0) -> list[str | None]:
    """The cases that an event with these links is forwarded to once all this was told."""
    linker = told(*told_before)
    event = step(1, minute, Action.STEP_RECORDED, case=None, links=links)
    return [
        CODEC.read_event(line).case
        for output in linker.feed([Record(9, frame(event))])
        for line in output.value.split(b"\n")[1:]
    ]


def names(link: str, case: str, minute: float = 0) -> bytes:
    """Somebody's event carries a link and names a case."""
    return write_names(CODEC, None, link, case, at(minute))


def test_an_id_that_two_cases_carry_means_neither() -> None:
    """One ticket for ten requests: what knows only the ticket waits."""
    assert called(names("ticket:1", "REQ-1"), links=("ticket:1",)) == ["REQ-1"]
    assert called(names("ticket:1", "REQ-1"), names("ticket:1", "REQ-2"), links=("ticket:1",)) == []


def test_an_id_that_two_cases_carry_and_one_of_them_is_called_by_means_that_one() -> None:
    """An execution carries the request that it works on; the request is itself."""
    told_before = names("request:REQ-1", "run-9"), names("request:REQ-1", "REQ-1")

    assert called(*told_before, links=("request:REQ-1",)) == ["REQ-1"]


def test_an_event_whose_ids_mean_two_cases_goes_to_neither() -> None:
    """A forged execution id beside the true request: nobody knows which is which."""
    told_before = names("run:1", "REQ-1"), names("request:2", "REQ-2")

    assert called(*told_before, links=("run:1", "request:2")) == []
    assert called(*told_before, links=("run:1",)) == ["REQ-1"]


def test_an_id_that_two_cases_carry_leads_nowhere() -> None:
    """What is told together with a shared ticket has nothing to do with what else is."""
    beside = [
        frame(step(number, 0, Action.STEP_RECORDED, case=None, links=("ticket:1", other)))
        for number, other in ((2, "run:3"), (3, "call:1"))
    ]
    shared = names("ticket:1", "REQ-1"), names("ticket:1", "REQ-2"), names("run:3", "REQ-3")

    assert called(*shared, *beside, links=("call:1",)) == []
    assert called(*shared, *beside, links=("run:3",)) == ["REQ-3"]


def test_an_execution_number_that_begins_again_means_another_case() -> None:
    """A database was set up anew, and counts from one."""
    later = 5 * 24 * 60
    first, again = names("execution:1", "REQ-1"), names("execution:1", "REQ-2", later)

    assert called(first, again, links=("execution:1",), minute=3) == ["REQ-1"]
    assert called(first, again, links=("execution:1",), minute=later + 3) == ["REQ-2"]
    assert called(first, links=("execution:1",), minute=later) == []
    assert called(names("tracking:1", "REQ-1"), links=("tracking:1",), minute=later) == ["REQ-1"]


def test_an_event_may_name_its_case_outright() -> None:
    """`case:` is no id to be learnt: it says whose the event is, and what else it carries."""
    event = step(2, 0, Action.STEP_RECORDED, case=None, links=("case:REQ-1", "run:7"))

    assert called(links=("case:REQ-1",)) == ["REQ-1"]
    assert called(frame(event), links=("run:7",)) == ["REQ-1"]


def test_a_tick_goes_to_every_partition_of_the_journal() -> None:
    """A case may be on any of them."""
    out = told().feed([Record(0, tick("raw/0", 5))])

    assert [output.partition for output in out] == [0, 1]
    assert len({output.value for output in out}) == 1
    assert f"{at(5):%Y-%m-%dT%H:%M:%SZ}".encode() in out[0].value


def said_after(*told_before: bytes, record: bytes) -> list[dict[str, Any]]:
    """What the linker says of a record once all this was told, but for events."""
    outputs = told(*told_before).feed([Record(9, record)])
    return [json.loads(each.value) for each in outputs if b"\n" not in each.value]


def test_a_case_that_is_another_follows_when_that_one_turns_out_to_be_a_third() -> None:
    """C is B, and B is A: whoever asks for C is led to A, and it is said of both."""
    ids = Ids(Shelf(), CODEC)
    ids.join("C", "B")

    assert ids.join("B", "A") == [("B", "A"), ("C", "A")]
    assert [ids.called(each) for each in "ABC"] == ["A", "A", "A"]


def test_an_event_whose_ids_meant_two_cases_follows_when_these_turn_out_to_be_one() -> None:
    """It had been given a case of its own, and no id of it was open or shared."""
    alone = frame(step(1, 0, Action.STEP_RECORDED, case=None, links=("run:1", "request:2")))
    told_before = names("run:1", "REQ-1"), names("request:2", "REQ-2"), alone, tick("lane", 600)

    joined = [each["joined"] for each in said_after(*told_before, record=names(SAME, "REQ-2"))]

    assert {(each["case"], each["into"]) for each in joined} == {
        ("REQ-2", "REQ-1"),
        ("unlinked:run:1/e1", "REQ-1"),
    }


def test_what_was_reached_through_an_id_is_taken_back_once_that_means_two_cases() -> None:
    """Only the call was told of it, and the call only together with the ticket."""
    both = frame(step(1, 0, Action.STEP_RECORDED, case=None, links=("ticket:1", "call:1")))
    call = frame(step(2, 0, Action.STEP_RECORDED, case=None, links=("call:1",)))

    said = said_after(names("ticket:1", "REQ-1"), both, call, record=names("ticket:1", "REQ-2"))

    gone = [each for each in said if each["record"] == "parted" and each["case"] == "REQ-1"]
    assert sorted(event[1] for each in gone for event in each["events"]) == ["e1", "e2"]
