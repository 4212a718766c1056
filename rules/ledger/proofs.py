"""Proofs about a tree that only grows: an entry is in it, a later tree begins with an earlier one.

RFC 9162: 2.1.3 (inclusion) and 2.1.4 (consistency). Whoever makes a proof hands in `Node`, which
gives the hash of a full subtree; whoever checks one needs nothing but the proof and the roots.
"""

from collections.abc import Callable, Iterator, Sequence

from rules.errors import FoureyesError
from rules.ledger.tree import EMPTY_ROOT, node_hash

Node = Callable[[int, int], bytes]
"""(level, number) → the hash over the leaves from number·2^level on, 2^level of them."""
TREE_LEVELS_MAX = 63


class InvalidProofError(FoureyesError, ValueError):
    """A proof does not show what it is said to show: which, what is wrong, what was expected."""

    def __init__(self, *, proof: str, found: object, expected: str) -> None:
        self.proof = proof
        self.found = found
        self.expected = expected
        super().__init__(f"the {proof} proof has {found}; expected {expected}")


def full_subtrees(start: int, end: int) -> Iterator[tuple[int, int]]:
    """Cover the leaves `start` … `end` - 1 by the fewest full subtrees, left to right."""
    while start < end:
        level = (end - start).bit_length() - 1
        if start:
            level = min(level, (start & -start).bit_length() - 1)
        yield level, start >> level
        start += 1 << level


def range_root(start: int, end: int, node: Node) -> bytes:
    """The root over some leaves, as they stand as one subtree of the whole tree."""
    if start == end:
        return EMPTY_ROOT
    *lefts, root = [node(level, number) for level, number in full_subtrees(start, end)]
    for left in reversed(lefts):
        root = node_hash(left, root)
    return root


def _split(size: int) -> int:
    """The largest power of two that is smaller than `size`: where a tree parts."""
    return 1 << ((size - 1).bit_length() - 1)


# --- inclusion ----------------------------------------------------------------------------------


def prove_inclusion(index: int, size: int, node: Node) -> list[bytes]:
    """Make the proof that leaf `index` is in the tree of `size` leaves."""
    if not 0 <= index < size:
        raise InvalidProofError(proof="inclusion", found=f"leaf {index}", expected=f"below {size}")
    path = []
    low, high = 0, size
    while high - low > 1:
        middle = low + _split(high - low)
        if index < middle:
            path.append(range_root(middle, high, node))
            high = middle
        else:
            path.append(range_root(low, middle, node))
            low = middle
    return path[::-1]


def root_of_inclusion(leaf: bytes, index: int, size: int, path: Sequence[bytes]) -> bytes:
    """The root of which a proof speaks, from the leaf's hash. Raises InvalidProofError.

    The leaf is in the tree if, and only if, this is the root of the tree of that size.
    """
    if not 0 <= index < size:
        raise InvalidProofError(proof="inclusion", found=f"leaf {index}", expected=f"below {size}")
    node, number, last = leaf, index, size - 1
    for other in path:
        if not last:
            raise _wrong_length("inclusion", path)
        if number & 1 or number == last:
            node = node_hash(other, node)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            node = node_hash(node, other)
        number >>= 1
        last >>= 1
    if last:
        raise _wrong_length("inclusion", path)
    return node


# --- consistency --------------------------------------------------------------------------------


def prove_consistency(old: int, new: int, node: Node) -> list[bytes]:
    """Make the proof that the tree of `new` leaves begins with the tree of `old` leaves."""
    _check_sizes(old, new)
    if old in (0, new):
        return []
    path = []
    low, high = 0, new
    while old != high:
        middle = low + _split(high - low)
        if old <= middle:
            path.append(range_root(middle, high, node))
            high = middle
        else:
            path.append(range_root(low, middle, node))
            low = middle
    if low:
        path.append(range_root(low, high, node))
    return path[::-1]


def check_consistency(
    old: tuple[int, bytes], new: tuple[int, bytes], path: Sequence[bytes]
) -> None:
    """Check that one tree (size, root) begins with another. Raises InvalidProofError."""
    (old_size, old_root), (new_size, new_root) = old, new
    _check_sizes(old_size, new_size)
    if old_size in (0, new_size):
        expected = EMPTY_ROOT if old_size == 0 else new_root
        if path:
            raise _wrong_length("consistency", path)
        if old_root != expected:
            raise _other_root("old", old_root)
        return
    # Where the old tree is one full subtree, the proof leaves its root out.
    hashes = [old_root, *path] if old_size & (old_size - 1) == 0 else list(path)
    if not hashes:
        raise _wrong_length("consistency", path)
    found_old, found_new = _roots_of_consistency(old_size, new_size, hashes)
    if found_old != old_root:
        raise _other_root("old", old_root)
    if found_new != new_root:
        raise _other_root("new", new_root)


def _roots_of_consistency(old: int, new: int, hashes: list[bytes]) -> tuple[bytes, bytes]:
    number, last = old - 1, new - 1
    while number & 1:
        number >>= 1
        last >>= 1
    first = second = hashes[0]
    for other in hashes[1:]:
        if not last:
            raise _wrong_length("consistency", hashes)
        if number & 1 or number == last:
            first, second = node_hash(other, first), node_hash(other, second)
            while not number & 1 and number:
                number >>= 1
                last >>= 1
        else:
            second = node_hash(second, other)
        number >>= 1
        last >>= 1
    if last:
        raise _wrong_length("consistency", hashes)
    return first, second


def _check_sizes(old: int, new: int) -> None:
    if not 0 <= old <= new < 1 << TREE_LEVELS_MAX:
        raise InvalidProofError(
            proof="consistency",
            found=f"sizes {old} and {new}",
            expected="an older and a newer tree",
        )


def _wrong_length(proof: str, path: Sequence[bytes]) -> InvalidProofError:
    return InvalidProofError(
        proof=proof, found=f"{len(path)} hashes", expected="as many as trees of these sizes need"
    )


def _other_root(which: str, root: bytes) -> InvalidProofError:
    return InvalidProofError(
        proof="consistency", found=f"another {which} root", expected=root.hex()
    )
