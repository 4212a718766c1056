"""One event stamped, for tests of the reference facts."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from rules.policy import Policy
from stream.intake.facts import Facts

NOON = datetime(2026, 11, 2, 12, tzinfo=UTC)


Told = Mapping[str, object]
NOTHING: Told = {}


def learned(*records: dict[str, object]) -> Facts:
    """Make facts that know these records, by the built-in policy."""
    facts = Facts(Policy().link_proofs)
    for record in records:
        facts.learn(record)
    return facts


def party_of(
    facts: Facts, account: str, *, at: datetime = NOON, source: str = "acme", told: Told = NOTHING
) -> dict[str, Any]:
    """Stamp an event whose actor is this account; give the actor."""
    event: dict[str, Any] = {"id": "1", "source": source, "occurred_at": at}
    event["actor"] = {"account": account, **told}
    facts.stamp(event)
    actor: dict[str, Any] = event["actor"]
    return actor


def entitlement_of(
    facts: Facts, id: str, *, at: datetime = NOON, source: str = "acme", told: Told = NOTHING
) -> dict[str, Any]:
    """Stamp an event about this entitlement; give the entitlement."""
    event: dict[str, Any] = {"id": "1", "source": source, "occurred_at": at}
    event["entitlement"] = {"id": id, **told}
    facts.stamp(event)
    entitlement: dict[str, Any] = event["entitlement"]
    return entitlement


def link(person: str = "ann", account: str = "a1", **more: object) -> dict[str, object]:
    """Make a person's record with an accepted proof."""
    return {"person": person, "account": account, "proof": "hr", **more}
