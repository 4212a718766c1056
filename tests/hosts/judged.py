"""A short journal, and hosts that judge it: what the tests of the embedded host work on."""

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

from rules.machines.contract import FINDINGS, HEALTH, JOURNAL, TRAIL, Output, Record
from rules.machines.judge import Judge
from rules.machines.records import write_policy
from rules.machines.routing import Layout
from rules.policy import Policy
from stream.canonical import CODEC
from stream.clock import Clock, FixedClock
from stream.connectors import connector
from stream.hosts.contract import Pace, Role
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.intake.intake import Intake
from stream.intake.lane import Lane
from tests.benchmarks.events import BEGIN, raw_events, tick

NOW = datetime(2026, 11, 2, tzinfo=UTC)
LANE = "iga.raw.native/0"
ONE = Layout(journal=1, links=1)
ROLE = Role(name="judge", log=JOURNAL, partitions=1, build=lambda number: Judge(number, CODEC))
LOGS = (TRAIL, FINDINGS, HEALTH)
RECORDS_MAX = 1_000_000
AT_MS = int(NOW.timestamp() * 1000)


def journal(cases: int, *, events_a_frame: int = 5) -> list[bytes]:
    """Write a journal as intake does: the policy, frames, ticks in between and one at the end."""
    raw = raw_events(cases)
    lane = Lane(
        name=LANE,
        source="native",
        connector=connector("native"),
        lanes=(LANE,),
        layout=ONE,
        policy=Policy(),
    )
    intake = Intake(lane, FixedClock(NOW), lambda _tree: None)
    said = [write_policy(CODEC, Policy())]
    for offset in range(0, len(raw), events_a_frame):
        bodies = raw[offset : offset + events_a_frame]
        if offset % 100 == 0:
            bodies.append(tick(BEGIN + timedelta(minutes=offset / 10)))
        said += [each.value for each in intake.feed([Record(offset, b"\n".join(bodies))])]
    said += [each.value for each in intake.feed([Record(0, tick(NOW))])]
    return said


def write_journal(directory: Path, records: Sequence[bytes]) -> None:
    """Put a journal into a data directory."""
    store = Store(directory)
    with store.transaction():
        store.append([Output(JOURNAL, 0, record) for record in records], AT_MS)
    store.close()


def open_judge(
    directory: Path, *, pace: Pace | None = None, clock: Clock | None = None
) -> "Judging":
    """Open a host that judges the journal of a data directory."""
    return Judging(directory, pace or Pace(), clock or FixedClock(NOW))


class Judging:
    """A host with one judge. `cut` ends it without a checkpoint, as a crash would."""

    def __init__(self, directory: Path, pace: Pace, clock: Clock) -> None:
        self.store = Store(directory)
        self.host = EmbeddedHost(self.store, [ROLE], clock=clock, pace=pace)

    def work_off(self) -> None:
        """Judge all that there is."""
        while not self.host.step().is_idle:
            pass

    def cut(self) -> None:
        """Let go of the file and of nothing else."""
        self.store.close()


def verdict(directory: Path) -> dict[str, list[bytes]]:
    """All that was said about a journal, log by log, and the head."""
    store = Store(directory, read_only=True)
    said = {log: [each.value for each in store.read(log, 0, 0, RECORDS_MAX)] for log in LOGS}
    head = store.head(ROLE.name, 0)
    store.close()
    return {**said, "head": [] if head is None else [b"%d" % head[0], head[1]]}


def verdict_of(records: Sequence[bytes]) -> dict[str, list[bytes]]:
    """What a plain loop says of a journal, with no host around it."""
    judge = Judge(0, CODEC)
    said: dict[str, list[bytes]] = {log: [] for log in LOGS}
    for offset, record in enumerate(records):
        for output in judge.feed([Record(offset, record, AT_MS)]):
            said[output.log].append(output.value)
    return {**said, "head": [b"%d" % len(records), judge.head()]}
