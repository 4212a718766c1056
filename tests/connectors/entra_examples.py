"""Audit records as Microsoft documents them, written by us: PIM and entitlement management."""

from typing import Any

import orjson

ANN = {"user": {"id": "id-ann", "userPrincipalName": "ann@acme.example", "displayName": "Ann"}}
BO = {"user": {"id": "id-bo", "userPrincipalName": "bo@acme.example", "displayName": "Bo"}}
FULFILLER = {"app": {"appId": "app-1", "servicePrincipalId": "sp-1", "displayName": "Governance"}}


def detail(**told: str) -> list[dict[str, str]]:
    """Additional details as Entra writes them."""
    return [{"key": key, "value": value} for key, value in told.items()]


GRAPH: dict[str, Any] = {
    "id": "PIM_1",
    "activityDisplayName": "Add member to role requested (PIM activation)",
    "activityDateTime": "2026-10-01T08:00:00.1234567Z",
    "category": "RoleManagement",
    "correlationId": "corr-1",
    "loggedByService": "PIM",
    "result": "success",
    "resultReason": "INC-9",
    "initiatedBy": ANN,
    "targetResources": [
        {"id": "role-1", "type": "Role", "displayName": "Global Reader", "modifiedProperties": []},
        {"id": "other-1", "type": "Other"},
        {"id": "id-ann", "type": "User", "displayName": "Ann", "userPrincipalName": "ann@acme"},
        {"id": "dir-1", "type": "Directory", "displayName": "Acme"},
    ],
    "additionalDetails": detail(
        RoleAssignmentRequestId="req-1", Justification="INC-9", TicketNumber="INC-9"
    ),
}
APPROVED: dict[str, Any] = {
    **GRAPH,
    "id": "PIM_2",
    "activityDisplayName": "Add member to role request approved (PIM activation)",
    "correlationId": "corr-2",
    "initiatedBy": BO,
}
EXPIRED: dict[str, Any] = {
    **GRAPH,
    "id": "PIM_3",
    "activityDisplayName": "Remove member from role (PIM activation expired)",
    "initiatedBy": {"user": {"id": "", "displayName": "Azure AD PIM", "userPrincipalName": None}},
}
PACKAGE: dict[str, Any] = {
    **GRAPH,
    "id": "EM_1",
    "activityDisplayName": "User requests access package assignment",
    "category": "EntitlementManagement",
    "loggedByService": "Entitlement Management",
    "targetResources": [
        {"id": "emreq-1", "type": "Request"},
        {"id": "ap-1", "type": "AccessPackage", "displayName": "Sales"},
    ],
    "additionalDetails": [],
}
FULFILLED: dict[str, Any] = {
    **PACKAGE,
    "id": "EM_2",
    "activityDisplayName": "Fulfill access package assignment request",
}
EXTENSION: dict[str, Any] = {
    **PACKAGE,
    "id": "EM_3",
    "activityDisplayName": "Execute custom extension",
    "initiatedBy": FULFILLER,
    "targetResources": [
        {"id": "emreq-1", "type": "Request"},
        {"id": "ext-1", "type": "CustomExtension", "displayName": "Notify HR"},
    ],
}
POLICY: dict[str, Any] = {
    **PACKAGE,
    "id": "EM_4",
    "activityDisplayName": "Update access package assignment policy",
    "targetResources": [{"id": "pol-1", "type": "AccessPackageAssignmentPolicy"}],
}
SETTING: dict[str, Any] = {
    **GRAPH,
    "id": "PIM_4",
    "activityDisplayName": "Update role setting in PIM",
}
REVIEW: dict[str, Any] = {
    **GRAPH,
    "id": "AR_1",
    "activityDisplayName": "Approve decision",
    "category": "Policy",
    "loggedByService": "Access Reviews",
    "initiatedBy": BO,
    "targetResources": [
        {"id": "rev-1", "type": "Other", "displayName": "Q4 guests"},
        {"id": "id-cy", "type": "User", "displayName": "Cy"},
        {"id": "grp-1", "type": "Group", "displayName": "Sales"},
    ],
    "additionalDetails": detail(Justification="still in the project"),
}
WORKFLOW: dict[str, Any] = {
    **GRAPH,
    "id": "LCW_1",
    "activityDisplayName": "Add workflow version",
    "category": "WorkflowManagement",
    "loggedByService": "Lifecycle Workflows",
    "targetResources": [{"id": "wf-1", "type": "Workflow", "displayName": "Leaver"}],
    "additionalDetails": [],
}
TASK_EXTENSION: dict[str, Any] = {
    **WORKFLOW,
    "id": "LCW_2",
    "activityDisplayName": "Update custom task extension",
    "category": "Other",
    "targetResources": [{"id": "ext-2", "type": "Other", "displayName": "Disable badge"}],
}
EXAMPLES = (
    GRAPH, APPROVED, EXPIRED, PACKAGE, FULFILLED, EXTENSION, POLICY, SETTING,
    REVIEW, WORKFLOW, TASK_EXTENSION,
)  # fmt: skip

DIAGNOSTIC: dict[str, Any] = {
    "time": "2026-10-01T08:00:00.1234567Z",
    "operationName": GRAPH["activityDisplayName"],
    "category": "AuditLogs",
    "resultSignature": "None",
    "tenantId": "ten-1",
    "properties": GRAPH,
}
SENTINEL: dict[str, Any] = {
    "TimeGenerated": "2026-10-01T08:00:00.123456Z",
    "OperationName": GRAPH["activityDisplayName"],
    "Id": "PIM_1",
    "LoggedByService": "PIM",
    "Result": "success",
    "ResultReason": "INC-9",
    "InitiatedBy": orjson.dumps(ANN).decode(),
    "TargetResources": orjson.dumps(GRAPH["targetResources"]).decode(),
    "AdditionalDetails": orjson.dumps(GRAPH["additionalDetails"]).decode(),
}
PANTHER: dict[str, Any] = {
    "p_log_type": "Azure.Audit",
    "operationname": GRAPH["activityDisplayName"],
    "time": "2026-10-01 08:00:00.123456700",
    "properties": {**GRAPH, "activityDateTime": "2026-10-01 08:00:00.123456700"},
}
