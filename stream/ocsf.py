"""A change of a finding as an OCSF Detection Finding: the vocabulary that SIEMs share.

Source: the Open Cybersecurity Schema Framework, version 1.8.0, class 2004.
"""

from collections.abc import Mapping
from importlib.metadata import version
from typing import Any

from rules.finding import Change, Finding, Severity

VERSION = "1.8.0"
CLASS = 2004
CATEGORY = 2
PRODUCT = {"name": "foureyes", "vendor_name": "foureyes", "version": version("foureyes")}

_ACTIVITY = {
    Change.OPENED: (1, "Create"),
    Change.UPDATED: (2, "Update"),
    Change.WITHDRAWN: (3, "Close"),
    Change.CONFIRMED: (2, "Update"),
}
"""A confirmed finding is not closed: the breach stays one, and nothing will change that."""
_STATUS = {
    Change.OPENED: (1, "New"),
    Change.UPDATED: (1, "New"),
    Change.WITHDRAWN: (4, "Resolved"),
    Change.CONFIRMED: (1, "New"),
}
_SEVERITY = {
    Severity.LOW: (2, "Low"),
    Severity.MEDIUM: (3, "Medium"),
    Severity.HIGH: (4, "High"),
    Severity.CRITICAL: (5, "Critical"),
}
_RULE = {"type_id": 1, "type": "Rule"}
_USER_NAME = {"type_id": 4, "type": "User Name"}


def detection_finding(finding: Finding) -> dict[str, Any]:
    """Say what changed, as OCSF has it. `time` is in milliseconds since 1970.

    `finding_info.uid` is the same through a finding's life, `metadata.uid` names one change: a
    repeat is known by it. What OCSF has no word for is under `unmapped`.
    """
    activity, activity_name = _ACTIVITY[finding.change]
    status, status_name = _STATUS[finding.change]
    severity, severity_name = _SEVERITY[finding.severity]
    told = {
        "activity_id": activity,
        "activity_name": activity_name,
        "category_uid": CATEGORY,
        "category_name": "Findings",
        "class_uid": CLASS,
        "class_name": "Detection Finding",
        "type_uid": CLASS * 100 + activity,
        "severity_id": severity,
        "severity": severity_name,
        "status_id": status,
        "status": status_name,
        "status_detail": finding.because,
        "time": int(finding.at.timestamp() * 1000),
        "message": finding.summary,
        "is_alert": finding.change in (Change.OPENED, Change.UPDATED),
        "metadata": _metadata(finding),
        "finding_info": _info(finding),
        "evidences": [{"uid": each, "data": {"event": each}} for each in finding.evidence],
        "observables": [
            {"name": "unmapped.who", "value": each, **_USER_NAME} for each in finding.who
        ],
        "remediation": {"desc": finding.next_step} if finding.next_step else None,
        "unmapped": _unmapped(finding),
    }
    return _told(told)


def _metadata(finding: Finding) -> dict[str, Any]:
    told = {
        "version": VERSION,
        "product": PRODUCT,
        "uid": f"{finding.finding}:{finding.number}",
        "correlation_uid": finding.case,
        "tenant_uid": finding.tenant,
        "sequence": finding.number,
        "log_name": "foureyes.findings",
    }
    return _told(told)


def _info(finding: Finding) -> dict[str, Any]:
    told = {
        "uid": finding.finding,
        "title": finding.title or finding.rule,
        "desc": finding.summary,
        "analytic": {
            **_RULE,
            "uid": finding.rule,
            "name": finding.title or finding.rule,
            "version": str(finding.rule_version),
        },
        "data_sources": [finding.source] if finding.source else None,
        "related_events": [{"uid": each} for each in finding.evidence],
        "tags": [{"name": "controls", "values": list(finding.controls)}]
        if finding.controls
        else None,
    }
    return _told(told)


def _unmapped(finding: Finding) -> dict[str, Any]:
    told = {
        "case": finding.case,
        "change": finding.change.value,
        "policy": finding.policy,
        "who": list(finding.who),
        "workflow": finding.workflow,
    }
    return _told(told)


def _told(texts: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out what is not there, at the first level."""
    return {name: each for name, each in texts.items() if each not in (None, "", [])}
