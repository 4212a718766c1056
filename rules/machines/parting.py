"""Events that turned out not to be of the case they were put in: what says so, and what is kept."""

import json
from collections.abc import Iterator
from typing import Any, NamedTuple

from rules.machines.cases import case_key
from rules.machines.contract import Codec
from rules.machines.lying import Telling

PARTED = "parted/"


class Parted(NamedTuple):
    """Some events of a case are not its own, since the ids that brought them mean several cases.

    They are those of `into`, a case on the same partition of the journal. Where that is the case
    itself, they may come to it again. `because` says what was reported that makes it so.
    """

    tenant: str | None
    case: str
    into: str
    because: str
    events: tuple[Telling, ...]

    @property
    def key(self) -> str:
        """The name of the case that they are not of."""
        return case_key(self.tenant, self.case)

    @property
    def words(self) -> str:
        """What is said of every finding that this changes."""
        count = "one event" if len(self.events) == 1 else f"{len(self.events)} events"
        return f"{count} of case {self.case} may be another's, now in {self.into}: {self.because}"


def write_parted(codec: Codec, parted: Parted) -> bytes:
    """Say it to the partition of the case."""
    return codec.write({"record": "parted", **parted._asdict()})


def read_parted(header: dict[str, Any]) -> Parted:
    """Read which events are another case's."""
    return Parted(
        tenant=header.get("tenant"),
        case=header["case"],
        into=header["into"],
        because=header.get("because", ""),
        events=tuple(Telling(source, id_, tuple(links)) for source, id_, links in header["events"]),
    )


class Partings:
    """What no case may take in, and whose it is: it may still be on its way to the former.

    Of a case that was left without any event it is kept how much the ledger holds about it.
    """

    __slots__ = ("_ledger", "_touched", "_whose")

    def __init__(self) -> None:
        self._whose: dict[str, dict[Telling, str]] = {}
        """A case's key → what is told of an event → the case that it is of."""
        self._ledger: dict[str, tuple[int, bytes]] = {}
        self._touched: set[str] = set()

    def __bool__(self) -> bool:
        """Whether any event ever parted from its case."""
        return bool(self._whose)

    def whose(self, key: str, told: Telling) -> str | None:
        """Whose an event is that comes for a case; None: that case's."""
        events = self._whose.get(key)
        return None if events is None else events.get(told)

    def note(self, parted: Parted) -> None:
        """Take note of what a case may not take in, or may again."""
        key = parted.key
        events = self._whose.setdefault(key, {})
        for told in parted.events:
            if parted.into == parted.case:
                events.pop(told, None)
            else:
                events[told] = parted.into
        self._touched.add(key)

    def leave(self, key: str, entries: int, chain: bytes) -> None:
        """Keep what the ledger holds about a case of which no event is left."""
        self._ledger[key] = entries, chain
        self._touched.add(key)

    def begin(self, key: str) -> tuple[int, bytes] | None:
        """Give what the ledger holds already about a case that begins; None: nothing."""
        found = self._ledger.pop(key, None)
        if found is not None:
            self._touched.add(key)
        return found

    def rows(self, codec: Codec) -> Iterator[tuple[str, bytes]]:
        """The rows that changed since they were last asked for."""
        for key in sorted(self._touched):
            entries, chain = self._ledger.get(key, (0, b""))
            events = [[*told, into] for told, into in sorted(self._whose[key].items())]
            row = {"case": key, "ledger": [entries, chain.hex()], "events": events}
            yield PARTED + key, codec.write(row)
        self._touched.clear()

    def restore(self, row: bytes) -> None:
        """Take one row that `rows` gave."""
        told = json.loads(row)
        key, (entries, chain) = told["case"], told["ledger"]
        self._whose[key] = {
            Telling(source, id_, tuple(links)): into
            for source, id_, links, into in told.get("events", ())
        }
        if entries:
            self._ledger[key] = entries, bytes.fromhex(chain)
