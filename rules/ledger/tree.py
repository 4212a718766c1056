"""A Merkle tree that only grows, kept as its frontier (RFC 9162, section 2.1)."""

from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
"""The root of a tree without leaves: the hash of nothing (RFC 9162, 2.1.1)."""


def leaf_hash(leaf: bytes) -> bytes:
    """Hash a leaf; the prefix keeps it from being taken for a node."""
    return sha256(b"\x00" + leaf).digest()


def node_hash(left: bytes, right: bytes) -> bytes:
    """Hash two subtrees into the node above them."""
    return sha256(b"\x01" + left + right).digest()


class Frontier:
    """The tree's size and the roots of its full subtrees, largest first: O(log n) to keep.

    Appending a leaf costs one hash and, on average, one more; `root` costs at most one per level.
    """

    __slots__ = ("roots", "size")

    def __init__(self, size: int = 0, roots: tuple[bytes, ...] | list[bytes] = ()) -> None:
        if len(roots) != size.bit_count():
            message = (
                f"a tree of {size} leaves has {size.bit_count()} full subtrees, not {len(roots)}"
            )
            raise ValueError(message)
        self.size = size
        self.roots = list(roots)

    def append(self, leaf: bytes) -> bytes:
        """Add one leaf at the end, and give its hash."""
        hashed = node = sha256(b"\x00" + leaf).digest()
        size = self.size
        roots = self.roots
        # Each trailing one bit is a full subtree as large as the one just completed: join them.
        while size & 1:
            node = sha256(b"\x01" + roots.pop() + node).digest()
            size >>= 1
        roots.append(node)
        self.size += 1
        return hashed

    def root(self) -> bytes:
        """The root over all leaves so far, 32 bytes."""
        if not self.roots:
            return EMPTY_ROOT
        node = self.roots[-1]
        for left in reversed(self.roots[:-1]):
            node = node_hash(left, node)
        return node
