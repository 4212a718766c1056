"""Nobody but foureyes can send its canary: what claims to be one and is not, is refused."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.canary import TENANT
from rules.machines.contract import JOURNAL, LINKS, Record
from rules.machines.linker import Linker
from rules.policy import Policy
from stream.canary.case import SOURCE as CANARY
from stream.canary.case import write_canary
from stream.canary.gate import OnlyOurs
from stream.canary.sealing import KEY_FILE, Seal, kept_seal
from stream.canonical import CODEC
from stream.clock import FixedClock
from stream.connectors.native import NATIVE
from stream.intake.intake import Intake
from stream.intake.lane import Lane
from tests.intake.lanes import LAYOUT, NOON, Heard, body, event, fed, intake, tick

OURS = Seal(b"a key that only foureyes knows")


def canary_intake(lanes: Sequence[str] = ("canary/0",)) -> Intake:
    """The intake of the canary's own lane."""
    lane = Lane(
        name=lanes[0],
        source=CANARY,
        connector=NATIVE,
        lanes=tuple(lanes),
        layout=LAYOUT,
        policy=Policy(),
        admits=OnlyOurs(OURS),
        is_awaited=False,
    )
    return Intake(lane, FixedClock(NOON), lambda _tree: None)


def documents(record: bytes) -> list[dict[str, Any]]:
    """The events of a canary's record."""
    return [orjson.loads(line) for line in record.splitlines()]


def refused_because(heard: Heard) -> list[tuple[str, str]]:
    """Kind and field of what was refused; nothing else may have come of it."""
    assert (heard.lines, heard.declared, heard.ticks) == ([], [], [])
    return [(each["kind"], each["field"]) for each in heard.refusals]


def test_our_own_canary_goes_in_like_any_native_event() -> None:
    """One event names its case, the other has to find it through the linker; nobody waits."""
    heard = fed(canary_intake(), write_canary(NOON, OURS))

    assert {log for log, _ in heard.events} == {JOURNAL, LINKS}
    assert {orjson.loads(line)["tenant"] for line in heard.lines} == {TENANT}
    assert (heard.refusals, heard.declared, heard.ticks) == ([], [], [])


def test_the_linker_brings_its_approval_to_its_case() -> None:
    """What the canary's intake says is enough for that, without a tick."""
    said = canary_intake().feed([Record(0, write_canary(NOON, OURS))])
    linkers = [Linker(number, LAYOUT, CODEC) for number in range(LAYOUT.links)]
    linked = [
        each
        for out in said
        if out.log == LINKS
        for each in linkers[out.partition].feed([Record(0, out.value)])
    ]

    (frame,) = [each.value.split(b"\n")[1:] for each in linked if each.log == JOURNAL]
    assert [orjson.loads(line)["case"] for line in frame] == [
        documents(write_canary(NOON, OURS))[0]["subject"]
    ]


def test_nobody_hears_from_the_canary_how_far_it_has_reported() -> None:
    """Its lane never makes a deadline fire or wait, whatever the clock says."""
    reader = canary_intake(["canary/0", "canary/1"])
    reader.feed([])

    assert list(reader.pulse(caught_up=True)) == []


@pytest.mark.parametrize(
    "told",
    [
        event(tenant=TENANT),
        event(SOURCE=CANARY),
        {**documents(write_canary(NOON, OURS))[0]},
    ],
    ids=["its tenant", "its source", "its very bytes"],
)
def test_whoever_uses_its_names_elsewhere_is_refused(told: dict[str, Any]) -> None:
    """Posted as a native event, even with a seal that was overheard: it is refused and counted."""
    reader = intake()
    ((kind, field),) = refused_because(fed(reader, body(told)))

    assert (kind, field in {"tenant", "source"}) == ("unknown_value", True)
    assert reader.counts == {"events": 0, "refused": 1, "ticks": 0}


def test_a_report_of_progress_in_its_name_is_refused() -> None:
    """Else somebody could make it a source that the others wait for."""
    assert refused_because(fed(intake(), body(tick(source=CANARY)))) == [
        ("unknown_value", "source")
    ]


def test_a_real_finding_can_not_be_hidden_by_calling_it_a_canary() -> None:
    """Beside the one that lies about its tenant the honest report is taken in as ever."""
    heard = fed(intake(), body(event("1", tenant=TENANT), event("2")))

    assert [orjson.loads(line)["id"] for line in heard.lines] == ["2"]
    assert [each["kind"] for each in heard.refusals] == ["unknown_value"]


@given(st.data())
def test_a_changed_word_breaks_the_seal(drawn: st.DataObject) -> None:
    """Whoever can write to the canary's log and lacks the key gets nothing past intake."""
    told = documents(write_canary(NOON, OURS))[drawn.draw(st.integers(0, 1))]
    name = drawn.draw(st.sampled_from(sorted(told)))
    told[name] = drawn.draw(st.text().filter(lambda text: text != told[name]))

    assert [field for _, field in refused_because(fed(canary_intake(), body(told)))] != []


@given(st.binary(min_size=16))
def test_another_key_opens_nothing(key: bytes) -> None:
    """A deployment's canary is its own; and the names of its cases can not be foreseen."""
    theirs = write_canary(NOON, Seal(key))

    assert [field for _, field in refused_because(fed(canary_intake(), theirs))] == [
        "canaryseal",
        "canaryseal",
    ]
    assert documents(theirs)[0]["subject"] != documents(write_canary(NOON, OURS))[0]["subject"]


def test_what_bears_our_seal_and_is_no_canary_is_refused() -> None:
    """The canary's lane is no back door for other events."""
    heard = fed(canary_intake(), body(OURS.on(event())))

    assert refused_because(heard) == [("unknown_value", "tenant")]


def test_a_data_directory_keeps_its_key(tmp_path: Path) -> None:
    """What was sealed before a restart is known after it; nobody else can read the key."""
    directory = tmp_path / "data"
    before = kept_seal(directory).on(event())

    assert kept_seal(directory).holds(before)
    assert (directory / KEY_FILE).stat().st_mode & 0o777 == 0o600


def test_two_canaries_are_two_cases() -> None:
    """Each has a name of its own, and the same moment gives the same one."""
    later = datetime(2026, 11, 2, 12, tzinfo=UTC) + timedelta(microseconds=1)
    names = [documents(write_canary(at, OURS))[0]["subject"] for at in (NOON, later, NOON)]

    assert names[0] == names[2] != names[1]
