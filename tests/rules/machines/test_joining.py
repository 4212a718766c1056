"""Where a case is judged that turned out to be another: put away, counted, and read as it was."""

from rules.machines.joining import JOINED, RELAYS, Joined, Joins, write_joined
from rules.machines.shelf import Shelf
from stream.canonical import CODEC

HERE = Joined("acme", "B", "A", 0, 0, "one ticket names both")
THERE = Joined("acme", "D", "C", 0, 2, "one ticket names both")


def test_what_was_written_before_anything_was_put_away_is_read() -> None:
    """Whole records then, and nothing that told how many, or who relies on them."""
    shelf = Shelf()
    for each in (THERE, HERE):
        shelf.restore(JOINED + each.key, write_joined(CODEC, each))
    joins = Joins(shelf, CODEC)
    joins.take_stock()

    assert list(joins.told()) == [HERE, THERE]
    assert joins.get(THERE.key) == THERE
    assert joins.relays == [2]
    assert dict(joins.rows(CODEC)) == {RELAYS: b'{"cases":2,"to":[2]}'}


def test_only_what_all_cases_need_is_handed_to_a_successor() -> None:
    """How many there are, and which partitions have to be told how far everybody has come."""
    joins, twin = Joins(Shelf(), CODEC), Joins(Shelf(), CODEC)
    for each in (HERE, THERE):
        joins.add(each)
    rows = dict(joins.rows(CODEC))
    twin.restore(rows[RELAYS])

    assert bool(twin)
    assert twin.relays == joins.relays == [2]
    assert dict(joins.rows(CODEC)) == {}
