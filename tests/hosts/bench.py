"""Toys on an embedded host over a directory: begun, looked at, and broken from behind."""

from collections.abc import Callable, Sequence
from pathlib import Path

from rules.machines.contract import Machine, Output
from stream.clock import FixedClock
from stream.hosts.contract import Halt, Pace, Role
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from tests.contracts.toys import SAID, Folding
from tests.hosts.judged import NOW, RECORDS_MAX

IN = "in"
PACE = Pace(batch_records=8, checkpoint_every_records=30)

Build = Callable[[int], Machine]


def folding(partition: int) -> Machine:
    """A toy that says one thing per record."""
    return Folding(SAID, partition)


class Bench:
    """One role with two partitions, and hosts for it one after the other."""

    def __init__(self, directory: Path) -> None:
        self.directory = directory
        self.clock = FixedClock(NOW)
        self.store: Store
        self.host: EmbeddedHost

    def start(self, build: Build = folding, *, pace: Pace = PACE, replayed: bool = True) -> None:
        """Open the record and a host over it."""
        self.store = Store(self.directory)
        role = Role(name="toy", log=IN, partitions=2, build=build, replayed=replayed)
        self.host = EmbeddedHost(self.store, [role], clock=self.clock, pace=pace)

    def put(self, values: Sequence[bytes], partition: int = 0) -> None:
        """Take records in, in a round of their own."""
        self.host.step([Output(IN, partition, value) for value in values])

    def work_off(self) -> None:
        """Go on until nothing is left to do."""
        while not self.host.step().is_idle:
            pass

    def said(self, partition: int = 0) -> list[bytes]:
        """What is committed."""
        return [each.value for each in self.store.read(SAID, partition, 0, RECORDS_MAX)]

    def cut(self) -> None:
        """Let go of the file and of nothing else, as a crash would."""
        self.store.close()

    def stop(self) -> None:
        """End in order."""
        self.host.close()

    def tamper(self, statement: str, *values: object) -> None:
        """Change the record behind its owner's back, while nobody is at work."""
        store = Store(self.directory)
        store._connection.execute(statement, values)
        store.close()

    @property
    def halts(self) -> list[Halt]:
        """Who has stopped."""
        return list(self.host.halts.values())

    def fill(self) -> None:
        """Let the disk be full."""
        pages = self.store._connection.execute("PRAGMA page_count").fetchone()[0]
        self.store._connection.execute(f"PRAGMA max_page_count={pages}")

    def make_room(self) -> None:
        """Let there be room again."""
        self.store._connection.execute("PRAGMA max_page_count=1000000")
