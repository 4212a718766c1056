"""What sources say of whose accounts are: in order it is followed, late it links nobody wrongly."""

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connectors.table import Statement
from stream.intake.facts import Facts
from stream.intake.identities import CHANGES_MAX, Identities, TooManyChangesError

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
TIMES = 7


def at(hour: int) -> datetime:
    """So many hours after the beginning."""
    return BEGIN + timedelta(hours=hour)


def said(hour: int, person: str | None, **more: Any) -> Statement:
    """A statement about the one account."""
    told = {"account": "a-1", "source": "entra", "proof": "entra", **more}
    return Statement(at=at(hour), person=person, **told)


class World:
    """What follows from statements, asked as intake asks."""

    def __init__(self, *proofs: str) -> None:
        self.facts = Facts(proofs or ("entra",))
        self.identities = Identities()
        self.log: list[dict[str, Any]] = []

    def hear(self, statements: Iterable[Statement]) -> None:
        """Take statements in, and learn what follows."""
        for statement in statements:
            for fact in self.identities.hear(statement):
                self.log.append(fact)
                self.facts.learn(fact)

    def restart(self, as_of: datetime) -> None:
        """Forget all but what was said."""
        self.identities = Identities()
        for fact in self.log:
            self.identities.know(fact, as_of)

    def person(self, hour: int, source: str = "entra") -> str | None:
        """Who stands behind the account at a time."""
        event = {"occurred_at": at(hour), "source": source, "actor": {"account": "a-1"}}
        self.facts.stamp(event)
        return event["actor"].get("person")  # type: ignore[attr-defined,no-any-return]


def truth(statements: Sequence[Statement], hour: int) -> str | None:
    """The obvious way: the last word up to then, if it was one."""
    known = [each for each in statements if each.at <= at(hour)]
    last = max((each.at for each in known), default=None)
    persons = {each.person for each in known if each.at == last}
    return persons.pop() if len(persons) == 1 else None


def statements_of(*persons: str | None) -> st.SearchStrategy[list[Statement]]:
    """Some statements, in any order."""
    return st.lists(st.builds(said, st.integers(0, TIMES), st.sampled_from(persons)), max_size=8)


@given(statements_of("E-1", "E-2", None))
def test_in_the_sources_own_order_each_statement_is_followed(statements: list[Statement]) -> None:
    """Changed, taken away and given back: at each time the last word counts."""
    world = World()
    world.hear(sorted(statements, key=lambda each: each.at))

    for hour in range(TIMES + 1):
        assert world.person(hour) == truth(statements, hour)


@given(statements_of("E-1", "E-2", None).flatmap(lambda each: st.permutations([*each, *each[:2]])))
def test_in_any_order_nobody_is_linked_who_should_not_be(arrivals: list[Statement]) -> None:
    """Late and repeated: a person that is known is the right one, by all that was heard."""
    world = World()
    for number, each in enumerate(arrivals, start=1):
        world.hear([each])
        assert all(is_right(world, arrivals[:number], hour) for hour in range(TIMES + 1))


@given(statements_of("E-1", "E-2"), st.sets(st.integers(0, 8)))
def test_nor_after_a_restart(arrivals: list[Statement], restarts: set[int]) -> None:
    """Whoever begins anew knows what was said, and takes what is older than that for late."""
    world = World()
    for number, each in enumerate(arrivals, start=1):
        world.hear([each])
        if number in restarts:
            world.restart(max(known.at for known in arrivals[:number]))
        assert all(is_right(world, arrivals[:number], hour) for hour in range(TIMES + 1))


def is_right(world: World, heard: Sequence[Statement], hour: int) -> bool:
    """Whether the person at a time is nobody, or the right one."""
    return world.person(hour) in {None, truth(heard, hour)}


def test_a_late_word_that_disagrees_makes_the_account_nobodys_until_the_next() -> None:
    """What followed it is not known any more: "cannot tell", and not a wrong person."""
    world = World()
    world.hear([said(0, "E-1"), said(4, "E-1"), said(2, "E-2"), said(6, "E-2")])

    assert [world.person(hour) for hour in range(8)] == [
        "E-1", "E-1", None, None, None, None, "E-2", "E-2",
    ]  # fmt: skip


def test_two_sources_that_disagree_contest_the_account_and_neither_ends_the_others_word() -> None:
    """From when the second one claims it: before that it is the first one's person."""
    world = World("entra", "sailpoint")
    world.hear([said(0, "E-1"), said(3, "E-2", proof="sailpoint")])

    assert [world.person(hour) for hour in (0, 2, 3, 7)] == ["E-1", "E-1", None, None]
    assert world.facts.contested_stamps == 2


def test_a_source_speaks_for_its_own_accounts_alone() -> None:
    """The same text in another system is another account."""
    world = World()
    world.hear([said(0, "E-1")])

    assert (world.person(1), world.person(1, source="okta")) == ("E-1", None)


def test_a_word_that_the_policy_does_not_trust_gives_nobody() -> None:
    """It is known, and counted as unproven."""
    world = World("hr")
    world.hear([said(0, "E-1")])

    assert world.person(1) is None
    assert world.facts.unproven() == 1


def test_a_repetition_is_no_news() -> None:
    """Sources tell a profile with every change of it: only another person or name is one."""
    world = World()
    world.hear(said(hour, "E-1", name="Ann") for hour in range(5))
    world.hear([said(5, "E-1", name="Ann Abel")])

    assert [(fact["from"], fact.get("until")) for fact in world.log] == [
        (at(0).isoformat(), None),
        (at(0).isoformat(), at(5).isoformat()),
        (at(5).isoformat(), None),
    ]


def test_a_source_that_changes_its_mind_without_end_is_stopped() -> None:
    """A timeline of a million stretches would stop intake."""
    world = World()
    world.hear(said(hour, f"E-{hour}") for hour in range(CHANGES_MAX))
    with pytest.raises(TooManyChangesError, match="account 'a-1' has had 100 changes"):
        world.hear([said(CHANGES_MAX, "E-1")])
