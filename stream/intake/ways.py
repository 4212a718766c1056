"""What is known of an account or a right, for each way of being asked about it."""

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from itertools import pairwise
from typing import Any

from stream.intake.dossier import Dossier
from stream.intake.facts import Facts, entitlement_line
from stream.intake.stamps import AccountFact

EVERY_OTHER = "*"
"""Any source or system that no record names."""

Stretches = list[tuple[datetime | None, Mapping[str, Any]]]
"""From when on (None: since ever) what was so."""
Ways = dict[tuple[str, str | None], Stretches]
"""By the source that asks, and the account's namespace or the system that is named."""

_SINCE_EVER = datetime.min.replace(tzinfo=UTC)


def account_ways(facts: Facts, account: str) -> Ways:
    """What is known of an account, as `Facts` stamps it."""
    dossier = facts.account_dossier(account)
    if dossier is None:
        return {}
    records = dossier.records.values()
    return {
        (source or EVERY_OTHER, namespace): _stretches(facts, dossier, source, namespace)
        for source in {None, *(each.source for each in records)}
        for namespace in {each.namespace for each in records}
    }


def right_ways(facts: Facts, right: str) -> Ways:
    """What is known of a right, as `Facts` stamps it."""
    dossier = facts.right_dossier(right)
    if dossier is None:
        return {}
    records = dossier.records.values()
    return {
        (source or EVERY_OTHER, system): entitlement_line(dossier, source, system).stretches()
        for source in {None, *(each.source for each in records)}
        for system in {None, EVERY_OTHER, *(each.system for each in records)}
    }


def _stretches(
    facts: Facts, dossier: Dossier, source: str | None, namespace: str | None
) -> Stretches:
    """An owner who leaves cuts a stretch in two."""
    told: Stretches = []
    line = facts.account_line(dossier, source, namespace).stretches()
    for (since, fact), (until, _) in pairwise([*line, (None, AccountFact())]):
        starts = [since, *_leaves_between(facts, fact.owner, since, until)]
        told += [(start, _stamps(facts, fact, start)) for start in starts]
    return told


def _leaves_between(
    facts: Facts, owner: str | None, since: datetime | None, until: datetime | None
) -> Iterator[datetime]:
    for at in facts.leaves(owner) if owner else ():
        if (since is None or since < at) and (until is None or at < until):
            yield at


def _stamps(facts: Facts, fact: AccountFact, at: datetime | None) -> Mapping[str, Any]:
    if fact.person is not None:
        return {"person": fact.person, "proof": fact.proof}
    if fact.kind is None:
        return {}
    told = facts.of_machine(fact, at or _SINCE_EVER)
    return {name: value for name, value in told.items() if value is not None}
