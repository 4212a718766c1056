"""Policy and reference facts as the command line and `run` load them."""

from collections.abc import Iterable
from itertools import groupby
from pathlib import Path

from rules.policy import Policy
from stream.intake.fact_records import EntitlementRecord, MachineRecord, PersonRecord
from stream.intake.facts import Facts
from stream.intake.scim_files import read_scim
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
    scim: Iterable[tuple[str, Path]] = (),
) -> Facts:
    """Read the reference feeds that are named. Raises FaultyInputError for any fault in one."""
    facts = Facts(policy.link_proofs)
    if people:
        facts.load(PersonRecord, people)
    if machines:
        facts.load(MachineRecord, machines)
    if entitlements:
        facts.load(EntitlementRecord, entitlements)
    for source, paths in scim_by_source(scim).items():
        facts.take(read_scim(source, paths).records, f"SCIM of {source}")
    return facts


def scim_by_source(files: Iterable[tuple[str, Path]]) -> dict[str, list[Path]]:
    """Put the files of a source together: they are read as one."""
    ordered = sorted(files, key=lambda each: each[0])
    return {
        source: [path for _, path in each]
        for source, each in groupby(ordered, key=lambda each: each[0])
    }
