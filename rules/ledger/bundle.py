"""A ledger told in part: some leaves shown, every gap between them filled with hashes.

What is told is always the whole tree, from the first leaf to the last: a leaf is its bytes, a gap
is the hashes of the full subtrees that cover it. So one pass gives the root, and with it shows
that each leaf is where it is said to be, and that none was put in, taken out or moved.
"""

from collections.abc import Sequence
from hashlib import sha256

from rules.errors import FoureyesError
from rules.ledger.proofs import TREE_LEVELS_MAX, Node, full_subtrees
from rules.ledger.tree import Frontier, node_hash

NO_CHAIN = bytes(32)
"""The chain of a case before its first entry."""


class InvalidGapError(FoureyesError, ValueError):
    """A gap does not cover what it says: where it begins, how long it is, what is wrong."""

    def __init__(self, *, start: int, count: int, reason: str) -> None:
        self.start = start
        self.count = count
        self.reason = reason
        super().__init__(f"the gap of {count} entries from entry {start} on {reason}")


def gap_hashes(start: int, end: int, node: Node) -> list[bytes]:
    """Give the hashes that stand for the leaves `start` … `end` - 1."""
    return [node(level, number) for level, number in full_subtrees(start, end)]


def fill_gap(tree: Frontier, count: int, hashes: Sequence[bytes]) -> None:
    """Grow a tree by leaves that are not shown. Raises InvalidGapError."""
    start = tree.size
    if not 0 < count <= (1 << TREE_LEVELS_MAX) - start:
        raise InvalidGapError(start=start, count=count, reason="can not be that long")
    levels = [level for level, _ in full_subtrees(start, start + count)]
    if len(levels) != len(hashes):
        raise InvalidGapError(
            start=start, count=count, reason=f"has {len(hashes)} hashes and needs {len(levels)}"
        )
    for level, node in zip(levels, hashes, strict=True):
        _grow(tree, level, node)


def _grow(tree: Frontier, level: int, node: bytes) -> None:
    """Add a full subtree at the end of a tree whose size is a multiple of it."""
    above = tree.size >> level
    while above & 1:
        node = node_hash(tree.roots.pop(), node)
        above >>= 1
    tree.roots.append(node)
    tree.size += 1 << level


def chained(chain: bytes, hashed: bytes) -> bytes:
    """The chain of a case after one more entry, by its leaf hash: all of them, in order."""
    return sha256(chain + hashed).digest()
