"""What is put away is found again, wherever it is by now, and leaves memory as soon as it may."""

from collections.abc import Sequence

from hypothesis import given
from hypothesis import strategies as st

from rules.machines.drawers import Groups
from rules.machines.shelf import Shelf
from tests.reference.telling import Rows

NAMES = st.sampled_from(["a/1", "a/2", "a/2/3", "b/1", "a0"])
STEPS = st.lists(
    st.tuples(st.sampled_from(["put", "put", "drop", "checkpoint"]), NAMES, st.binary(max_size=2))
)


def taken(shelf: Shelf, rows: Rows) -> None:
    """Have a host take what changed."""
    for name, row in shelf.rows():
        if row is None:
            rows.pop(name, None)
        else:
            rows[name] = row


@given(STEPS, st.booleans())
def test_a_shelf_is_a_dictionary_whoever_has_its_rows(
    steps: Sequence[tuple[str, str, bytes]],
    is_lent: bool,  # noqa: FBT001 - hypothesis hands it over
) -> None:
    """Put, dropped and taken in any order; with a host in reach nothing taken stays at hand."""
    shelf, rows, plain = Shelf(), Rows(), dict[str, bytes]()
    if is_lent:
        shelf.lean_on(rows)
    for step, name, row in steps:
        if step == "put":
            shelf.put(name, row)
            plain[name] = row
        elif step == "drop":
            shelf.drop(name)
            plain.pop(name, None)
        else:
            taken(shelf, rows)
            assert rows == plain
            assert len(shelf) == 0 or not is_lent

    assert {name: shelf.get(name) for name in plain} == plain
    assert dict(shelf.under("a/")) == {n: r for n, r in plain.items() if n.startswith("a/")}


@given(
    st.lists(
        st.tuples(
            st.sampled_from(["add", "add", "discard", "checkpoint"]),
            st.sampled_from(["", "one", "one\x1ftwo"]),
            st.sampled_from("abc"),
        )
    )
)
def test_groups_are_sets_whoever_has_their_rows(steps: Sequence[tuple[str, str, str]]) -> None:
    """Members come and go, before and after a host has taken them."""
    shelf, rows = Shelf(), Rows()
    shelf.lean_on(rows)
    groups, plain = Groups(shelf, "in/"), dict[str, set[str]]()
    for step, group, member in steps:
        if step == "add":
            groups.add(group, member)
            plain.setdefault(group, set()).add(member)
        elif step == "discard":
            groups.discard(group, member)
            plain.setdefault(group, set()).discard(member)
        else:
            taken(shelf, rows)
            groups.taken()

    assert all(groups.members(group) == sorted(members) for group, members in plain.items())
