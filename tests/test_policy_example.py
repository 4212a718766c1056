"""The example policy explains every knob, and says of none what is not so."""

import dataclasses
import re
import tomllib
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rules.pattern_terms import Conflict, Maintenance
from rules.policy import Exemption, Policy, Progress, SourcePolicy
from rules.terms import (
    Bundle,
    Environment,
    EvidenceNeeded,
    KeptApart,
    MayApprove,
    PreApproval,
    Route,
)
from stream.policy_file import load_policy, read_policy_document
from stream.policy_shape import HOMES

LISTS: dict[str, Any] = {
    "exceptions": Exemption,
    "pre_approvals": PreApproval,
    "evidence_needed": EvidenceNeeded,
    "environments": Environment,
    "bundles": Bundle,
    "keep_apart": KeptApart,
    "may_approve": MayApprove,
    "workflows": Route,
    "conflicts": Conflict,
    "maintenance": Maintenance,
}
"""Knobs that are lists of tables."""
EXAMPLE = Path(__file__).parents[1] / "deploy" / "policy.example.toml"


def read(document: str) -> Policy:
    """Read a document as if it were the example."""
    return read_policy_document(document.encode(), EXAMPLE)


def uncommented() -> str:
    """Give the example with its commented blocks in force."""
    return re.sub(r"^#: ", "", EXAMPLE.read_text(), flags=re.MULTILINE)


def keys_of(group: Any, section: str) -> set[tuple[str, str]]:
    """List the document's keys for a group of knobs."""
    return {(section, each.name) for each in dataclasses.fields(group)}


def test_the_example_is_the_built_in_policy_with_a_name_and_an_owner() -> None:
    """Whoever copies the example changes nothing until they change something."""
    policy = load_policy(EXAMPLE)

    assert policy == dataclasses.replace(Policy(), version="example-1", owner="team-iam")


def test_whatever_the_example_calls_default_is_the_default() -> None:
    """Each line marked so, taken alone, reads as the built-in policy."""
    section, marked = "", 0
    for line in EXAMPLE.read_text().splitlines():
        if line.startswith("["):
            section = line
        elif "# default" in line:
            marked += 1

            assert read(f"{section}\n{line}") == Policy(), line
    assert marked >= 20


def test_the_example_shows_every_knob() -> None:
    """A knob that the example does not explain is one that nobody finds."""
    wanted = set(HOMES.values())
    for name in (each.name for each in dataclasses.fields(Policy) if each.name not in HOMES):
        if name != "sources" and name not in LISTS:
            wanted |= keys_of(getattr(Policy(), name), name)
    tree = tomllib.loads(uncommented())
    lists = {name: tree.pop(name) for name in LISTS}
    [source] = tree.pop("sources").values()

    assert {(name, key) for name, keys in tree.items() for key in keys} == wanted
    for name, kind in LISTS.items():
        shown = {key for table in lists[name] for key in table}

        assert shown == {each.name for each in dataclasses.fields(kind)}, name
    assert {"name", *source} == {each.name for each in dataclasses.fields(SourcePolicy)}


def test_the_examples_in_the_example_can_be_used() -> None:
    """The commented blocks are read too; documentation that does not load is worse than none."""
    policy = read(uncommented())

    assert policy.in_force_from == datetime(2027, 1, 1, tzinfo=UTC)
    assert policy.exceptions[0].until == datetime(2027, 3, 31, tzinfo=UTC)
    assert policy.source("acme") == SourcePolicy(
        name="acme",
        connector="native",
        progress=Progress.CLOCK,
        delay=timedelta(minutes=5),
        silent_after=timedelta(days=3),
    )
