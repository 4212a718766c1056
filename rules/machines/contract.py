"""What a machine is to its host, and the names of the logs that lie between machines.

The host's half of the contract is `stream.hosts.contract`.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple, Protocol, runtime_checkable

from rules.events import Event
from rules.machines.shelf import Reach
from rules.policy import Policy

JOURNAL = "foureyes.journal"
LINKS = "foureyes.links"
ENTITIES = "foureyes.entities"
TRAIL = "foureyes.trail"
FINDINGS = "foureyes.findings"
HEALTH = "foureyes.health"
REFUSED = "foureyes.refused"


class Record(NamedTuple):
    """One record of a log partition; `at_ms` is when the log took it (ms since 1970)."""

    offset: int
    value: bytes
    at_ms: int = 0


class Output(NamedTuple):
    """Something a machine says: on which log, which partition, under which key."""

    log: str
    partition: int
    value: bytes
    key: bytes | None = None


class Machine(Protocol):
    """A deterministic state machine over one partition of one log.

    - `feed` applies records in order. Cutting the same records into other batches gives the same
      outputs, concatenated. It may change its state in place; after an exception the machine is
      void and is built anew by its host.
    - `changes` gives the rows of state that changed since it was last asked (None: gone).
      `restore` takes such rows, of a machine just built; feeding the records that came since then
      gives the same machine.
    - `head` is small, and differs whenever two machines have said different things: a twin that
      has replayed to the same position must have the same head.
    """

    def feed(self, records: Sequence[Record]) -> list[Output]: ...

    def changes(self) -> Iterator[tuple[str, bytes | None]]: ...

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None: ...

    def head(self) -> bytes: ...


@runtime_checkable
class Versioned(Machine, Protocol):
    """A machine whose answers depend on what is released in versions: the rules.

    Rows that another `version` has written are handed to it only at the head, so that it never
    replays what others have judged. Before it is fed it is asked once to `adopt` them: it says
    that the rules have changed, and what that changes. Then the rows are written anew.
    """

    version: str

    def adopt(self, before: str) -> list[Output]: ...


@runtime_checkable
class PuttingAway(Machine, Protocol):
    """A machine whose rows need not all be in memory (see `rules.machines.shelf`).

    Its host tells it once, before it is restored, where to `reach` the rows of all the `changes`
    that the host has taken. `restore` is handed none whose name begins with one of `put_away`.
    """

    put_away: tuple[str, ...]

    def reach(self, rows: Reach) -> None: ...


@runtime_checkable
class SettingAside(Machine, Protocol):
    """A machine that can go on without a record at which it raised.

    `set_aside` takes the place of feeding `record`, which two people have decided to leave out.
    `decision` (see `rules.machines.set_aside`) becomes an entry of the trail, here or further on.
    """

    def set_aside(self, record: Record, decision: bytes) -> list[Output]: ...


@dataclass(frozen=True, slots=True, kw_only=True)
class Codec:
    """How a machine reads and writes its records; handed in, so that `rules` needs no library.

    `write` gives canonical JSON (RFC 8785 for what we write: sorted ASCII keys, no floats) of
    mappings, sequences, strings, integers, booleans, None, aware datetimes (UTC, `Z`) and the
    domain's dataclasses with what is None or empty left out.
    """

    read_event: Callable[[bytes], Event]
    read_policy: Callable[[bytes], Policy]
    write: Callable[[object], bytes]
