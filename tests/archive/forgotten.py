"""A company of which a person is forgotten: what the tests of erasure begin with."""

import json
from collections.abc import Iterator
from datetime import timedelta

from rules.machines.keeping import Act
from stream.archive.forgetting import FORGETTABLE
from stream.archive.leaves import read_leaf, read_trail_record
from stream.archive.person_names import PersonNames
from tests.archive.trails import NINE, Company, company

REASON = "asked under article 17"
CY = PersonNames(["cy"])
"""Who asks for the wiki, in every third case."""


def places_of(said: Company, names: PersonNames) -> Iterator[int]:
    """The entries of a trail that name somebody."""
    number = 0
    for record in said.trail:
        for body in map(bytes, read_trail_record(record.value).entries):
            if read_leaf(body).kind in FORGETTABLE and names.are_in(body):
                yield number
            number += 1


def forget(said: Company, names: PersonNames = CY) -> Company:
    """Once all is settled, let two people decide that somebody be forgotten; the log goes on."""
    said.tick(NINE + timedelta(days=40))
    places = tuple(places_of(said, names))
    said.decide(Act.FORGET, reason=REASON, partition=said.partition, places=places)
    said.tick(NINE + timedelta(days=41))
    return said


def last_decision(said: Company) -> int:
    """The number of the entry that decides about keeping, the last one of them."""
    bodies = [e for each in said.trail for e in read_trail_record(each.value).entries]
    told = [
        n for n, body in enumerate(bodies) if json.loads(bytes(body)).get("record") == "keeping"
    ]
    return told[-1]


def forgetful() -> Company:
    """A company that has forgotten somebody, and heard of them again."""
    return forget(company())
