"""Toy machines that any host can run: what they say can be worked out with a plain loop.

A `Folding` counts per key and chains all it has said in one hash, so a record that was lost,
doubled or out of order changes everything after it. `fold` is the plain loop to compare with.
"""

from collections.abc import Callable, Iterable, Iterator, Sequence
from hashlib import sha256

from rules.machines.contract import Machine, Output, Record
from rules.machines.shelf import Reach, Shelf

SAID = "said"
"""The log of a toy's outputs, before a test gives it a name of its own."""


class Poison(Exception):  # noqa: N818 - it is what the record is called
    """What a toy raises at a record that says `poison`."""


class Folding:
    """Counts records per key (the text before the first colon), one output a record."""

    def __init__(self, said: str, partition: int) -> None:
        self._said = said
        self._partition = partition
        self._counts: dict[str, int] = {}
        self._chain = ""
        self._changed: set[str] = set()
        self.fed = 0
        """Records this very object was fed: a restored one has been spared the rest."""

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Say one thing per record."""
        return [self._one(record) for record in records]

    def _one(self, record: Record) -> Output:
        text = record.value.decode()
        if text == "poison":
            raise Poison(f"at offset {record.offset}")
        self.fed += 1
        key = text.partition(":")[0]
        count = self._counts[key] = self._counts.get(key, 0) + 1
        self._chain = link(self._chain, text)
        self._changed.add(key)
        said = f"{text} is {key}'s {count} {self._chain}"
        return Output(self._said, self._partition, said.encode(), key=key.encode())

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """A row per key, and the chain."""
        for key in sorted(self._changed):
            yield f"count/{key}", str(self._counts[key]).encode()
        if self._changed:
            yield "chain", self._chain.encode()
        self._changed.clear()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows back."""
        for name, value in rows:
            if name == "chain":
                self._chain = value.decode()
            else:
                self._counts[name.removeprefix("count/")] = int(value)

    def head(self) -> bytes:
        """The chain: all that was ever said."""
        return self._chain.encode()


class Forgetting(Folding):
    """A toy whose state shrinks again: a key that has reached three is gone."""

    def _one(self, record: Record) -> Output:
        output = super()._one(record)
        key = record.value.decode().partition(":")[0]
        if self._counts[key] == 3:
            del self._counts[key]
        return output

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        for key in sorted(self._changed):
            count = self._counts.get(key)
            yield f"count/{key}", None if count is None else str(count).encode()
        if self._changed:
            yield "chain", self._chain.encode()
        self._changed.clear()


class PuttingAside(Folding):
    """A toy that keeps no count in memory: each is put away, and read back when it is needed."""

    put_away = ("count/",)

    def __init__(self, said: str, partition: int) -> None:
        super().__init__(said, partition)
        self._shelf = Shelf()
        self.handed: list[str] = []
        """The names of the rows that it was restored from."""

    def reach(self, rows: Reach) -> None:
        """Leave the counts to the host."""
        self._shelf.lean_on(rows)

    def _one(self, record: Record) -> Output:
        key = record.value.decode().partition(":")[0]
        row = self._shelf.get(f"count/{key}")
        self._counts = {} if row is None else {key: int(row)}
        output = super()._one(record)
        if self._counts[key] == 3:
            self._shelf.drop(f"count/{key}")
        else:
            self._shelf.put(f"count/{key}", str(self._counts[key]).encode())
        return output

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        yield from self._shelf.rows()
        yield "chain", self._chain.encode()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        for name, value in rows:
            self.handed.append(name)
            self._chain = value.decode()

    def far(self) -> list[str]:
        """The names of all counts, wherever they are."""
        return sorted(name for name, _ in self._shelf.under("count/"))


class Forgiving(Folding):
    """A toy that can go on without a record, and says by which decision it does."""

    def set_aside(self, record: Record, decision: bytes) -> list[Output]:
        """Say so in the record's place; it is part of all that was ever said."""
        said = b"without %d: %b" % (record.offset, decision)
        self._chain = link(self._chain, said.decode())
        self._counts["aside"] = self._counts.get("aside", 0) + 1
        self._changed.add("aside")
        return [Output(self._said, self._partition, said)]


class Guessing(Folding):
    """A toy with chance in it: every one that is built says something else."""

    built = 0

    def __init__(self, said: str, partition: int) -> None:
        super().__init__(said, partition)
        Guessing.built += 1
        self._salt = str(Guessing.built)

    def head(self) -> bytes:
        """Different for each object, as a machine with a random number in it would be."""
        return f"{self._chain} {self._salt}".encode()


class Ruled(Folding):
    """A toy with rules: it says of each record which version of them it went by."""

    def __init__(self, said: str, partition: int, version: str) -> None:
        super().__init__(said, partition)
        self.version = version

    def _one(self, record: Record) -> Output:
        output = super()._one(record)
        return output._replace(value=output.value + b" by " + self.version.encode())

    def adopt(self, before: str) -> list[Output]:
        """Say that others have taken over; it is part of all that was ever said."""
        text = f"{self.version} after {before}"
        self._chain = link(self._chain, text)
        self._changed.add("rules")
        self._counts["rules"] = self._counts.get("rules", 0) + 1
        return [Output(self._said, self._partition, text.encode())]


class Stamping(Folding):
    """A toy that says of each record where it lay and when the log took it."""

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Say `offset time`."""
        super().feed(records)
        stamps = [f"{record.offset} {record.at_ms}" for record in records]
        return [Output(self._said, self._partition, stamp.encode()) for stamp in stamps]


class Taking:
    """An intake: numbers what it takes, and says so again at each pulse."""

    def __init__(self, said: str, partition: int) -> None:
        self._said = said
        self._partition = partition
        self._taken = 0
        self._pulses = 0
        self._is_changed = False
        self.fed = 0

    def feed(self, records: Sequence[Record]) -> list[Output]:
        """Say one thing per record, with its number."""
        said = []
        for record in records:
            self.fed += 1
            self._taken += 1
            said.append(self._say(f"took {self._taken} {record.value.decode()}"))
        self._is_changed = True
        return said

    def pulse(self, *, caught_up: bool) -> Sequence[Output]:
        """Say how much was taken so far, and whether that was all."""
        self._pulses += 1
        return [self._say(f"pulse {self._taken} {'all' if caught_up else 'more'}")]

    def _say(self, text: str) -> Output:
        return Output(self._said, self._partition, text.encode())

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """One row: how much was taken."""
        if self._is_changed:
            yield "taken", str(self._taken).encode()
        self._is_changed = False

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Go on counting."""
        self._taken = int(dict(rows)["taken"])

    def head(self) -> bytes:
        """How much was taken."""
        return str(self._taken).encode()


def link(chain: str, text: str) -> str:
    """Add one text to a chain of hashes."""
    return sha256(f"{chain}|{text}".encode()).hexdigest()[:16]


def fold(values: Iterable[bytes], *, make: Callable[[str, int], Machine] = Folding) -> list[bytes]:
    """Say what a toy says of these values, one after the other, with no host around it."""
    machine = make(SAID, 0)
    records = (Record(offset, value) for offset, value in enumerate(values))
    return [output.value for record in records for output in machine.feed([record])]
