"""Policy and reference facts as the command line and `run` load them."""

from collections.abc import Iterable, Mapping
from itertools import groupby
from pathlib import Path

from rules.policy import Policy
from stream.intake.fact_records import EntitlementRecord, MachineRecord, PersonRecord
from stream.intake.facts import Facts
from stream.intake.scim_files import read_scim
from stream.policy_file import load_policy
from stream.settings import Settings


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


def fact_files(settings: Settings) -> dict[str, Path]:
    """The files of facts that the settings name, each under a name of its own."""
    told = {"people": settings.people, "machines": settings.machines}
    told["entitlements"] = settings.entitlements
    told |= {f"scim-{number}": path for number, (_, path) in enumerate(settings.scim or ())}
    return {name: path for name, path in told.items() if path is not None}


def facts_in(settings: Settings, policy: Policy, files: Mapping[str, Path]) -> Facts:
    """Read files that stand for those of the settings. Raises FaultyInputError."""
    named = enumerate(settings.scim or ())
    return facts_from(
        policy,
        people=files.get("people"),
        machines=files.get("machines"),
        entitlements=files.get("entitlements"),
        scim=[(of, files[f"scim-{n}"]) for n, (of, _) in named if f"scim-{n}" in files],
    )


def scim_by_source(files: Iterable[tuple[str, Path]]) -> dict[str, list[Path]]:
    """Put the files of a source together: they are read as one."""
    ordered = sorted(files, key=lambda each: each[0])
    return {
        source: [path for _, path in each]
        for source, each in groupby(ordered, key=lambda each: each[0])
    }
