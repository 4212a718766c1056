"""What follows from the reference records that hold at one time: the stamps for an event."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

from rules.events import ActorKind
from stream.intake.fact_records import (
    CRITICALITIES,
    EntitlementRecord,
    MachineRecord,
    PersonRecord,
)

_UNKNOWN = frozenset({None, "", ActorKind.UNKNOWN.value})
_RANK = {word: number for number, word in enumerate(CRITICALITIES)}


class AccountFact(NamedTuple):
    """What stands behind an account: a person or a machine, or several that claim it."""

    person: str | None = None
    proof: str | None = None
    kind: str | None = None
    owner: str | None = None
    claimed_by: tuple[str, ...] = ()
    """Who claims it, where they can not all be right. Then none of them is stamped."""


class EntitlementFact(NamedTuple):
    """The risk of a right, and what it is called."""

    privileged: bool | None = None
    criticality: str | None = None
    name: str | None = None
    type: str | None = None


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


def risk(holding: Sequence[EntitlementRecord]) -> EntitlementFact:
    """Take the highest risk of records that hold at once, and the name of the most specific."""
    told = [each.privileged for each in holding if each.privileged is not None]
    ranks = [_RANK[each.criticality] for each in holding if each.criticality is not None]
    closest = sorted(holding, key=lambda r: (r.system is None, r.source is None, str(r.identity())))
    return EntitlementFact(
        privileged=any(told) if told else None,
        criticality=CRITICALITIES[max(ranks)] if ranks else None,
        name=next((each.name for each in closest if each.name is not None), None),
        type=next((each.type for each in closest if each.type is not None), None),
    )


def stamp_machine(party: dict[str, Any], kind: str) -> None:
    """Say which kind of machine a party is; where the source has told its kind, that stays."""
    if party.get("kind") in _UNKNOWN:
        party["kind"] = kind


def stamp_entitlement(entitlement: dict[str, Any], fact: EntitlementFact) -> None:
    """Write what is known of a right onto it: the higher risk of source and feed wins."""
    if fact.privileged is not None and not entitlement.get("privileged"):
        entitlement["privileged"] = fact.privileged
    if fact.criticality is not None:
        told = entitlement.get("criticality")
        # A word that is not on the scale can not be compared; the feed's can.
        if told is None or _RANK.get(told.lower(), -1) < _RANK[fact.criticality]:
            entitlement["criticality"] = fact.criticality
    if fact.name is not None:
        entitlement.setdefault("name", fact.name)
    if fact.type is not None:
        entitlement.setdefault("type", fact.type)
