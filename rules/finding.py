"""What a rule saw, numbered and stamped, with a life of its own."""

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import Any


class Severity(StrEnum):
    """How bad a breach is, from least to worst."""

    LOW = "low"
    MEDIUM = "medium"
    HIGH = "high"
    CRITICAL = "critical"


class Change(StrEnum):
    """The moments in a finding's life."""

    OPENED = "opened"
    UPDATED = "updated"
    WITHDRAWN = "withdrawn"
    CONFIRMED = "confirmed"


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One change in the life of one finding: what foureyes tells the world.

    `finding` is derived from rule, tenant, case and subject, so every host and every replay gives
    the same breach the same id; `number` counts its changes from 1. `at` is the moment, in the
    record's own time, at which the answer followed: the last event of the evidence, or the
    deadline that passed. `evidence` holds event ids, the first one is what it is about and `source`
    who told of that. `because` says why a finding was updated, withdrawn or confirmed. `entity` is
    the kind of what the finding is about where that is no case; then `case` is the entity's name.
    """

    finding: str
    number: int
    change: Change
    rule: str
    rule_version: int
    severity: Severity
    title: str
    tenant: str | None
    case: str
    at: datetime
    evidence: tuple[str, ...]
    who: tuple[str, ...]
    summary: str
    next_step: str
    controls: tuple[str, ...]
    policy: str
    source: str
    workflow: str | None = None
    because: str | None = None
    entity: str | None = None
    shadow: bool | None = None
    """Whether its rule is in shadow: then nobody is told. None: it is not."""


_TUPLES = ("evidence", "who", "controls")


def read_finding(told: Mapping[str, Any]) -> Finding:
    """Make a finding of its JSON form again: what is absent there was None or empty."""
    found = dict(told)
    found["at"] = datetime.fromisoformat(found["at"])
    found["severity"] = Severity(found["severity"])
    found["change"] = Change(found["change"])
    for name in _TUPLES:
        found[name] = tuple(found.get(name, ()))
    for name in ("tenant", "workflow", "because", "entity", "shadow"):
        found.setdefault(name, None)
    return Finding(**found)


def finding_id(rule: str, tenant: str | None, case: str, subject: str) -> str:
    """Name a breach: the same wherever and however often it is found."""
    text = "\x1f".join((rule, tenant or "", case, subject))
    return f"{rule}-{hashlib.sha256(text.encode()).hexdigest()[:16]}"
