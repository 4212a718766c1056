"""Policy and reference facts as the command line and `run` load them."""

from pathlib import Path

from rules.policy import Policy
from stream.intake.fact_records import EntitlementRecord, MachineRecord, PersonRecord
from stream.intake.facts import Facts
from stream.policy_file import load_policy


def policy_from(path: Path | None) -> Policy:
    """Read the policy, or take the built-in one where none is named."""
    return load_policy(path) if path else Policy()


def facts_from(
    policy: Policy,
    *,
    people: Path | None = None,
    machines: Path | None = None,
    entitlements: Path | None = None,
) -> Facts:
    """Read the reference feeds that are named. Raises FaultyInputError for any fault in one."""
    facts = Facts(policy.link_proofs)
    if people:
        facts.load(PersonRecord, people)
    if machines:
        facts.load(MachineRecord, machines)
    if entitlements:
        facts.load(EntitlementRecord, entitlements)
    return facts
