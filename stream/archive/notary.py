"""Signs what the archive has: a checkpoint per partition, by every key that is in force."""

from collections.abc import Iterator, Sequence

from rules.ledger.checkpoint import (
    Checkpoint,
    Key,
    Note,
    Signature,
    read_checkpoint,
    read_note,
    signed_text,
    write_note,
)
from rules.ledger.proofs import prove_consistency, range_root
from stream.archive.keys import Signer, is_signed_by
from stream.archive.reader import Archive, Log
from stream.archive.schema import ArchiveError


class SetBackError(ArchiveError):
    """The archive does not go on from what was signed last."""

    is_defect = True


class Notary:
    """Issues checkpoints for an archive. The log's origin is `name/PARTITION`."""

    def __init__(self, archive: Archive, name: str, signers: Sequence[Signer]) -> None:
        self._archive = archive
        self.name = name
        self._signers = signers

    @property
    def keys(self) -> list[Key]:
        """The keys that sign, the present one first."""
        return [signer.key for signer in self._signers]

    def sign(self, text: str) -> Note:
        """Sign a text by every key."""
        return Note(text, tuple(self._signatures(text)))

    def issue(self) -> dict[int, Note]:
        """Give a checkpoint of every partition as it stands, new only where something is new."""
        return {log.partition: self._of(log) for log in self._archive.logs()}

    def origin(self, partition: int) -> str:
        """What the log of a partition is called."""
        return f"{self.name}/{partition}"

    def _of(self, log: Log) -> Note:
        text = Checkpoint(origin=self.origin(log.partition), size=log.size, root=log.root).text()
        kept: tuple[Signature, ...] = ()
        last = self._archive.checkpoint(log.partition)
        if last is not None:
            known = read_note(last.encode())
            self._check(log, known)
            if known.text == text and self._is_by_all(known):
                return known
            kept = self._kept(known) if known.text == text else ()
        note = Note(text, (*self._signatures(text), *kept))
        self._archive.keep_checkpoint(log.partition, log.size, write_note(note).decode())
        return note

    def _check(self, log: Log, known: Note) -> None:
        """Sign nothing that does not follow on what was signed last."""
        signed = read_checkpoint(known.text)
        begins = signed.size <= log.size and signed.root == range_root(
            0, signed.size, self._archive.node(log.partition)
        )
        if not begins:
            raise SetBackError(
                where=f"partition {log.partition} of the archive",
                found=f"{log.size} entries that do not begin with the {signed.size} signed last",
                expected="a log that only grows: it was set back, or changed by hand",
            )

    def _kept(self, known: Note) -> tuple[Signature, ...]:
        """What others have signed stays, whoever of us signs now."""
        return tuple(each for each in known.signatures if each.name != self.name)

    def _is_by_all(self, note: Note) -> bool:
        return all(is_signed_by(note, key) for key in self.keys)

    def _signatures(self, text: str) -> Iterator[Signature]:
        for signer in self._signers:
            yield Signature(signer.key.name, signer.key.id, signer.sign(signed_text(text)))


def consistency(archive: Archive, partition: int, old: int, new: int) -> list[bytes]:
    """The proof that a partition's log of `new` entries begins with that of `old` entries."""
    return prove_consistency(old, new, archive.node(partition))
