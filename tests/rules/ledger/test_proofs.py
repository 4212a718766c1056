"""Proofs: made and checked as RFC 9162 says, as other libraries do, and not to be fooled."""

from functools import partial

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pymerkle import InmemoryTree, verify_consistency, verify_inclusion

from rules.ledger.bundle import InvalidGapError, fill_gap, gap_hashes
from rules.ledger.proofs import (
    InvalidProofError,
    check_consistency,
    prove_consistency,
    prove_inclusion,
    root_of_inclusion,
)
from rules.ledger.tree import Frontier, leaf_hash
from tests.rules.ledger import naive

SIZES = st.integers(1, 70)


@st.composite
def two_sizes(draw: st.DrawFn) -> tuple[int, int]:
    """An older and a newer size."""
    new = draw(SIZES)
    return draw(st.integers(1, new)), new


@given(SIZES, st.data())
def test_a_leaf_is_shown_to_be_in_the_tree(size: int, data: st.DataObject) -> None:
    """The path is the RFC's, leads to the root, and leads there from no other place."""
    leaves = naive.numbered(size)
    index = data.draw(st.integers(0, size - 1))

    path = prove_inclusion(index, size, partial(naive.node_of, leaves))

    assert path == naive.path(index, leaves)
    assert root_of_inclusion(leaf_hash(leaves[index]), index, size, path) == naive.root(leaves)


@given(two_sizes(), st.data())
def test_a_proof_for_another_tree_size_or_place_shows_nothing(
    sizes: tuple[int, int], data: st.DataObject
) -> None:
    """A proof counts only with the size and root that were published."""
    index, size = sizes[0] - 1, sizes[1]
    leaves = naive.numbered(size)
    path = prove_inclusion(index, size, partial(naive.node_of, leaves))
    elsewhere = data.draw(
        st.tuples(st.integers(0, 70), st.integers(1, 70)).filter(lambda p: p != (index, size))
    )

    try:
        found = root_of_inclusion(leaf_hash(leaves[index]), *elsewhere, path)
    except InvalidProofError:
        return
    other = naive.root(naive.numbered(elsewhere[1]))

    assert found != other or elsewhere[0] == index


@given(two_sizes())
def test_a_later_tree_is_shown_to_begin_with_an_earlier_one(sizes: tuple[int, int]) -> None:
    """The path is the RFC's, and it is accepted for these two roots."""
    old, new = sizes
    leaves = naive.numbered(new)
    path = prove_consistency(old, new, partial(naive.node_of, leaves))

    check_consistency((old, naive.root(leaves[:old])), (new, naive.root(leaves)), path)

    assert path == naive.proof(old, leaves)


@given(two_sizes(), st.data())
def test_a_forked_log_is_not_consistent(sizes: tuple[int, int], data: st.DataObject) -> None:
    """Whoever rewrote any entry of the older tree can not join it to the newer one."""
    old, new = sizes
    leaves = naive.numbered(new)
    forked = list(leaves)
    forked[data.draw(st.integers(0, old - 1))] = b"rewritten"
    path = prove_consistency(old, new, partial(naive.node_of, forked))

    with pytest.raises(InvalidProofError):
        check_consistency((old, naive.root(leaves[:old])), (new, naive.root(forked)), path)


@given(two_sizes(), st.data())
def test_a_bent_consistency_proof_is_refused(sizes: tuple[int, int], data: st.DataObject) -> None:
    """A hash more, a hash less, another hash: each is seen."""
    old, new = sizes
    leaves = naive.numbered(new)
    path = prove_consistency(old, new, partial(naive.node_of, leaves))
    at = data.draw(st.integers(0, len(path)))
    bent = data.draw(st.sampled_from([[*path[:at], bytes(32), *path[at:]], path[:at]]))
    if bent == path:
        return

    with pytest.raises(InvalidProofError):
        check_consistency((old, naive.root(leaves[:old])), (new, naive.root(leaves)), bent)


@given(two_sizes())
def test_another_librarys_proofs_agree(sizes: tuple[int, int]) -> None:
    """Pymerkle's tree has our root; its proofs hold for our roots; an inclusion is our hashes."""
    old, size = sizes
    leaves = naive.numbered(size)
    node = partial(naive.node_of, leaves)
    other = InmemoryTree(algorithm="sha256")
    for leaf in leaves:
        other.append_entry(leaf)
    leaf = leaf_hash(leaves[old - 1])

    included = other.prove_inclusion(old, size)
    consistent = other.prove_consistency(old, size)

    verify_inclusion(leaf, naive.root(leaves), included)
    verify_consistency(naive.root(leaves[:old]), naive.root(leaves), consistent)
    assert set(included.path) == {leaf, *prove_inclusion(old - 1, size, node)}


@given(SIZES, st.data())
def test_a_tree_told_in_part_has_the_root_of_the_whole(size: int, data: st.DataObject) -> None:
    """Shown leaves and filled gaps give the frontier that all leaves give."""
    leaves = naive.numbered(size)
    shown = data.draw(st.sets(st.integers(0, size - 1)))
    node = partial(naive.node_of, leaves)
    tree = Frontier()
    for index in [*sorted(shown), size]:
        if tree.size < index:
            fill_gap(tree, index - tree.size, gap_hashes(tree.size, index, node))
        if index < size:
            tree.append(leaves[index])

    assert (tree.size, tree.root()) == (size, naive.root(leaves))


@pytest.mark.parametrize(("count", "hashes"), [(0, 0), (-1, 0), (3, 1), (3, 3), (1 << 64, 64)])
def test_a_gap_that_does_not_cover_what_it_says_is_refused(count: int, hashes: int) -> None:
    """No length below one, none beyond all trees, and as many hashes as subtrees."""
    with pytest.raises(InvalidGapError):
        fill_gap(Frontier(), count, [bytes(32)] * hashes)


def test_what_can_not_be_proven_is_refused() -> None:
    """A leaf that is not there, a tree that is older than its beginning."""
    node = partial(naive.node_of, naive.numbered(4))

    with pytest.raises(InvalidProofError, match="leaf 4"):
        prove_inclusion(4, 4, node)
    with pytest.raises(InvalidProofError, match="sizes 5 and 4"):
        prove_consistency(5, 4, node)
    with pytest.raises(InvalidProofError, match="old root"):
        check_consistency((0, bytes(32)), (4, bytes(32)), [])
