"""The company: people with their accounts and managers, machines with owners, rights with risk."""

from dataclasses import dataclass, field

from stream.demo.chance import Chance
from stream.demo.words import (
    ACCESSDESK,
    BOARD,
    DEPARTMENTS,
    DOMAIN,
    ENGINEERS,
    ENTRA,
    FIRST_NAMES,
    LAST_NAMES,
    MACHINES,
    PRIVILEGED,
    RIGHTS,
    ROSTERS,
    SAILPOINT,
    TELEPORT,
    TICKETS,
)

PEOPLE = 320
PEOPLE_MIN = 48
"""With fewer there would not be somebody for each part of the day."""
PEOPLE_MAX = 2_000
"""There are names for twice as many."""
TEAM = 8
"""A lead and the people who report to them."""
DEPARTMENT_MIN = 4
"""A lead and three members."""


@dataclass(frozen=True, slots=True)
class Person:
    """Somebody who works there. `accounts` maps each system to the account it knows them by."""

    id: str
    name: str
    department: str
    manager: str | None
    accounts: dict[str, str]
    second: str | None = None
    """A second account at the access desk, for administration."""
    break_glass: str | None = None
    """A second account at Entra, for the day when nothing else works."""


@dataclass(frozen=True, slots=True)
class Machine:
    """An account that no person uses, and who answers for it."""

    account: str
    kind: str
    owner: str


@dataclass(frozen=True, slots=True)
class Right:
    """Something one can be given. `source` is who reports of it, `owner` a person."""

    id: str
    name: str
    system: str
    source: str
    criticality: str
    owner: str

    @property
    def privileged(self) -> bool:
        """Whether policy asks for two people."""
        return self.criticality in PRIVILEGED


@dataclass(slots=True)
class Company:
    """Everybody and everything there is. The director comes first."""

    people: list[Person]
    machines: list[Machine]
    rights: list[Right]
    _by_id: dict[str, Person] = field(default_factory=dict)

    def __post_init__(self) -> None:
        """Index the people."""
        self._by_id = {person.id: person for person in self.people}

    def person(self, id: str) -> Person:
        """Find a person by id."""
        return self._by_id[id]

    @property
    def director(self) -> Person:
        """Who has no manager."""
        return self.people[0]

    def head(self, department: str) -> Person:
        """Who leads a department."""
        return next(each for each in self.people if each.department == department)

    def members(self, *departments: str) -> list[Person]:
        """People with a manager below the director, of some departments or of all."""
        return [
            each
            for each in self.people
            if each.manager not in (None, self.director.id)
            and (not departments or each.department in departments)
        ]

    def right(self, name: str) -> Right:
        """Find a right by its name."""
        return next(each for each in self.rights if each.name == name)

    def deciders(self, person: Person, right: Right) -> list[Person]:
        """Who decides about a right for somebody: the manager; for a privileged one its owner too.

        All of them, the person included, are different people.
        """
        first = self.person(person.manager or self.people[1].id)
        if not right.privileged:
            return [first]
        taken = {person.id, first.id}
        second = self.person(right.owner)
        others = (second, self.director, *self.people[1:])
        return [first, next(each for each in others if each.id not in taken)]

    def accounts(self) -> int:
        """How many accounts the people have."""
        return sum(
            len(each.accounts) + (each.second is not None) + (each.break_glass is not None)
            for each in self.people
        )


def make_company(seed: int, size: int = PEOPLE) -> Company:
    """Make the company of a seed: `size` people, from PEOPLE_MIN to PEOPLE_MAX."""
    chance = Chance(seed, "company")
    people = _people(chance, min(max(size, PEOPLE_MIN), PEOPLE_MAX))
    heads = {each.department: each.id for each in reversed(people)}
    members: dict[str, list[str]] = {name: [] for name in DEPARTMENTS}
    for each in people[1 + len(DEPARTMENTS) :]:
        members[each.department].append(each.id)
    machines = [
        Machine(account, kind, chance.pick(members[department]))
        for account, kind, department in MACHINES
    ]
    return Company(people, machines, [_right(row, heads[row[4]]) for row in RIGHTS])


def _people(chance: Chance, size: int) -> list[Person]:
    """Hire the director, the heads, then everybody else; each eighth of a department leads."""
    names = chance.some([(a, b) for a in FIRST_NAMES for b in LAST_NAMES], size)
    director = _person(chance, names[0], BOARD, None)
    heads = {
        department: _person(chance, name, department, director.id)
        for department, name in zip(DEPARTMENTS, names[1:], strict=False)
    }
    people = [director, *heads.values()]
    leads: dict[str, Person] = {}
    counts = dict.fromkeys(DEPARTMENTS, 0)
    for name in names[len(people) :]:
        department = _department(chance, counts)
        leads_others = counts[department] % TEAM == 0
        above = heads[department] if leads_others else leads[department]
        person = _person(chance, name, department, above.id)
        if leads_others:
            leads[department] = person
        counts[department] += 1
        people.append(person)
    return people


def _department(chance: Chance, counts: dict[str, int]) -> str:
    """Draw a department; each gets its first people before any is left to chance."""
    for name, count in counts.items():
        if count < DEPARTMENT_MIN:
            return name
    return list(DEPARTMENTS)[chance.weighed(list(DEPARTMENTS.values()))]


def _person(chance: Chance, name: tuple[str, str], department: str, manager: str | None) -> Person:
    first, last = name
    id = f"{first}.{last}".lower()  # noqa: A001
    accounts = {
        ACCESSDESK: id,
        TICKETS: id,
        SAILPOINT: f"2c9180{chance.hex(26)}",
        ENTRA: chance.guid(),
        ROSTERS: f"{last}-{first}".lower(),
    }
    if department in ENGINEERS:
        accounts[TELEPORT] = f"{id}@{DOMAIN}"
    return Person(
        id=id,
        name=f"{first} {last}",
        department=department,
        manager=manager,
        accounts=accounts,
        second=f"{id}.adm" if department in ENGINEERS else None,
        break_glass=chance.guid() if department == "IT" else None,
    )


def _right(row: tuple[str, str, str, str, str], owner: str) -> Right:
    source, name, system, criticality, _ = row
    of_its_own = Chance(source, name)
    id = {  # noqa: A001
        ACCESSDESK: f"ent-{name.lower().replace(' ', '-')}",
        SAILPOINT: f"2c9180{of_its_own.hex(26)}",
        TELEPORT: name,
        ENTRA: of_its_own.guid(),
    }[source]
    return Right(id, name, system, source, criticality, owner)
