"""Frames: as many events as fit, none lost, none out of order, none too large for a broker."""

from collections import defaultdict

from hypothesis import given, settings
from hypothesis import strategies as st

from rules.machines.contract import Output
from rules.machines.routing import partition_of_case
from stream.intake.frames import FRAME_BYTES_MAX, FRAME_EVENTS_MAX, Frames
from tests.intake.lanes import LAYOUT

BROKER_BYTES_MAX = 1_048_588

sizes = st.lists(st.integers(2, 2000) | st.integers(200_000, 900_000), min_size=1, max_size=60)


def framed(lines: list[tuple[bytes, str]]) -> list[Output]:
    """Frame these lines, each of a case."""
    frames = Frames("raw/0", LAYOUT)
    full = [frames.add(line, None, case) for line, case in lines]
    return [*(each for each in full if each is not None), *frames.flush()]


@settings(max_examples=40, deadline=None)
@given(sizes, st.integers(1, 4))
def test_every_line_leaves_in_its_partition_in_order(lengths: list[int], cases: int) -> None:
    """Whatever the sizes; no record is larger than a broker takes by default."""
    lines = [
        (b"%d" % number + b"x" * length, f"REQ-{number % cases}")
        for number, length in enumerate(lengths)
    ]
    expected: dict[int, list[bytes]] = defaultdict(list)
    found: dict[int, list[bytes]] = defaultdict(list)
    for line, case in lines:
        expected[partition_of_case(None, case, LAYOUT.journal)].append(line)
    for output in framed(lines):
        header, *told = output.value.split(b"\n")
        assert header == b'{"lane":"raw/0","record":"events"}'
        assert len(output.value) < BROKER_BYTES_MAX
        found[output.partition] += told

    assert found == expected


def test_a_frame_is_closed_when_it_holds_enough_events() -> None:
    """Full frames leave at once; the rest leaves with the batch."""
    frames = framed([(b"{}", "REQ-1")] * (2 * FRAME_EVENTS_MAX + 1))

    assert [frame.value.count(b"\n") for frame in frames] == [FRAME_EVENTS_MAX, FRAME_EVENTS_MAX, 1]


def test_a_frame_is_closed_before_it_is_too_large() -> None:
    """Three events of two fifths of the limit: two together, and one."""
    frames = framed([(b"x" * (FRAME_BYTES_MAX * 2 // 5), "REQ-1")] * 3)

    assert [frame.value.count(b"\n") for frame in frames] == [2, 1]


def test_one_event_beyond_the_limit_leaves_alone() -> None:
    """An event as large as a body may be: it is not held up, and holds up no other."""
    large = b"x" * (FRAME_BYTES_MAX + 1)
    frames = framed([(b"a", "REQ-1"), (large, "REQ-1"), (b"b", "REQ-1")])

    assert [frame.value.split(b"\n")[1:] for frame in frames] == [[b"a"], [large], [b"b"]]
