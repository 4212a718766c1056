"""Keeps what the machines say during the day, for the summary at its end."""

import json
from typing import Any

from rules.finding import Change, Finding, read_finding
from rules.machines.contract import FINDINGS, HEALTH, REFUSED, Output


class Chronicle:
    """Every finding as it stands, every refusal, and every question that nobody can answer.

    Each `take_…` gives what there is to be told now.
    """

    def __init__(self) -> None:
        self.findings: dict[str, Finding] = {}
        self.changes: dict[Change, int] = dict.fromkeys(Change, 0)
        self.refused: list[dict[str, Any]] = []
        self.untold: list[dict[str, Any]] = []

    def take_finding(self, output: Output) -> Finding | None:
        """Note a change of a finding."""
        if output.log != FINDINGS:
            return None
        finding = read_finding(json.loads(output.value))
        self.findings[finding.finding] = finding
        self.changes[finding.change] += 1
        return finding

    def take_refused(self, output: Output) -> list[dict[str, Any]]:
        """Note what could not be read."""
        if output.log != REFUSED:
            return []
        refused: list[dict[str, Any]] = json.loads(output.value.split(b"\n", 1)[0])["refused"]
        self.refused += refused
        return refused

    def take_untold(self, output: Output) -> dict[str, Any] | None:
        """Note a question that can not be answered."""
        told: dict[str, Any] = json.loads(output.value) if output.log == HEALTH else {}
        if "untold" not in told:
            return None
        self.untold.append(told)
        return told

    def standing(self) -> list[Finding]:
        """The findings that have not been withdrawn, in the order in which they were opened."""
        return [each for each in self.findings.values() if each.change is not Change.WITHDRAWN]

    def withdrawn(self) -> int:
        """How many findings do not stand any more."""
        return len(self.findings) - len(self.standing())
