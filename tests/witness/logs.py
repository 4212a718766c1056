"""A log as a witness sees it: checkpoints that its key has signed, and proofs between them."""

from collections.abc import Sequence
from dataclasses import dataclass

from rules.ledger.checkpoint import Checkpoint, Note, Signature, signed_text
from rules.ledger.proofs import prove_consistency, range_root
from rules.ledger.tree import leaf_hash, node_hash
from stream.archive.keys import PrivateKey
from stream.witness.witness import write_request


@dataclass(frozen=True)
class SignedLog:
    """Leaves, and who signs for them."""

    key: PrivateKey
    leaves: Sequence[bytes]
    origin: str

    def node(self, level: int, number: int) -> bytes:
        """The hash of a full subtree."""
        if not level:
            return leaf_hash(self.leaves[number])
        return node_hash(self.node(level - 1, 2 * number), self.node(level - 1, 2 * number + 1))

    def note(self, size: int) -> Note:
        """The signed checkpoint of the log when it had so many leaves."""
        root = range_root(0, size, self.node)
        text = Checkpoint(origin=self.origin, size=size, root=root).text()
        signature = self.key.sign(signed_text(text))
        return Note(text, (Signature(self.key.key.name, self.key.key.id, signature),))

    def request(self, old: int, new: int) -> bytes:
        """What the log asks of a witness."""
        return write_request(old, prove_consistency(old, new, self.node), self.note(new))
