"""What a log says of itself, signed: its origin, its size, its root, as a C2SP signed note.

A checkpoint's text is three lines (tlog-checkpoint); a note is a text, a blank line and signature
lines (signed-note). Arithmetic and text only: how a signature is checked is handed in.
"""

import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from enum import IntEnum
from hashlib import sha256
from typing import NamedTuple

from rules.errors import FoureyesError

NOTE_BYTES_MAX = 16_384
SIGNATURES_MAX = 16
KEY_BYTES = 32
SIGNATURE_BYTES = 64
TIME_BYTES = 8
_ID_BYTES = 4
_SIZE = re.compile(r"0|[1-9]\d{0,18}")
_NAME = re.compile(r"[!-*,-~]{1,200}")
"""Printable ASCII without blanks and without `+`, which parts a key's fields."""
_LEAD = "\u2014 "
_ROOT_BYTES = 32
_LINES_OF_A_CHECKPOINT = 3

CheckSignature = Callable[[bytes, bytes, bytes], bool]
"""(public key, message, signature) → whether it is that key's signature of the message."""


class InvalidNoteError(FoureyesError, ValueError):
    """A text is no signed note, no checkpoint or no key: which it is, and what was expected."""

    def __init__(self, *, what: str, found: object, expected: str) -> None:
        self.what = what
        self.found = found
        self.expected = expected
        super().__init__(f"{what} is {found!r}; expected {expected}")


class Kind(IntEnum):
    """What a key does; the number is part of the key's id."""

    SIGNS = 1
    COSIGNS = 4


class Key(NamedTuple):
    """A public Ed25519 key under its owner's name."""

    name: str
    kind: Kind
    public: bytes

    @property
    def id(self) -> bytes:
        """The four bytes by which a signature says whose it is."""
        told = f"{self.name}\n".encode() + bytes([self.kind]) + self.public
        return sha256(told).digest()[:_ID_BYTES]

    def __str__(self) -> str:
        """As it is handed to whoever checks: name+id+key."""
        key = b64encode(bytes([self.kind]) + self.public).decode()
        return f"{self.name}+{self.id.hex()}+{key}"


class Signature(NamedTuple):
    """One signature line: the signer's name, the key's id, and what the key's kind puts there."""

    name: str
    id: bytes
    value: bytes

    def is_of(self, key: Key) -> bool:
        """Whether it says that it is this key's."""
        return self.name == key.name and self.id == key.id


class Note(NamedTuple):
    """A text that ends in a line break, and who signed it."""

    text: str
    signatures: tuple[Signature, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """How large a log is and what its root is. `origin` names the log, and no other log."""

    origin: str
    size: int
    root: bytes

    def text(self) -> str:
        """The lines that are signed."""
        return f"{self.origin}\n{self.size}\n{b64encode(self.root).decode()}\n"


def read_key(text: str) -> Key:
    """Read a key as it is written. Raises InvalidNoteError."""
    name, _, rest = text.partition("+")
    told_id, _, encoded = rest.partition("+")
    told = _decoded(encoded)
    kinds = [kind for kind in Kind if told[:1] == bytes([kind])]
    if not _NAME.fullmatch(name) or not kinds or len(told) != 1 + KEY_BYTES:
        raise InvalidNoteError(what="a key", found=text[:200], expected="NAME+ID+KEY (Ed25519)")
    key = Key(name, kinds[0], told[1:])
    if key.id.hex() != told_id:
        raise InvalidNoteError(what="a key's id", found=told_id, expected=key.id.hex())
    return key


def check_name(name: str) -> str:
    """Give a name if a key or a log may be called so. Raises InvalidNoteError."""
    if not _NAME.fullmatch(name):
        expected = "1 to 200 printable characters without blanks and without +"
        raise InvalidNoteError(what="a name", found=name, expected=expected)
    return name


# --- notes --------------------------------------------------------------------------------------


def write_note(note: Note) -> bytes:
    """Write a text and its signatures."""
    lines = (
        f"{_LEAD}{each.name} {b64encode(each.id + each.value).decode()}\n"
        for each in note.signatures
    )
    return f"{note.text}\n{''.join(lines)}".encode()


def read_note(raw: bytes) -> Note:
    """Read a note; only what `write_note` writes is one. Raises InvalidNoteError."""
    if len(raw) > NOTE_BYTES_MAX:
        raise InvalidNoteError(
            what="a note", found=f"{len(raw)} bytes", expected=f"{NOTE_BYTES_MAX} at most"
        )
    try:
        told = raw.decode()
    except UnicodeDecodeError as error:
        raise InvalidNoteError(what="a note", found="bytes", expected="UTF-8 text") from error
    text, blank, signed = told.rpartition("\n\n")
    note = Note(f"{text}\n", tuple(_signatures(signed)))
    if not blank or not note.signatures or write_note(note) != raw:
        raise InvalidNoteError(
            what="a note", found=told[:80], expected="a text, a blank line and signature lines"
        )
    return note


def _signatures(signed: str) -> Iterator[Signature]:
    lines = signed.split("\n")[:-1]
    if len(lines) > SIGNATURES_MAX:
        raise InvalidNoteError(
            what="a note", found=f"{len(lines)} signatures", expected=f"{SIGNATURES_MAX} at most"
        )
    for line in lines:
        name, _, encoded = line.removeprefix(_LEAD).partition(" ")
        told = _decoded(encoded)
        if not _NAME.fullmatch(name) or len(told) <= _ID_BYTES:
            raise InvalidNoteError(what="a signature", found=line[:80], expected="— NAME BASE64")
        yield Signature(name, told[:_ID_BYTES], told[_ID_BYTES:])


def read_checkpoint(text: str) -> Checkpoint:
    """Read a checkpoint's text. Raises InvalidNoteError."""
    lines = text.split("\n")
    if len(lines) != _LINES_OF_A_CHECKPOINT + 1 or lines[-1]:
        raise InvalidNoteError(what="a checkpoint", found=text[:80], expected="three lines")
    origin, size, encoded, _ = lines
    root = _decoded(encoded)
    if not _SIZE.fullmatch(size) or len(root) != _ROOT_BYTES:
        raise InvalidNoteError(
            what="a checkpoint", found=text[:200], expected="an origin, a size and a root"
        )
    return Checkpoint(origin=check_name(origin), size=int(size), root=root)


def _decoded(encoded: str) -> bytes:
    """Decode base64 in the one way that is written, or give nothing."""
    try:
        found = b64decode(encoded, validate=True)
    except ValueError:
        return b""
    return found if b64encode(found).decode() == encoded else b""


# --- signatures ---------------------------------------------------------------------------------


def signed_text(text: str) -> bytes:
    """What a log's key signs."""
    return text.encode()


def cosigned_text(text: str, seconds: int) -> bytes:
    """What a witness signs: that it saw this checkpoint then, and that it follows on its last."""
    return f"cosignature/v1\ntime {seconds}\n{text}".encode()


def cosignature(key: Key, seconds: int, signature: bytes) -> Signature:
    """Write a witness' signature, with the time it is made at."""
    return Signature(key.name, key.id, seconds.to_bytes(TIME_BYTES, "big") + signature)


class Checked(NamedTuple):
    """Whether a signature is the key's, and when it was made, where that is signed as well."""

    is_valid: bool
    seconds: int | None = None


def check_signature(text: str, told: Signature, key: Key, check: CheckSignature) -> Checked:
    """Check one signature of a text by the key that it names."""
    if key.kind is Kind.SIGNS:
        has_length = len(told.value) == SIGNATURE_BYTES
        return Checked(has_length and check(key.public, signed_text(text), told.value))
    if len(told.value) != TIME_BYTES + SIGNATURE_BYTES:
        return Checked(is_valid=False)
    seconds = int.from_bytes(told.value[:TIME_BYTES], "big")
    message = cosigned_text(text, seconds)
    return Checked(check(key.public, message, told.value[TIME_BYTES:]), seconds)
