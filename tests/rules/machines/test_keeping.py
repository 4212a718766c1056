"""What is kept is two people's decision, and an entry like any other."""

import json
from datetime import UTC, datetime

import pytest

from rules.machines.keeping import Act, Keeping, read_keeping, write_keeping
from rules.machines.set_aside import OnePersonError
from stream.canonical import CODEC

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


def decided(author: str = "ann", approver: str = "bo") -> Keeping:
    """Everything before noon may go."""
    return Keeping(
        act=Act.EXPIRE,
        reason="ten years",
        author=author,
        approver=approver,
        decided_at=NOON,
        until=NOON,
        policy="7",
    )


def test_a_decision_is_read_as_it_was_written() -> None:
    """Its times are times again."""
    assert read_keeping(json.loads(write_keeping(CODEC, decided()))) == decided()


def test_what_is_forgotten_is_read_as_it_was_written() -> None:
    """Places, and nobody's name."""
    told = Keeping(
        act=Act.FORGET,
        reason="article 17",
        author="ann",
        approver="bo",
        decided_at=NOON,
        partition=3,
        places=(7, 9),
    )

    assert read_keeping(json.loads(write_keeping(CODEC, told))) == told


@pytest.mark.parametrize(("author", "approver"), [("ann", " Ann"), ("", "bo"), ("ann", " ")])
def test_nobody_decides_alone(author: str, approver: str) -> None:
    """However it is spelled."""
    with pytest.raises(OnePersonError, match="two people"):
        decided(author, approver)
