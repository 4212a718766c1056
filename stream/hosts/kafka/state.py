"""What lies in a state partition: the head, the last checkpoint's position, and rows of state.

| key | value | written |
|---|---|---|
| `head` | `{"digest":…,"number":…,"position":…,"rules":…}` | with every batch |
| `checkpoint` | `{"number":…,"position":…}` | in the transaction that writes changed rows |
| `aside/<offset>` | a `Decision`: that record is left out | when decided, and once it is done |
| `row/…` | a row, as its machine wrote it; null: gone | with a checkpoint |

The topic is compacted: of each key only the latest value counts. Positions are offsets of the
input, the next one to be fed; `number` counts the batches committed since the beginning.
"""

from dataclasses import dataclass, field
from hashlib import sha256
from typing import TypeVar

import msgspec

from rules.errors import UnreadableRecordError
from stream.hosts.setting_aside import Decision

HEAD = b"head"
CHECKPOINT = b"checkpoint"
_ROW = b"row/"
_ASIDE = b"aside/"

Kept = TypeVar("Kept", "Head", "Checkpoint", "Aside")


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


@dataclass(frozen=True, slots=True, kw_only=True)
class Aside:
    """A decision as it is kept (see `stream.hosts.setting_aside.Decision`)."""

    offset: int
    digest: str
    entry: str
    is_applied: bool


@dataclass(slots=True)
class State:
    """A state partition, folded. Both records are None where nothing was ever committed.

    `rows` are those that were read since they were last taken; None: gone.
    """

    head: Head | None = None
    checkpoint: Checkpoint | None = None
    rows: dict[str, bytes | None] = field(default_factory=dict)
    decisions: dict[int, Decision] = field(default_factory=dict)

    def apply(self, key: bytes | None, value: bytes | None) -> None:
        """Fold one record in. Raises UnreadableRecordError."""
        if key == HEAD:
            self.head = _read(value, Head)
        elif key == CHECKPOINT:
            self.checkpoint = _read(value, Checkpoint)
        elif key is not None and key.startswith(_ASIDE):
            decision = read_decision(value)
            self.decisions[decision.offset] = decision
        elif key is None or not key.startswith(_ROW):
            raise UnreadableRecordError(
                what="a state record's key",
                found=key,
                expected="head, checkpoint, aside/… or row/…",
            )
        else:
            self.rows[_read_name(key)] = value

    def take_rows(self) -> dict[str, bytes | None]:
        """Take out the rows that were read."""
        rows, self.rows = self.rows, {}
        return rows


def _read_name(key: bytes) -> str:
    try:
        return key[len(_ROW) :].decode()
    except UnicodeDecodeError as error:
        raise UnreadableRecordError(
            what="the name of a row", found=key, expected=str(error)
        ) from error


def row_key(key: str) -> bytes:
    """Name a machine's row in the state partition."""
    return _ROW + key.encode()


def is_decision(key: bytes | None) -> bool:
    """Whether the value under a key is a decision."""
    return key is not None and key.startswith(_ASIDE)


def write_decision(decision: Decision) -> tuple[bytes, bytes]:
    """Write a decision: its key, which only this one has, and its value."""
    kept = Aside(
        offset=decision.offset,
        digest=decision.digest,
        entry=decision.entry.decode(),
        is_applied=decision.is_applied,
    )
    return b"%b%d" % (_ASIDE, decision.offset), msgspec.json.encode(kept, order="sorted")


def read_decision(value: bytes | None) -> Decision:
    """Read a decision. Raises UnreadableRecordError."""
    kept = _read(value, Aside)
    return Decision(
        offset=kept.offset,
        digest=kept.digest,
        entry=kept.entry.encode(),
        is_applied=kept.is_applied,
    )


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
