"""A policy speaks of those whom the record does: every name in it, and nothing else."""

from collections.abc import Iterator
from dataclasses import fields, is_dataclass, replace
from types import UnionType
from typing import Any, get_args, get_origin, get_type_hints

from rules.pattern_terms import Changes, MachineOwners, Secrets
from rules.policy import Exemption, OutsideChanges, Policy
from rules.terms import Bypass, MachineRights, MayApprove
from stream.pseudonyms.policies import renamed
from tests.archive.trails import NINE

PEOPLE = {
    "approved_by", "author", "owner", "known_automation", "outside.sanctioned_actors",
    "bypass.repair_accounts", "machine_rights.bootstrap_accounts", "machine_owners.team_owned",
    "secrets.not_told", "changes.pipelines", "may_approve.accounts", "may_approve.persons",
    "pre_approvals.owner", "maintenance.owner",
    "exceptions.owner", "exceptions.person", "exceptions.account",
}  # fmt: skip
"""Where a policy names accounts and persons."""
NOBODY = {
    "birthright_entitlements", "birthright_workflows", "bundles.entitlement", "bundles.holds",
    "bypass.repair_evidence", "changes.test_tenants", "changes.vendor_workflows",
    "conflicts.first", "conflicts.second", "emergency.drills", "environments.name",
    "environments.systems", "evidence.spared_types", "evidence.template_reasons",
    "evidence_needed.kinds", "evidence_needed.types", "exception_terms.control_evidence",
    "exception_terms.imported_from", "exception_terms.permanent_evidence",
    "exceptions.entitlement", "exceptions.mitigating_control", "exceptions.reason",
    "exceptions.rule", "exceptions.workflow", "expiry.enforced_systems", "extensions.vendor",
    "flow.consecutive", "flow.steady", "given.standing_scopes", "haste.bulk_sources",
    "haste.views_told_by", "keep_apart.first", "keep_apart.second", "keep_apart.workflow",
    "link_proofs", "maintenance.source", "may_approve.entitlement", "may_approve.stage",
    "may_approve.workflow", "ownership.vendor_steps", "pre_approvals.entitlement",
    "pre_approvals.id", "reciprocity.declared_workflows", "self_service.criticalities",
    "self_service.entitlements", "shadow", "sources.connector", "sources.name", "version",
    "webhooks.allowed_destinations", "webhooks.ignored_destinations", "webhooks.reused_links",
    "webhooks.sandbox_tenants", "webhooks.unsigned_destinations", "workflows.id",
    "workflows.optional", "workflows.steps", "workflows.version",
}  # fmt: skip
"""Where it has other words."""


def words_of(kind: Any, place: str = "") -> Iterator[str]:
    """Where in a policy there are words."""
    if kind is str:
        yield place
    elif is_dataclass(kind):
        hints = get_type_hints(kind)
        for each in fields(kind):
            yield from words_of(hints[each.name], f"{place}.{each.name}".strip("."))
    elif get_origin(kind) in (tuple, UnionType):
        for part in get_args(kind):
            yield from words_of(part, place)


def test_every_word_of_a_policy_is_a_name_or_none() -> None:
    """Who adds a knob says here which of the two it is, and renames it if it is one."""
    assert {*words_of(Policy)} == PEOPLE | NOBODY


def test_every_name_is_renamed_and_nothing_else() -> None:
    """Lists, owners, whoever may approve, and whom an exception is for."""
    told = replace(
        Policy(version="1", owner="ann", author="bo", approved_by="cy", known_automation=("bot",)),
        outside=OutsideChanges(sanctioned_actors=("hr",)),
        bypass=Bypass(repair_accounts=("fix",), repair_evidence=("ticket",)),
        machine_rights=MachineRights(bootstrap_accounts=("boot",)),
        machine_owners=MachineOwners(team_owned=("svc",)),
        secrets=Secrets(not_told=("old",)),
        changes=Changes(pipelines=("ci",)),
        may_approve=(MayApprove(entitlement="pay", accounts=("di",), persons=("P-1",)),),
        exceptions=(
            Exemption(rule="APR-001", reason="alone", owner="ed", until=NINE, person="P-2"),
            Exemption(rule="APR-001", reason="alone", owner="ed", until=NINE, account="flo"),
        ),
    )
    asked: list[str] = []

    def clear(name: str) -> str:
        asked.append(name)
        return name[1:]

    again = renamed(renamed(told, lambda name: f"~{name}"), clear)

    assert again == told
    assert all(each.startswith("~") for each in asked)
    assert {each[1:] for each in asked} == {
        *("ann", "bo", "cy", "bot", "hr", "fix", "boot", "svc", "old", "ci", "di", "ed", "flo"),
        *("P-1", "P-2"),
    }
