"""RFC 9162, section 2.1, word for word and slow: what the ledger's arithmetic is held to."""

from hashlib import sha256


def root(leaves: list[bytes]) -> bytes:
    """MTH(D_n)."""
    if not leaves:
        return sha256(b"").digest()
    if len(leaves) == 1:
        return sha256(b"\x00" + leaves[0]).digest()
    k = split(len(leaves))
    return sha256(b"\x01" + root(leaves[:k]) + root(leaves[k:])).digest()


def split(n: int) -> int:
    """The largest power of two that is smaller than n."""
    k = 1
    while k * 2 < n:
        k *= 2
    return k


def path(m: int, leaves: list[bytes]) -> list[bytes]:
    """PATH(m, D_n)."""
    if len(leaves) == 1:
        return []
    k = split(len(leaves))
    if m < k:
        return [*path(m, leaves[:k]), root(leaves[k:])]
    return [*path(m - k, leaves[k:]), root(leaves[:k])]


def proof(m: int, leaves: list[bytes]) -> list[bytes]:
    """PROOF(m, D_n)."""
    return subproof(m, leaves, is_whole=True)


def subproof(m: int, leaves: list[bytes], *, is_whole: bool) -> list[bytes]:
    """SUBPROOF(m, D_n, b)."""
    if m == len(leaves):
        return [] if is_whole else [root(leaves)]
    k = split(len(leaves))
    if m <= k:
        return [*subproof(m, leaves[:k], is_whole=is_whole), root(leaves[k:])]
    return [*subproof(m - k, leaves[k:], is_whole=False), root(leaves[:k])]


def node_of(leaves: list[bytes], level: int, number: int) -> bytes:
    """The hash of one full subtree."""
    return root(leaves[number << level : (number + 1) << level])


def numbered(count: int) -> list[bytes]:
    """So many leaves, all of them different."""
    return [b"leaf %d" % n for n in range(count)]
