"""What the archive's tables keep of a finding: a row for each change, and one for its last word."""

import re
from collections.abc import Iterator
from datetime import datetime
from typing import Any

import msgspec

from stream.archive.leaves import DamagedTrailError, Leaf
from stream.archive.moments import microseconds

Row = dict[str, Any]
_NAME_AND_ACCOUNT = re.compile(r"(.+) \((.+)\)", re.DOTALL)
"""How `rules.events.called` names somebody whose account is not what people call them."""


class Told(msgspec.Struct, gc=False):
    """What a change of a finding says that people look for."""

    at: datetime
    case: str
    source: str
    tenant: str | None = None
    workflow: str | None = None
    entity: str | None = None
    shadow: bool | None = None
    who: tuple[str, ...] = ()

    def names(self) -> Iterator[str]:
        """What those are called whom it concerns: "Ann Lee (ann)", "Ann Lee", "ann"."""
        for who in self.who:
            yield who
            if parts := _NAME_AND_ACCOUNT.fullmatch(who):
                yield from parts.groups()


_TOLD = msgspec.json.Decoder(Told)


def read_told(body: bytes) -> Told:
    """Look at a change of a finding. Raises DamagedTrailError."""
    try:
        return _TOLD.decode(body)
    except (msgspec.DecodeError, ValueError) as error:
        raise DamagedTrailError(
            where="a finding in the trail", found=str(error), expected="when and about what it is"
        ) from error


def change_row(leaf: Leaf, case: int, entry: int) -> Row:
    """The row of one change."""
    return {
        "entry_id": entry,
        "finding": leaf.finding,
        "number": leaf.number,
        "change": leaf.change,
        "case_id": case,
        "rule": leaf.rule,
        "rule_version": leaf.rule_version,
        "severity": leaf.severity,
        "policy": leaf.policy,
    }


def standing_row(change: Row, told: Told) -> Row:
    """The row of a finding as of one of its changes; when it was opened is true of the first."""
    at = microseconds(told.at)
    return {
        "finding": change["finding"],
        "entry_id": change["entry_id"],
        "case_id": change["case_id"],
        "opened_at": at,
        "at": at,
        "change": change["change"],
        "rule": change["rule"],
        "severity": change["severity"],
        "tenant": told.tenant or "",
        "name": told.case,
        "entity": told.entity,
        "source": told.source,
        "workflow": told.workflow,
        "shadow": int(bool(told.shadow)),
    }


CHANGING = (
    "entry_id", "case_id", "at", "change", "severity", "source", "workflow", "shadow",
)  # fmt: skip
"""What a later change says anew; the rest is the finding's for good."""
