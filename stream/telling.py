"""Findings and counts as a person reads them."""

from collections.abc import Mapping
from datetime import datetime

from rules.finding import Change, Finding
from rules.verdict import Verdict

_WORDS = {
    Change.OPENED: "FOUND",
    Change.UPDATED: "CHANGED",
    Change.WITHDRAWN: "WITHDRAWN",
    Change.CONFIRMED: "CONFIRMED",
}
_VERDICTS = {
    Verdict.HELD: "held",
    Verdict.BROKEN: "broken",
    Verdict.OPEN: "still open",
    Verdict.CANNOT_TELL: "cannot tell",
}


def moment(at: datetime) -> str:
    """Write a time so that nobody has to ask for its zone."""
    return f"{at:%Y-%m-%d %H:%M:%SZ}"


def finding_text(finding: Finding) -> str:
    """Tell one change of a finding in two or three lines."""
    head = (
        f"{moment(finding.at)}  {_WORDS[finding.change]:<9} {finding.severity.upper():<8} "
        f"{finding.rule}  {finding.case}{'  (in shadow)' if finding.shadow else ''}"
    )
    lines = [head, f"    {finding.summary}"]
    if finding.change is Change.WITHDRAWN:
        lines.append(f"    because {finding.because}")
    else:
        if finding.change is not Change.OPENED:
            lines.append(f"    because {finding.because}")
        lines.append(f"    next: {finding.next_step}")
    return "\n".join(lines)


def untold_text(untold: Mapping[str, str]) -> str:
    """Tell that a question can not be answered, and why."""
    due = moment(datetime.fromisoformat(untold["due"]))
    return f"{due}  CANNOT TELL        {untold['untold']}  {untold['case']}\n    {untold['reason']}"


def sum_text(total: int, of: str, parts: Mapping[str, int]) -> str:
    """Write a sum that the reader can check."""
    return f"{of} {total:,} = " + " + ".join(f"{count:,} {name}" for name, count in parts.items())


def decisions_text(decisions: Mapping[Verdict, int]) -> str:
    """Write what became of the decisions, as a sum."""
    order = (Verdict.HELD, Verdict.BROKEN, Verdict.OPEN, Verdict.CANNOT_TELL)
    parts = {_VERDICTS[verdict]: decisions.get(verdict, 0) for verdict in order}
    return sum_text(sum(parts.values()), "decisions", parts)
