"""The frontier is the Merkle tree of RFC 9162, kept in the roots of its full subtrees."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.ledger.tree import EMPTY_ROOT, Frontier, leaf_hash, node_hash
from tests.properties.effort import looks
from tests.rules.ledger import naive

PUBLISHED_LEAVES = [
    bytes.fromhex(leaf)
    for leaf in (
        "",
        "00",
        "10",
        "2021",
        "3031",
        "40414243",
        "5051525354555657",
        "606162636465666768696a6b6c6d6e6f",
    )
]
PUBLISHED_ROOTS = (
    "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
    "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
    "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
    "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
    "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
    "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
    "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
    "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
)
"""What the certificate transparency implementations hold each other to."""


def grown(leaves: list[bytes]) -> Frontier:
    """A tree to which these leaves were appended, one after the other."""
    tree = Frontier()
    for leaf in leaves:
        tree.append(leaf)
    return tree


def test_a_tree_without_leaves_has_the_root_of_nothing() -> None:
    """MTH({}) = HASH()."""
    assert Frontier().root() == EMPTY_ROOT == naive.root([])


@pytest.mark.parametrize("size", range(1, 71))
def test_every_size_has_the_root_of_its_definition(size: int) -> None:
    """MTH(D[n]) = HASH(0x01 || MTH(D[0:k]) || MTH(D[k:n])), k the largest power of two below n."""
    tree = grown(naive.numbered(size))

    assert (tree.size, tree.root()) == (size, naive.root(naive.numbered(size)))
    assert len(tree.roots) == size.bit_count()


@looks(60)
@given(st.lists(st.binary(max_size=40), max_size=70))
def test_whatever_the_leaves_are(leaves: list[bytes]) -> None:
    """Empty ones, equal ones, and ones that look like nodes."""
    assert grown(leaves).root() == naive.root(leaves)


@pytest.mark.parametrize("size", range(1, len(PUBLISHED_LEAVES) + 1))
def test_the_published_trees_come_out(size: int) -> None:
    """The roots that others have computed over the same leaves."""
    assert grown(PUBLISHED_LEAVES[:size]).root().hex() == PUBLISHED_ROOTS[size - 1]


@looks(60)
@given(st.lists(st.binary(max_size=8), max_size=70), st.integers(0, 70))
def test_a_frontier_that_was_written_down_goes_on(leaves: list[bytes], cut: int) -> None:
    """Size and roots are all that there is to keep."""
    first = grown(leaves[:cut])
    again = Frontier(first.size, tuple(first.roots))

    for leaf in leaves[cut:]:
        again.append(leaf)

    assert again.root() == naive.root(leaves)


def test_looking_at_the_root_changes_nothing() -> None:
    """A checkpoint in the middle is no leaf."""
    tree = grown(naive.numbered(5))
    roots = [tree.root() for _ in range(3)]

    tree.append(b"leaf 5")

    assert len(set(roots)) == 1
    assert tree.root() == naive.root(naive.numbered(6))


@pytest.mark.parametrize(("size", "roots"), [(0, [b"x"]), (3, [b"x"]), (4, [b"x", b"y"])])
def test_roots_that_do_not_fit_the_size_are_refused(size: int, roots: list[bytes]) -> None:
    """What was damaged on the way does not become a tree."""
    with pytest.raises(ValueError, match=f"a tree of {size} leaves has"):
        Frontier(size, roots)


def test_a_leaf_is_never_taken_for_a_node() -> None:
    """Its prefix keeps two hashes from being passed off as one leaf."""
    left, right = leaf_hash(b"a"), leaf_hash(b"b")

    assert leaf_hash(left + right) != node_hash(left, right)
