"""The hashes of a partition's tree in tiles of 256: any proof needs a few of them, and no scan."""

from collections import OrderedDict
from collections.abc import Callable, Iterable, Iterator
from hashlib import sha256
from typing import NamedTuple

TILE_LEVELS = 8
TILE_HASHES = 1 << TILE_LEVELS
HASH_BYTES = 32
KEPT_MAX = 64
"""Tiles that a reader remembers: a megabyte."""


class Tile(NamedTuple):
    """Up to 256 hashes of neighbouring full subtrees, each over 256^level leaves."""

    level: int
    number: int
    hashes: bytes


class Growing:
    """The right edge of a tree's tiles: leaf hashes go in, tiles that changed come out."""

    def __init__(self, size: int, edge: Iterable[Tile]) -> None:
        """Go on where `edge` ends: the last tile of each level that is not full."""
        self._size = size
        self._open = {tile.level: bytearray(tile.hashes) for tile in edge}
        self._counts = {level: size >> (TILE_LEVELS * (level + 1)) for level in range(8)}
        self._full: list[Tile] = []

    def append(self, hashed: bytes) -> None:
        """Add a leaf's hash."""
        self._size += 1
        level = 0
        while self._add(level, hashed):
            hashed = fold(self._full[-1].hashes)
            level += 1

    def _add(self, level: int, hashed: bytes) -> bool:
        """Add to a level's open tile; whether that made it full."""
        hashes = self._open.setdefault(level, bytearray())
        hashes += hashed
        if len(hashes) < TILE_HASHES * HASH_BYTES:
            return False
        self._full.append(Tile(level, self._counts[level], bytes(hashes)))
        self._counts[level] += 1
        hashes.clear()
        return True

    def changed(self) -> Iterator[Tile]:
        """The tiles that filled up since this was last asked, and all that are open."""
        yield from self._full
        self._full.clear()
        for level, hashes in self._open.items():
            if hashes:
                yield Tile(level, self._counts[level], bytes(hashes))


def fold(hashes: bytes) -> bytes:
    """The root over neighbouring hashes, as many as a power of two."""
    while len(hashes) > HASH_BYTES:
        hashes = _above(hashes)
    return hashes


def _above(hashes: bytes) -> bytes:
    """The nodes above neighbouring hashes; a last one without a neighbour has none yet."""
    pairs = range(0, len(hashes) - HASH_BYTES, 2 * HASH_BYTES)
    return b"".join(sha256(b"\x01" + hashes[at : at + 2 * HASH_BYTES]).digest() for at in pairs)


class Tiled:
    """Gives the hash of any full subtree (see `rules.ledger.proofs.Node`) from tiles."""

    def __init__(self, load: Callable[[int, int], bytes]) -> None:
        """Read a tile's hashes by level and number with `load`."""
        self._load = load
        self._kept: OrderedDict[tuple[int, int], list[bytes]] = OrderedDict()

    def __call__(self, level: int, number: int) -> bytes:
        """The hash over 2^level leaves."""
        tile_level, above = divmod(level, TILE_LEVELS)
        start = number << above
        hashes = self._levels(tile_level, start >> TILE_LEVELS)[above]
        at = ((start % TILE_HASHES) >> above) * HASH_BYTES
        return hashes[at : at + HASH_BYTES]

    def _levels(self, level: int, number: int) -> list[bytes]:
        """A tile's hashes, and the nodes above them up to its root."""
        key = level, number
        found = self._kept.get(key)
        if found is None:
            found = [self._load(level, number)]
            while len(found) < TILE_LEVELS:
                found.append(_above(found[-1]))
            self._kept[key] = found
            if len(self._kept) > KEPT_MAX:
                self._kept.popitem(last=False)
        else:
            self._kept.move_to_end(key)
        return found
