"""A policy that speaks of people by other names: those by which the record has them."""

from collections.abc import Callable, Iterable
from dataclasses import replace

from rules.policy import Policy

Rename = Callable[[str], str]


def renamed(policy: Policy, name: Rename) -> Policy:
    """Rename every account and person that a policy names, and nothing else in it."""
    return replace(
        policy,
        owner=_maybe(name, policy.owner),
        author=_maybe(name, policy.author),
        approved_by=_maybe(name, policy.approved_by),
        known_automation=_every(name, policy.known_automation),
        outside=replace(
            policy.outside, sanctioned_actors=_every(name, policy.outside.sanctioned_actors)
        ),
        bypass=replace(policy.bypass, repair_accounts=_every(name, policy.bypass.repair_accounts)),
        machine_rights=replace(
            policy.machine_rights,
            bootstrap_accounts=_every(name, policy.machine_rights.bootstrap_accounts),
        ),
        machine_owners=replace(
            policy.machine_owners, team_owned=_every(name, policy.machine_owners.team_owned)
        ),
        secrets=replace(policy.secrets, not_told=_every(name, policy.secrets.not_told)),
        changes=replace(policy.changes, pipelines=_every(name, policy.changes.pipelines)),
        may_approve=tuple(
            replace(each, accounts=_every(name, each.accounts), persons=_every(name, each.persons))
            for each in policy.may_approve
        ),
        pre_approvals=tuple(replace(each, owner=name(each.owner)) for each in policy.pre_approvals),
        maintenance=tuple(replace(each, owner=name(each.owner)) for each in policy.maintenance),
        exceptions=tuple(
            replace(
                each,
                owner=name(each.owner),
                person=_maybe(name, each.person),
                account=_maybe(name, each.account),
            )
            for each in policy.exceptions
        ),
    )


def _maybe(name: Rename, told: str | None) -> str | None:
    return name(told) if told else told


def _every(name: Rename, told: Iterable[str]) -> tuple[str, ...]:
    return tuple(map(name, told))
