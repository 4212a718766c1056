"""Whom whoever checks an export trusts: keys, until when, and checkpoints seen earlier."""

from collections.abc import Iterator, Sequence
from datetime import UTC, datetime
from typing import NamedTuple

from rules.ledger.checkpoint import (
    Checked,
    Checkpoint,
    InvalidNoteError,
    Key,
    Kind,
    Note,
    Signature,
    check_signature,
    read_key,
)
from stream.archive.keys import check_ed25519
from stream.exports.defects import Report

_UNTIL = " until "


class Trusted(NamedTuple):
    """A key, and until when it was to be trusted (None: it still is)."""

    key: Key
    until: datetime | None = None

    def was_expired(self, at: datetime) -> bool:
        """Whether it was no longer to be trusted then."""
        return self.until is not None and at >= self.until


def read_trusted(line: str) -> Trusted:
    """Read `NAME+ID+KEY` or `NAME+ID+KEY until TIME`. Raises InvalidNoteError."""
    text, has_end, end = line.partition(_UNTIL)
    if not has_end:
        return Trusted(read_key(text))
    try:
        until = datetime.fromisoformat(end)
    except ValueError as error:
        raise InvalidNoteError(
            what="a key's end", found=end, expected="a time, like 2027-01-01"
        ) from error
    return Trusted(read_key(text), until if until.tzinfo else until.replace(tzinfo=UTC))


class Trust:
    """Checks what signs and cosigns by the keys that are trusted, and reports."""

    def __init__(self, trusted: Sequence[Trusted], held: Sequence[Checkpoint] = ()) -> None:
        self._signers = [each for each in trusted if each.key.kind is Kind.SIGNS]
        self._witnesses = [each for each in trusted if each.key.kind is Kind.COSIGNS]
        self.held = held

    def check(self, note: Note, where: str, at: datetime, report: Report) -> list[str]:
        """Check a note's signatures; the names under which it is validly signed."""
        valid = []
        for each in self._signers:
            for told in note.signatures:
                if not told.is_of(each.key):
                    continue
                if not _checked(note, told, each.key).is_valid:
                    report.defect("signature", where, f"it is not signed by {each.key.name}")
                elif each.was_expired(at):
                    words = f"signed for {at:%Y-%m-%d}; {each.key.name} ended {each.until:%Y-%m-%d}"
                    report.defect("key-expired", where, words)
                else:
                    valid.append(each.key.name)
        if not valid and not any(self._is_named(told) for told in note.signatures):
            signers = ", ".join(f"{each.name} ({each.id.hex()})" for each in note.signatures)
            given = "; no key was given" if not self._signers else ""
            report.unknown("key-unknown", where, f"signed by {signers}{given}")
        return valid

    def _is_named(self, told: Signature) -> bool:
        return any(told.is_of(each.key) for each in self._signers)

    def check_witnesses(self, notes: dict[str, Note], log: str, report: Report) -> None:
        """Hold each witness to have seen one of a log's checkpoints, and no false word of it."""
        for each in self._witnesses:
            seen = list(self._seen(each, notes, report))
            if not any(checked.is_valid for checked in seen):
                report.defect("not-cosigned", log, f"{each.key.name} has cosigned no checkpoint")

    def _seen(self, witness: Trusted, notes: dict[str, Note], report: Report) -> Iterator[Checked]:
        for where, note in notes.items():
            for told in note.signatures:
                if not told.is_of(witness.key):
                    continue
                checked = _checked(note, told, witness.key)
                if not checked.is_valid:
                    words = f"{witness.key.name} cosigned something else than this"
                    report.defect("cosignature", where, words)
                elif _is_late(witness, checked):
                    report.defect("key-expired", where, f"{witness.key.name} had ended")
                yield checked


def _checked(note: Note, told: Signature, key: Key) -> Checked:
    return check_signature(note.text, told, key, check_ed25519)


def _is_late(witness: Trusted, checked: Checked) -> bool:
    try:
        at = datetime.fromtimestamp(checked.seconds or 0, UTC)
    except (ValueError, OverflowError, OSError):
        return True
    return witness.was_expired(at)
