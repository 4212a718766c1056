"""What was decided about each alert, and why: the last ones of each desk, kept in a ring."""

from collections.abc import Iterable, Iterator
from datetime import datetime
from enum import StrEnum

import msgspec

from rules.finding import Finding
from stream.desk.delivery import Kind

DECISIONS_MAX = 1_000
"""Decisions that a desk keeps; a new one takes the place of the oldest."""
ROW = "decision:"


class Did(StrEnum):
    """What was done with a change of a finding."""

    TOLD = "told"
    HELD = "held"
    DROPPED = "dropped"
    REFUSED = "refused"


class Decision(msgspec.Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One decision: about which change of which finding, for whom, what was done and why.

    `number` counts a desk's decisions from 1; `change` counts the finding's. `until` is when a
    held one is looked at again; `group` is what it is told together with.
    """

    number: int
    at: datetime
    destination: str
    did: Did
    reason: str
    finding: str
    change: int
    kind: Kind
    rule: str
    severity: str
    case: str
    summary: str
    route: str
    group: str
    until: datetime | None = None
    tenant: str | None = None


class Decisions:
    """The last decisions of one desk, as rows: `decision:<place in the ring>`."""

    def __init__(self, destination: str) -> None:
        self._destination = destination
        self._made = 0
        self._changed: dict[str, bytes] = {}

    def add(  # noqa: PLR0913 - what is told of a decision has names
        self,
        did: Did,
        reason: str,
        *,
        at: datetime,
        finding: Finding,
        kind: Kind,
        route: str,
        group: str,
        until: datetime | None = None,
    ) -> None:
        """Note one."""
        self._made += 1
        decision = Decision(
            number=self._made,
            at=at,
            destination=self._destination,
            did=did,
            reason=reason,
            finding=finding.finding,
            change=finding.number,
            kind=kind,
            rule=finding.rule,
            severity=finding.severity.value,
            case=finding.case,
            summary=finding.summary,
            route=route,
            group=group,
            until=until,
            tenant=finding.tenant,
        )
        row = f"{ROW}{self._made % DECISIONS_MAX}"
        self._changed[row] = msgspec.json.encode(decision)

    def changes(self) -> Iterator[tuple[str, bytes]]:
        """The rows that are new since this was last asked."""
        changed, self._changed = self._changed, {}
        yield from changed.items()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Go on counting where the rows end. Raises msgspec.DecodeError."""
        self._made = max((each.number for each in read_decisions(rows)), default=self._made)


def read_decisions(rows: Iterable[tuple[str, bytes]]) -> list[Decision]:
    """The decisions among a desk's rows, the latest last. Raises msgspec.DecodeError."""
    found = (msgspec.json.decode(row, type=Decision) for name, row in rows if name.startswith(ROW))
    return sorted(found, key=lambda each: each.number)
