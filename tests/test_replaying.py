"""Files through the same machines, whatever state the files are in."""

import gzip
from pathlib import Path

import pytest

from rules.machines.contract import Output
from rules.policy import Policy
from stream.clock import SystemClock
from stream.connectors import connector
from stream.intake.files import UnreadableFileError
from stream.replaying import Replay
from tests.benchmarks.events import raw_events


def replay(listen: list[Output]) -> Replay:
    """A replay of native events under the built-in policy."""
    return Replay(
        connector=connector("native"),
        clock=SystemClock(),
        policy=Policy(),
        stamp=lambda _: None,
        listen=listen.append,
    )


def test_what_stands_before_the_place_where_a_file_breaks_off_is_recorded(tmp_path: Path) -> None:
    """A download was cut: its first half is judged, and the error says where it ended."""
    lines = raw_events(200)
    whole = gzip.compress(b"\n".join(lines))
    cut = tmp_path / "cut.jsonl.gz"
    cut.write_bytes(whole[: len(whole) // 2])
    replayed = replay([])

    with pytest.raises(UnreadableFileError, match=r"can not be read after line \d+") as broken:
        replayed.run([str(cut)])

    assert 0 < replayed.counts()["events"] == broken.value.line < len(lines)
    assert sum(replayed.host.judge.tally.recorded.values()) == broken.value.line
