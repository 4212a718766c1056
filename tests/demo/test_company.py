"""The company is one in which decisions can be judged."""

from hypothesis import given
from hypothesis import strategies as st

from stream.demo.chance import Chance
from stream.demo.company import PEOPLE_MIN, make_company
from stream.demo.feed import Feed
from stream.demo.ordinary import write_ordinary
from stream.demo.plot import lone_clerk
from stream.demo.scene import Scene
from stream.demo.words import DEPARTMENTS, ENGINEERS

SEEDS = st.integers(0, 2**32)
SIZES = st.integers(PEOPLE_MIN, 200)


@given(SEEDS, SIZES)
def test_everybody_but_the_director_has_a_manager_who_works_there(seed: int, size: int) -> None:
    """Following managers upwards always ends at the director."""
    company = make_company(seed, size)
    for person in company.people:
        steps = 0
        while person.manager is not None:
            person = company.person(person.manager)  # noqa: PLW2901 - one step up
            steps += 1
        assert steps <= 3
        assert person is company.director

    assert len({each.id for each in company.people}) == size


@given(SEEDS)
def test_accounts_are_of_one_person_each(seed: int) -> None:
    """Nobody's account is contested: two people with one account would be nobody's."""
    company = make_company(seed, PEOPLE_MIN)
    accounts = [
        (source, account)
        for person in company.people
        for source, account in person.accounts.items()
    ]

    assert len(accounts) == len(set(accounts))


@given(SEEDS, SIZES)
def test_as_many_others_decide_as_policy_asks_for(seed: int, size: int) -> None:
    """Whatever the right, the deciders are different people, and not who gets it."""
    company = make_company(seed, size)
    for person in company.members()[:20]:
        for right in company.rights:
            deciders = {each.id for each in company.deciders(person, right)}

            assert len(deciders) == (2 if right.privileged else 1)
            assert person.id not in deciders


@given(SEEDS)
def test_there_is_somebody_for_every_story(seed: int) -> None:
    """The smallest company has people in each department, and engineers with second accounts."""
    company = make_company(seed, PEOPLE_MIN)
    scene = Scene(company, Chance(seed), Feed(Chance(seed)))

    assert all(len(company.members(each)) >= 3 for each in DEPARTMENTS)
    assert all(each.second for each in company.members(*ENGINEERS))
    assert lone_clerk(scene) in company.members("Freight")


def test_the_healthy_part_of_the_day_follows_from_its_chance() -> None:
    """Written twice from one seed, it is the same bytes."""
    days = []
    for _ in range(2):
        scene = Scene(make_company(3, PEOPLE_MIN), Chance(3), Feed(Chance(3, "feed")))
        write_ordinary(scene)
        days.append(scene.feed.arrivals())

    assert days[0] == days[1]
