"""What the linker is told that it can not use stops it with a reason, or does nothing."""

import pytest

from rules.errors import UnreadableRecordError
from rules.events import Action
from rules.machines.contract import Record
from rules.machines.linker import Linker
from rules.machines.records import write_names, write_ticks
from rules.machines.routing import Layout
from stream.canonical import CODEC
from tests.reference.telling import frame
from tests.rules.machines.small_world import at, step, tick

LAYOUT = Layout(journal=2, links=1)


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


def test_the_first_case_keeps_the_link() -> None:
    """Two cases claim one execution: what came in between does not change sides."""
    linker = told(
        write_names(CODEC, None, "x:1", "REQ-1"), write_names(CODEC, None, "x:1", "REQ-2")
    )

    (output,) = linker.feed(
        [Record(2, frame(step(1, 0, Action.STEP_RECORDED, case=None, links=("x:1",))))]
    )

    assert b'"case":"REQ-1"' in output.value


def test_a_tick_goes_to_every_partition_of_the_journal() -> None:
    """A case may be on any of them."""
    out = told().feed([Record(0, tick("raw/0", 5))])

    assert [output.partition for output in out] == [0, 1]
    assert len({output.value for output in out}) == 1
    assert f"{at(5):%Y-%m-%dT%H:%M:%SZ}".encode() in out[0].value
