"""The life of findings: what changed between what stood and what is seen now."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime

from rules.finding import Change, Finding
from rules.machines.cases import Case


class Revision(str):
    """Words for grounds that changed under a case: what is opened then says so as well."""

    __slots__ = ()


def changes_between(
    case: Case, rule_id: str, seen: list[Finding], *, because: str, at: datetime | None
) -> Iterator[Finding]:
    """Give each change of a rule's findings: opened, updated, withdrawn; nothing for no change.

    `at` is when the event happened that made the rule ask, None where a deadline did.
    """
    standing = {finding.finding: finding for finding in case.standing(rule_id)}
    because, opened_because = str(because), str(because) if isinstance(because, Revision) else None
    for finding in seen:
        known = case.findings.get(finding.finding)
        if known is None:
            yield replace(finding, because=opened_because) if opened_because else finding
        elif known.change is Change.WITHDRAWN:
            yield replace(finding, number=known.number + 1, because=because)
        elif not _same(known, finding):
            yield replace(finding, number=known.number + 1, change=Change.UPDATED, because=because)
        standing.pop(finding.finding, None)
    # A case may have been written down and read since: no order of its own is left to go by.
    for _, gone in sorted(standing.items()):
        yield replace(
            gone,
            number=gone.number + 1,
            change=Change.WITHDRAWN,
            at=gone.at if at is None else max(gone.at, at),
            because=because,
        )


def confirmed(case: Case, at: datetime) -> list[Finding]:
    """Confirm what still stands: the case has been quiet for as long as policy asks."""
    return [
        replace(
            finding,
            number=finding.number + 1,
            change=Change.CONFIRMED,
            at=at,
            because="nothing further was reported until the case settled",
        )
        for _, finding in sorted(case.findings.items())
        if finding.change in (Change.OPENED, Change.UPDATED)
    ]


def _same(known: Finding, seen: Finding) -> bool:
    """Whether two findings say the same, wherever they stand in their lives."""
    # A confirmation has a moment of its own, which is not the breach's.
    at = seen.at if known.change is Change.CONFIRMED else known.at
    like = replace(known, number=seen.number, change=seen.change, because=seen.because, at=at)
    return like == seen
