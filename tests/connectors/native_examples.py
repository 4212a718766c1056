"""A native event with every field, as the design shows it."""

from typing import Any

from tests.connectors.reading import Json

ENVELOPE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "REQ-7-2",
    "source": "iga/acme",
    "type": "iga.approved",
    "subject": "REQ-7",
    "time": "2026-11-01T00:03:10.25Z",
    "data": {
        "case": "REQ-7",
        "action": "approved",
        "tenant": "acme",
        "sequence": 41,
        "links": ["execution:9f2c"],
        "actor": {"account": "bo", "kind": "human", "name": "Bo Berg"},
        "on_behalf_of": {"account": "ann"},
        "beneficiary": {"account": "cy"},
        "assignee": {"account": "dee", "namespace": "teams"},
        "stage": "manager",
        "entitlement": {
            "id": "ent-12",
            "type": "role",
            "name": "Payments operator",
            "system": "SAP-PRD",
            "privileged": True,
            "criticality": "high",
        },
        "scope": ["company:1000"],
        "duration": "PT8H",
        "justification": "Quarter end, CHG-1234",
        "evidence": [{"kind": "ticket", "ref": "CHG-1234", "digest": "sha256:0a"}],
        "workflow": {"id": "wf-access", "version": "17", "step": "approve", "owner": "team-iam"},
        "step": {
            "invocation": "inv-1",
            "extension": "notify-hr",
            "version": "3",
            "digest": "sha256:0b",
            "destination": "https://hooks.acme.example/hr",
        },
        "outcome": "approved",
    },
}


def with_data(**fields: Json) -> Json:
    """Change the envelope's data."""
    return {**ENVELOPE, "data": {**ENVELOPE["data"], **fields}}
