"""Two cases that turned out to be one: what says so, what moves, and who follows whom."""

import json
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, NamedTuple

from rules.machines.cases import case_key
from rules.machines.contract import JOURNAL, Codec
from rules.machines.drawers import Drawer
from rules.machines.records import write_lines
from rules.machines.shelf import Shelf, compact

JOINED = "joined/"
RELAYS = "relays"
MOVED_BYTES_MAX = 600_000
"""What moves is cut into records of about this size: a broker takes a million by default."""


class Joined(NamedTuple):
    """A case is the same as another, and is judged there from now on.

    `home` is the journal partition of `case`, `there` that of `into`; both are told. `because` says
    what was reported that makes them one. A case that has been joined may be told again: then it
    goes on to another.
    """

    tenant: str | None
    case: str
    into: str
    home: int
    there: int
    because: str

    @property
    def key(self) -> str:
        """The name of the case that is judged elsewhere from now on."""
        return case_key(self.tenant, self.case)

    @property
    def words(self) -> str:
        """What is said of every finding that this changes."""
        return f"case {self.case} is the same case as {self.into}: {self.because}"


class Moved(NamedTuple):
    """What goes before the events of a joined case on their way to where they are judged.

    They are named `into` already. `is_counted`: they have been counted as recorded at home.
    """

    joined: Joined
    is_counted: bool


def write_joined(codec: Codec, joined: Joined) -> bytes:
    """Say that a case is the same as another: into both their partitions of the journal."""
    return codec.write({"record": "joined", "joined": joined._asdict()})


def read_joined(header: dict[str, Any]) -> Joined:
    """Read what makes two cases one from its header."""
    told = header["joined"]
    return Joined(
        tenant=told.get("tenant"),
        case=told["case"],
        into=told["into"],
        home=told["home"],
        there=told["there"],
        because=told["because"],
    )


def renamed(codec: Codec, lines: Iterable[bytes], case: str) -> list[bytes]:
    """Give canonical events the name of another case."""
    return [compact(codec.write({**json.loads(line), "case": case})) for line in lines]


def write_moved(codec: Codec, moved: Moved, lines: Sequence[bytes]) -> Iterator[bytes]:
    """Pack events that move, as many in a record as it takes."""
    header: dict[str, object] = {"record": "moved", "is_counted": moved.is_counted}
    header["joined"] = moved.joined._asdict()
    part: list[bytes] = []
    size = 0
    for line in lines:
        if part and size + len(line) > MOVED_BYTES_MAX:
            yield write_lines(codec, header, part)
            part, size = [], 0
        part.append(line)
        size += len(line)
    yield write_lines(codec, header, part)


def read_moved(header: dict[str, Any]) -> Moved:
    """Read what goes before events that have moved."""
    return Moved(read_joined(header), header["is_counted"])


class Joins:
    """The cases of a partition that are judged elsewhere, and the partitions that rely on it.

    A partition that takes over cases of ours may judge nothing absent before we have passed on
    what we have: so it is told how far everybody has come here.
    """

    __slots__ = ("_follows", "_is_changed", "relays")

    def __init__(self, shelf: Shelf, codec: Codec) -> None:
        self._follows: Drawer[Joined] = Drawer(shelf, JOINED, codec, _read_kept)
        self._is_changed = False
        self.relays: list[int] = []
        """The other partitions that judge cases of ours, in order."""

    def __bool__(self) -> bool:
        """Whether any case of the partition is judged elsewhere."""
        return bool(self._follows.count)

    def get(self, key: str) -> Joined | None:
        """Where a case is judged, if not as itself."""
        return self._follows.get(key)

    def told(self) -> Iterator[Joined]:
        """Everything that is known, in the order of the cases' names."""
        return (joined for _, joined in sorted(self._follows.every()))

    def add(self, joined: Joined) -> bool:
        """Take note; whether its new partition has not relied on this one before."""
        self._follows.put(joined.key, joined)
        self._is_changed = True
        return self._rely(joined)

    def _rely(self, joined: Joined) -> bool:
        if joined.there == joined.home or joined.there in self.relays:
            return False
        self.relays = sorted([*self.relays, joined.there])
        return True

    def rows(self, codec: Codec) -> Iterator[tuple[str, bytes]]:
        """The row of what is not put away, if it has changed since it was last asked for."""
        if self._is_changed:
            yield RELAYS, codec.write({"cases": self._follows.count, "to": self.relays})
        self._is_changed = False

    def restore(self, row: bytes) -> None:
        """Take the row that `rows` gave."""
        told = json.loads(row)
        self._follows.count, self.relays = told["cases"], told.get("to", [])

    def take_stock(self) -> None:
        """Count what is there: who wrote it before anything was put away did not tell."""
        found = self._follows.every()
        self._follows.count = len(found)
        for _, joined in found:
            self._rely(joined)
        self._is_changed = bool(found)


def _read_kept(told: Any) -> Joined:
    # It was the whole record before it was a list.
    return Joined(*told) if isinstance(told, list) else read_joined(told)


def through_judge(lane: str, partition: int) -> str:
    """Name the lane in which a judge tells another how far a lane has come before it."""
    return f"{lane}>{JOURNAL}/{partition}"


def is_through_judge(lane: str) -> bool:
    """Whether a lane is one that another judge tells of."""
    return f">{JOURNAL}/" in lane
