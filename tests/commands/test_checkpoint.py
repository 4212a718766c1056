"""`foureyes checkpoint`: where each machine stands, written down; nothing to replay afterwards."""

import os
from contextlib import closing
from pathlib import Path

import pytest

from rules.machines.contract import Output
from rules.policy import Policy
from stream.cli import main
from stream.clock import SystemClock
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.running.embedded import LAYOUT, RAW_PARTITIONS, check_layout
from stream.running.roles import Plan, roles_of
from stream.topics import raw_topic
from tests.benchmarks.events import raw_events


@pytest.fixture
def directory(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A data directory, and no other setting."""
    for name in list(os.environ):
        if name.startswith("FOUREYES_"):
            monkeypatch.delenv(name)
    monkeypatch.setenv("FOUREYES_DATA", str(tmp_path / "data"))
    monkeypatch.setenv("FOUREYES_SOURCES", "native")
    return tmp_path / "data"


def work_and_die(directory: Path) -> None:
    """Take some events in and judge them, and end without a word."""
    plan = Plan(
        sources={"native": "native"},
        layout=LAYOUT,
        raw_partitions=RAW_PARTITIONS,
        policy=Policy(),
        stamp=lambda _: None,
        clock=SystemClock(),
    )
    store = Store(directory)
    check_layout(store, directory, LAYOUT)
    host = EmbeddedHost(store, roles_of(plan), clock=SystemClock())
    host.step([Output(raw_topic("native"), 0, b"\n".join(raw_events(20)))])
    store.close()


def test_after_a_crash_it_leaves_nothing_to_replay(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Every machine that replays stands in its checkpoint where it stands in the record."""
    work_and_die(directory)
    code = main(["checkpoint"])
    told = capsys.readouterr().out.splitlines()
    with closing(Store(directory, read_only=True)) as store:
        heads = [store.head("judge", each) for each in range(LAYOUT.journal)]
        stands = [store.checkpoint("judge", each)[0] for each in range(LAYOUT.journal)]

    assert code == 0
    assert stands == [head.position for head in heads if head]
    assert [each for each in told if each.startswith("judge")] == [
        f"judge {number} at record {position}: written" for number, position in enumerate(stands)
    ]
    assert min(stands) > 0


def test_a_directory_without_a_record_is_left_as_it_is(
    directory: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is begun by looking."""
    code = main(["checkpoint"])

    assert code == 2
    assert f"{directory}: no foureyes.sqlite3" in capsys.readouterr().err
    assert not directory.exists()
