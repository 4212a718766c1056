"""What follows from the reference records that hold at one time: the stamps for an event."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

from rules.stamping import CRITICALITIES
from stream.intake.fact_records import EntitlementRecord, MachineRecord, PersonRecord

_RANK = {word: number for number, word in enumerate(CRITICALITIES)}


class AccountFact(NamedTuple):
    """What stands behind an account: a person or a machine, or several that claim it."""

    person: str | None = None
    proof: str | None = None
    kind: str | None = None
    owner: str | None = None
    claimed_by: tuple[str, ...] = ()
    """Who claims it, where they can not all be right. Then none of them is stamped."""


RightFact = Mapping[str, bool | str]
"""What is known of a right: `privileged`, `criticality`, `name`, `type`, or less of it."""


def behind(
    holding: Sequence[PersonRecord | MachineRecord], proof_rank: Mapping[str | None, int]
) -> AccountFact:
    """Say what stands behind an account; only proofs that have a rank link a person to it."""
    proven = sorted(
        (proof_rank[each.proof], each.person, each.proof)
        for each in holding
        if isinstance(each, PersonRecord) and each.proof in proof_rank
    )
    people = tuple(sorted({person for _, person, _ in proven}))
    machines = [each for each in holding if isinstance(each, MachineRecord)]
    if machines:
        return _machine(machines, people)
    if len(people) == 1:
        return AccountFact(person=people[0], proof=proven[0][2])
    return AccountFact(claimed_by=people)


def _machine(machines: Sequence[MachineRecord], people: tuple[str, ...]) -> AccountFact:
    owners = tuple(sorted({each.owner for each in machines if each.owner is not None}))
    claims = (*people, "a machine") if people else owners
    return AccountFact(
        # Of the two kinds an agent, which decides for itself, is the greater risk.
        kind=min(each.kind for each in machines),
        owner=owners[0] if len(owners) == 1 else None,
        claimed_by=claims if len(claims) > 1 else (),
    )


def has_left(holding: Sequence[PersonRecord]) -> bool:
    """Whether a person is gone: one record that says so is enough."""
    return any(each.status == "left" for each in holding)


def risk(holding: Sequence[EntitlementRecord]) -> RightFact:
    """Take the highest risk of records that hold at once, and the name of the most specific."""
    told = [each.privileged for each in holding if each.privileged is not None]
    ranks = [_RANK[each.criticality] for each in holding if each.criticality is not None]
    closest = sorted(holding, key=lambda r: (r.system is None, r.source is None, str(r.identity())))
    known = {
        "privileged": any(told) if told else None,
        "criticality": CRITICALITIES[max(ranks)] if ranks else None,
        "name": next((each.name for each in closest if each.name is not None), None),
        "type": next((each.type for each in closest if each.type is not None), None),
    }
    return {name: value for name, value in known.items() if value is not None}
