"""A role under another name, over logs of other names: so that many runs share a broker."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from rules.machines.contract import Machine, Output, Record
from stream.hosts.contract import Pulsed, Role


def under_other_names(role: Role, prefix: str, names: Mapping[str, str]) -> Role:
    """Give the same role, reading and writing logs by their other names."""

    def build(partition: int) -> Machine:
        machine = role.build(partition)
        kind = RenamedPulsed if isinstance(machine, Pulsed) else Renamed
        return kind(machine, names)

    return replace(role, name=f"{prefix}.{role.name}", log=names[role.log], build=build)


class Renamed:
    """A machine whose outputs go to logs of other names."""

    def __init__(self, machine: Machine, names: Mapping[str, str]) -> None:
        self._machine = machine
        self._names = names

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Apply records in order."""
        return self._renamed(self._machine.feed(records))

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows of state that changed."""
        return self._machine.changes()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take rows that `changes` gave."""
        self._machine.restore(rows)

    def head(self) -> bytes:
        """What differs between two machines that have said different things."""
        return self._machine.head()

    def _renamed(self, outputs: Sequence[Output]) -> list[Output]:
        return [Output(self._names[o.log], o.partition, o.value, o.key) for o in outputs]


class RenamedPulsed(Renamed):
    """The same, of one that is moved by the clock."""

    def pulse(self, *, caught_up: bool) -> Sequence[Output]:
        """Say up to when the sources have reported."""
        assert isinstance(self._machine, Pulsed)
        return self._renamed(self._machine.pulse(caught_up=caught_up))
