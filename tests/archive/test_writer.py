"""The writer on SQLite, and the tiles that any proof is made of."""

import pytest

from rules.ledger.proofs import prove_inclusion, range_root, root_of_inclusion
from rules.ledger.tree import Frontier, leaf_hash
from stream.archive.tiles import Growing, Tile, Tiled
from tests.archive.archive_contract import ArchiveContract


class TestSqlite(ArchiveContract):
    """A file."""

    lives_grow_by = 0.002


@pytest.mark.parametrize("size", [1, 255, 256, 257, 300, 65_536, 65_800])
def test_tiles_give_the_hash_of_every_subtree(size: int) -> None:
    """A proof from tiles leads to the root that the frontier has."""
    growing, tree = Growing(0, []), Frontier()
    tiles: dict[tuple[int, int], bytes] = {}
    for number in range(size):
        growing.append(tree.append(b"%d" % number))
        if number % 1000 == 7:
            tiles.update({tile[:2]: tile.hashes for tile in growing.changed()})
            edge = [Tile(*place, hashes) for place, hashes in tiles.items() if len(hashes) < 8192]
            last = {tile.level: tile for tile in sorted(edge)}
            growing = Growing(number + 1, last.values())
    tiles.update({tile[:2]: tile.hashes for tile in growing.changed()})
    node = Tiled(lambda level, number: tiles[level, number])

    assert range_root(0, size, node) == tree.root()
    for index in {0, size // 2, size - 1}:
        path = prove_inclusion(index, size, node)
        assert root_of_inclusion(leaf_hash(b"%d" % index), index, size, path) == tree.root()
