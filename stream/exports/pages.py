"""What people read of an export: each case's story as text, cases and findings as CSV."""

import csv
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from rules.explain import explain
from rules.finding import Finding
from stream.exports.hearing import Heard
from stream.story_pages import plain_page

RULE = "=" * 92
_FORMULAS = tuple("=+-@\t\r\n\uff1d\uff0b\uff0d\uff20")
"""What a spreadsheet may take for a formula, where a cell begins with it; four are wide."""

CASES_HEAD = (
    "case",
    "tenant",
    "verdict",
    "steps",
    "first_step_at",
    "last_step_at",
    "standing_findings",
    "policy",
    "closed",
    "log",
    "first_entry",
    "entries",
    "forgotten",
)
FINDINGS_HEAD = (
    "finding",
    "number",
    "change",
    "at",
    "rule",
    "rule_version",
    "severity",
    "title",
    "case",
    "tenant",
    "who",
    "summary",
    "next_step",
    "controls",
    "evidence",
    "workflow",
    "policy",
    "because",
)


def story_text(log: str, heard: Heard) -> bytes:
    """A case's story, and which entries of which log tell it; a paragraph a line."""
    judged, numbers = heard.judged_again, ", ".join(str(each.number) for each in heard.entries)
    if judged is None:
        page = untold_page(heard)
    else:
        page = plain_page(explain(judged.file, judged.said, heard.history))
    return f"{RULE}\n\nLog {log}, entries {numbers}.\n\n{page}\n\n".encode()


def untold_page(heard: Heard) -> str:
    """Say of a case that nobody can tell it any more."""
    gone, every = len(heard.gone), len(heard.entries)
    return f"Case {heard.name[1]} is not judged again: {gone} of {every} entries are erased."


def case_row(log: str, heard: Heard) -> bytes:
    """A case as a row of CSV."""
    tenant, case = heard.name
    standing = heard.standing()
    times = heard.times
    return csv_row(
        [
            case,
            tenant,
            _verdict(heard) or "none",
            str(len(heard.judged.file.path if heard.judged_again else heard.events)),
            moment(times[0]) if times else "",
            moment(times[1]) if times else "",
            " ".join(sorted(standing)),
            heard.judged.file.policy.version if heard.judged_again else "",
            "no" if heard.closed is None else "yes",
            log,
            str(heard.first),
            str(len(heard.entries)),
            str(len(heard.gone)),
        ]
    )


def _verdict(heard: Heard) -> str | None:
    """The verdict as it follows; as it was recorded where nobody can judge again."""
    if heard.judged_again is not None:
        return heard.judged.verdict
    return heard.closed.verdict if heard.closed else None


def finding_row(finding: Finding) -> bytes:
    """One change of a finding as a row of CSV."""
    return csv_row(
        [
            finding.finding,
            str(finding.number),
            finding.change,
            moment(finding.at),
            finding.rule,
            str(finding.rule_version),
            finding.severity,
            finding.title,
            finding.case,
            finding.tenant or "",
            "; ".join(finding.who),
            finding.summary,
            finding.next_step,
            "; ".join(finding.controls),
            "; ".join(finding.evidence),
            finding.workflow or "",
            finding.policy,
            finding.because or "",
        ]
    )


def csv_row(cells: Sequence[str]) -> bytes:
    """A row; what a spreadsheet would run is made text by a leading apostrophe."""
    plain = [f"'{cell}" if cell.startswith(_FORMULAS) else cell for cell in cells]
    row: str = _ROWS.writerow(plain)
    return row.encode()


class _Straight:
    """A file that gives back what is written to it: `writerow` hands that over."""

    def write(self, row: str) -> str:
        """Give it back."""
        return row


_ROWS: Any = csv.writer(_Straight(), lineterminator="\r\n")


def moment(at: datetime) -> str:
    """A time as the log writes it."""
    return at.isoformat().replace("+00:00", "Z")
