"""What a witness does: it cosigns a checkpoint only if the log goes on from what it cosigned last.

The interface is C2SP's tlog-witness: `add` takes the body of `POST /add-checkpoint` and gives the
answer. Everything a witness believes is in its directory: its key, and per log one note.
"""

import os
import re
from base64 import b64decode, b64encode
from collections.abc import Callable, Sequence
from enum import StrEnum
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from rules.ledger.checkpoint import (
    Checkpoint,
    InvalidNoteError,
    Key,
    Note,
    cosignature,
    cosigned_text,
    read_checkpoint,
    read_note,
    write_note,
)
from rules.ledger.proofs import TREE_LEVELS_MAX, InvalidProofError, check_consistency
from rules.ledger.tree import EMPTY_ROOT
from stream.archive.keys import PrivateKey, is_signed_by

BODY_BYTES_MAX = 32_768
CONFLICT = 409
"""The answer that tells the size which was cosigned last."""
_OLD = re.compile(r"old (0|[1-9]\d{0,18})")


class Refused(StrEnum):
    """Why a checkpoint is not cosigned. The last three say that the log is not what it was."""

    MALFORMED = "malformed"
    UNKNOWN_LOG = "unknown_log"
    UNKNOWN_KEY = "unknown_key"
    STALE = "stale"
    ROLLED_BACK = "rolled_back"
    FORKED = "forked"
    UNPROVEN = "unproven"

    @property
    def is_alarming(self) -> bool:
        """Whether somebody has to look at that log."""
        return self in (Refused.ROLLED_BACK, Refused.FORKED, Refused.UNPROVEN)


_STATUS = {
    Refused.MALFORMED: 400,
    Refused.UNKNOWN_LOG: 404,
    Refused.UNKNOWN_KEY: 403,
    Refused.STALE: CONFLICT,
    Refused.ROLLED_BACK: CONFLICT,
    Refused.FORKED: CONFLICT,
    Refused.UNPROVEN: 422,
}


class Answer(NamedTuple):
    """An HTTP status and text; why nothing was cosigned, if so; and of which log it is about."""

    status: int
    text: str
    refused: Refused | None = None
    origin: str = ""


class Asked(NamedTuple):
    """What a log asks: cosign this, which goes on from size `old`, as `proof` shows."""

    old: int
    proof: list[bytes]
    note: Note
    checkpoint: Checkpoint


class Witness:
    """One witness: its keys, the logs it knows by their keys, and what it cosigned last."""

    def __init__(
        self,
        directory: Path,
        signers: Sequence[PrivateKey],
        logs: Sequence[Key],
        seconds: Callable[[], int],
    ) -> None:
        """`seconds` gives the time, in seconds since 1970."""
        self._directory = directory
        self._signers = signers
        self._logs = logs
        self._seconds = seconds

    def add(self, body: bytes) -> Answer:
        """Cosign, or say why not. What is cosigned is on disk before the answer is given."""
        try:
            asked = read_request(body)
        except (InvalidNoteError, ValueError) as error:
            return Answer(_STATUS[Refused.MALFORMED], f"{error}\n", Refused.MALFORMED)
        origin = asked.checkpoint.origin
        known = self.known(origin)
        refused = self._refusal(asked, known)
        if refused is None:
            return Answer(200, self._cosign(asked), None, origin)
        if refused.is_alarming:
            # Two notes that the same key has signed, and that can not both be true.
            self._keep(origin, "refused", asked.note)
        told = f"{known.size}\n" if _STATUS[refused] == CONFLICT else f"{refused}\n"
        return Answer(_STATUS[refused], told, refused, origin)

    def known(self, origin: str) -> Checkpoint:
        """The checkpoint of a log that was cosigned last; an empty log where there was none."""
        path = self._path(origin, "note")
        if not path.exists():
            return Checkpoint(origin=origin, size=0, root=EMPTY_ROOT)
        return read_checkpoint(read_note(path.read_bytes()).text)

    def _refusal(self, asked: Asked, known: Checkpoint) -> Refused | None:
        origin = asked.checkpoint.origin
        keys = [key for key in self._logs if f"{origin}/".startswith(f"{key.name}/")]
        if not keys:
            return Refused.UNKNOWN_LOG
        if not any(is_signed_by(asked.note, key) for key in keys):
            return Refused.UNKNOWN_KEY
        return _break(asked, known)

    def _cosign(self, asked: Asked) -> str:
        seconds, text = self._seconds(), asked.note.text
        made = tuple(
            cosignature(each.key, seconds, each.sign(cosigned_text(text, seconds)))
            for each in self._signers
        )
        self._keep(asked.checkpoint.origin, "note", Note(text, (*asked.note.signatures, *made)))
        lines = write_note(Note(text, made)).decode()
        return lines[len(text) + 1 :]

    # --- what is kept -----------------------------------------------------------------------

    def _path(self, origin: str, kind: str) -> Path:
        return self._directory / f"{sha256(origin.encode()).hexdigest()}.{kind}"

    def _keep(self, origin: str, kind: str, note: Note) -> None:
        path = self._path(origin, kind)
        made = path.with_suffix(".new")
        with made.open("wb") as file:
            file.write(write_note(note))
            file.flush()
            os.fsync(file.fileno())
        made.replace(path)
        directory = os.open(self._directory, os.O_RDONLY)
        os.fsync(directory)
        os.close(directory)


def _break(asked: Asked, known: Checkpoint) -> Refused | None:
    """Where a log does not go on from what was cosigned last."""
    new = asked.checkpoint
    if new.size < known.size:
        return Refused.ROLLED_BACK
    if new.size == known.size and new.root != known.root:
        return Refused.FORKED
    if asked.old != known.size:
        return Refused.STALE
    try:
        check_consistency((known.size, known.root), (new.size, new.root), asked.proof)
    except InvalidProofError:
        return Refused.UNPROVEN
    return None


def read_request(body: bytes) -> Asked:
    """Read `old SIZE`, proof lines, a blank line, a note. Raises InvalidNoteError, ValueError."""
    head, blank, note = body.partition(b"\n\n")
    first, *lines = head.decode("ascii").split("\n")
    old = _OLD.fullmatch(first)
    if not blank or old is None:
        raise InvalidNoteError(what="a request", found=first[:80], expected="old SIZE")
    if len(lines) > TREE_LEVELS_MAX:
        raise InvalidNoteError(
            what="a proof", found=f"{len(lines)} lines", expected=f"{TREE_LEVELS_MAX} at most"
        )
    read = read_note(note)
    proof = [b64decode(line, validate=True) for line in lines]
    return Asked(int(old[1]), proof, read, read_checkpoint(read.text))


def write_request(old: int, proof: Sequence[bytes], note: Note) -> bytes:
    """Write what `read_request` reads."""
    lines = b"".join(b"%s\n" % b64encode(each) for each in proof)
    return b"old %d\n%s\n%s" % (old, lines, write_note(note))
