"""What lies in a state partition: the head, the last checkpoint's position, and rows of state.

| key | value | written |
|---|---|---|
| `head` | `{"digest":…,"number":…,"position":…,"rules":…}` | with every batch |
| `checkpoint` | `{"number":…,"position":…}` | in the transaction that writes changed rows |
| `row/…` | a row, as its machine wrote it; null: gone | with a checkpoint |

The topic is compacted: of each key only the latest value counts. Positions are offsets of the
input, the next one to be fed; `number` counts the batches committed since the beginning.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar

import msgspec

from rules.errors import UnreadableRecordError

HEAD = b"head"
CHECKPOINT = b"checkpoint"
_ROW = b"row/"

Kept = TypeVar("Kept", "Head", "Checkpoint")


@dataclass(frozen=True, slots=True, kw_only=True)
class Head:
    """Up to where a partition is done, by which rules, and a digest of what was said by then."""

    position: int
    number: int
    digest: str
    rules: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """The position at which the rows stand, and the batch after which they were written."""

    position: int
    number: int


@dataclass(slots=True)
class State:
    """A state partition, folded. Both records are None where nothing was ever committed."""

    head: Head | None = None
    checkpoint: Checkpoint | None = None
    rows: dict[bytes, bytes] = field(default_factory=dict)

    def apply(self, key: bytes | None, value: bytes | None) -> None:
        """Fold one record in. Raises UnreadableRecordError."""
        if key == HEAD:
            self.head = _read(value, Head)
        elif key == CHECKPOINT:
            self.checkpoint = _read(value, Checkpoint)
        elif key is None or not key.startswith(_ROW):
            raise UnreadableRecordError(
                what="a state record's key", found=key, expected="head, checkpoint or row/…"
            )
        elif value is None:
            self.rows.pop(key, None)
        else:
            self.rows[key] = value

    def in_order(self) -> Iterator[tuple[str, bytes]]:
        """Give the rows by key. Compaction moves rows about, and no machine must see that."""
        for key in sorted(self.rows):
            yield key[len(_ROW) :].decode(), self.rows[key]


def row_key(key: str) -> bytes:
    """Name a machine's row in the state partition."""
    return _ROW + key.encode()


def digest(head: bytes) -> str:
    """Digest a machine's head, so that a head record stays small whatever the machine."""
    return sha256(head).hexdigest()


def write(record: Head | Checkpoint) -> bytes:
    """Write a head or checkpoint record."""
    return msgspec.json.encode(record, order="sorted")


def _read(value: bytes | None, kind: type[Kept]) -> Kept:
    try:
        return msgspec.json.decode(value or b"", type=kind)
    except (msgspec.DecodeError, ValueError) as error:
        raise UnreadableRecordError(
            what=f"a {kind.__name__.lower()} record", found=value, expected=str(error)
        ) from error
