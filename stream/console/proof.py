"""What the archive can show of a case: each entry in its place under a signed checkpoint."""

from typing import NamedTuple

from rules.ledger.checkpoint import read_checkpoint, read_note
from rules.ledger.proofs import prove_inclusion, root_of_inclusion
from rules.ledger.tree import leaf_hash
from stream.archive.reader import Archive
from stream.exports.hearing import Heard, Problem

COSIGNATURE_BYTES = 72
"""A cosignature is a time and a signature: longer than a signature alone."""


class Proof(NamedTuple):
    """How many of a case's entries are proven to be under a checkpoint, and whose that is.

    `log` is None where nothing has been signed yet. `proven` entries lead to the checkpoint's
    root; those of `later` came after it; what is neither does not lead there. `problems` is what
    does not join when the case is judged again.
    """

    log: str | None
    size: int
    signed_by: tuple[str, ...]
    cosigned_by: tuple[str, ...]
    entries: int
    proven: int
    later: int
    problems: tuple[Problem, ...]

    @property
    def is_whole(self) -> bool:
        """Whether nothing speaks against it."""
        return not self.problems and self.proven + self.later == self.entries


def proof_of(archive: Archive, case: int, heard: Heard) -> Proof:
    """Prove each entry of a case anew. Whether a key is the right one, its reader has to know."""
    partition = archive.partition_of(case)
    problems = tuple(heard.problems)
    raw = archive.checkpoint(partition)
    if raw is None:
        count = len(heard.entries)
        return Proof(None, 0, (), (), count, 0, count, problems)
    note = read_note(raw.encode())
    checkpoint, node = read_checkpoint(note.text), archive.node(partition)
    proven = later = 0
    for entry in heard.entries:
        if entry.number >= checkpoint.size:
            later += 1
            continue
        path = prove_inclusion(entry.number, checkpoint.size, node)
        hashed = leaf_hash(entry.body)
        root = root_of_inclusion(hashed, entry.number, checkpoint.size, path)
        proven += root == checkpoint.root
    witnesses = {e.name for e in note.signatures if len(e.value) == COSIGNATURE_BYTES}
    return Proof(
        log=checkpoint.origin,
        size=checkpoint.size,
        signed_by=tuple(e.name for e in note.signatures if e.name not in witnesses),
        cosigned_by=tuple(sorted(witnesses)),
        entries=len(heard.entries),
        proven=proven,
        later=later,
        problems=problems,
    )
