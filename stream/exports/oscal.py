"""Findings that stand, as OSCAL assessment results: what tools of governance and audit read.

Source: NIST's Open Security Controls Assessment Language, version 1.1.3, assessment results.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import NAMESPACE_URL, uuid5

from rules.finding import Finding

VERSION = "1.2.3"
NAMESPACE = "https://foureyes.invalid/oscal"
"""Whose the properties are; nothing is there to be fetched."""


def assessment_results(
    *, archive: str, rules: str, what: str, made_at: datetime, findings: Iterable[Finding]
) -> dict[str, Any]:
    """Tell the findings that stand at the end of an export; ids follow from what they are of."""
    standing = list(findings)
    start = min([each.at for each in standing], default=made_at)
    result: dict[str, Any] = {
        "uuid": _id(archive, what, "result"),
        "title": f"foureyes, rules {rules}",
        "description": f"Findings that stand in {what}.",
        "start": _moment(start),
        "end": _moment(made_at),
        "reviewed-controls": {"control-selections": [{"include-all": {}}]},
    }
    if standing:
        result["observations"] = [_observation(archive, each) for each in standing]
        result["findings"] = [_finding(archive, each) for each in standing]
    return {
        "assessment-results": {
            "uuid": _id(archive, what, _moment(made_at)),
            "metadata": {
                "title": f"Access decisions: {what}",
                "last-modified": _moment(made_at),
                "version": rules,
                "oscal-version": VERSION,
            },
            "import-ap": {"href": "#no-assessment-plan"},
            "results": [result],
        }
    }


def _observation(archive: str, finding: Finding) -> dict[str, Any]:
    return {
        "uuid": _id(archive, finding.finding, "observation"),
        "title": finding.title,
        "description": finding.summary,
        "methods": ["TEST"],
        "types": ["finding"],
        "props": _props(finding, [("event", each) for each in finding.evidence]),
        "collected": _moment(finding.at),
    }


def _finding(archive: str, finding: Finding) -> dict[str, Any]:
    return {
        "uuid": _id(archive, finding.finding, "finding"),
        "title": finding.title,
        "description": f"{finding.summary} Next step: {finding.next_step}",
        "props": _props(finding, [("control", each) for each in finding.controls]),
        "target": {
            "type": "objective-id",
            "target-id": finding.rule,
            "status": {"state": "not-satisfied"},
        },
        "related-observations": [
            {"observation-uuid": _id(archive, finding.finding, "observation")}
        ],
    }


def _props(finding: Finding, more: Sequence[tuple[str, str]]) -> list[dict[str, str]]:
    told = [
        ("finding", finding.finding),
        ("case", finding.case),
        ("severity", finding.severity.value),
        ("policy", finding.policy),
        *more,
    ]
    # A property's value may neither be empty nor begin or end with a blank.
    plain = [(name, " ".join(value.split())) for name, value in told]
    return [{"name": name, "ns": NAMESPACE, "value": value} for name, value in plain if value]


def _id(*of: str) -> str:
    return str(uuid5(NAMESPACE_URL, "\x1f".join((NAMESPACE, *of))))


def _moment(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")
