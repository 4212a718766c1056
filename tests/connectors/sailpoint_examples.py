"""Records as SailPoint documents them, written by us: one for each kind that is read."""

from typing import Any

ANN = {"type": "IDENTITY", "id": "id-ann", "name": "Ann Arden"}
BO = {"type": "IDENTITY", "id": "id-bo", "name": "Bo Berg"}
CY = {"type": "IDENTITY", "id": "id-cy", "name": "Cy Cole"}
BOARD = {"type": "GOVERNANCE_GROUP", "id": "grp-1", "name": "Access board"}

ITEM = {
    "id": "ap-1",
    "name": "Ledger access",
    "description": None,
    "type": "ACCESS_PROFILE",
    "operation": "Add",
    "comment": "Quarter end, CHG-7.",
}
SUBMITTED: dict[str, Any] = {
    "accessRequestId": "req-1",
    "requestedFor": BO,
    "requestedItems": [ITEM],
    "requestedBy": ANN,
}
DECIDED: dict[str, Any] = {
    "accessRequestId": "req-1",
    "requestedFor": BO,
    "requestedBy": ANN,
    "requestedItemsStatus": [
        {
            **ITEM,
            "clientMetadata": {"applicationName": "ledger"},
            "approvalInfo": [
                {
                    "approvalComment": "fine",
                    "approvalDecision": "APPROVED",
                    "approverName": "Cy.Cole",
                    "approver": CY,
                },
                {
                    "approvalComment": None,
                    "approvalDecision": "DENIED",
                    "approverName": "Ann.Arden",
                    "approver": ANN,
                },
            ],
        }
    ],
}
PROVISIONED: dict[str, Any] = {
    "trackingNumber": "trk-1",
    "sources": "Corp AD",
    "action": "Access Request",
    "errors": [],
    "warnings": [],
    "recipient": BO,
    "requester": ANN,
    "accountRequests": [
        {
            "source": {"id": "src-1", "type": "SOURCE", "name": "Corp AD"},
            "accountId": "CN=bo",
            "accountOperation": "Modify",
            "provisioningResult": "SUCCESS",
            "provisioningTarget": "Corp AD",
            "ticketId": "INC-9",
            "attributeRequests": [
                {"attributeName": "memberOf", "attributeValue": "CN=pay", "operation": "Add"},
                {"attributeName": "memberOf", "attributeValue": "CN=old", "operation": "Remove"},
            ],
        }
    ],
}
SIGNED_OFF: dict[str, Any] = {
    "certification": {
        "id": "cert-1",
        "name": "Review for Ann",
        "created": "2026-10-01T08:00:00Z",
        "campaignRef": {"type": "CAMPAIGN", "id": "camp-1", "name": "Q4"},
        "completed": True,
        "signed": "2026-10-05T08:00:00.5Z",
        "reviewer": BOARD,
        "reassignment": {
            "comment": "on leave",
            "from": {"id": "cert-0", "type": "CERTIFICATION", "reviewer": CY},
        },
        "phase": "SIGNED",
    }
}
CAMPAIGN: dict[str, Any] = {
    "campaign": {
        "id": "camp-1",
        "name": "Q4",
        "created": "2026-10-01T08:00:00Z",
        "type": "MANAGER",
        "campaignOwner": {"id": "id-cy", "displayName": "Cy Cole", "email": "cy@acme.example"},
        "status": "ACTIVE",
    }
}
FORM: dict[str, Any] = {
    "submittedAt": "2026-10-02T09:00:00.250Z",
    "tenantId": "ten-1",
    "formInstanceId": "form-1",
    "formDefinitionId": "def-1",
    "name": "Reason for access",
    "createdBy": {"type": "WORKFLOW_EXECUTION", "id": "exec-1"},
    "submittedBy": ANN,
    "formData": {"why": "Quarter end", "ticket": "CHG-7"},
}
NATIVE_CHANGE: dict[str, Any] = {
    "eventType": "ACCOUNT_UPDATED",
    "identity": {**BO, "alias": "bo", "email": "bo@acme.example"},
    "source": {"id": "src-1", "type": "SOURCE", "name": "Corp AD"},
    "account": {"id": "acc-1", "type": "ACCOUNT", "name": "bo", "nativeIdentity": "CN=bo"},
    "accountChangeTypes": ["ENTITLEMENTS_ADDED", "ENTITLEMENTS_REMOVED"],
    "entitlementChanges": [
        {
            "attributeName": "memberOf",
            "added": [{"id": "ent-1", "name": "Payables", "value": "CN=pay", "owner": None}],
            "removed": [{"id": "ent-2", "name": "Receivables", "value": "CN=rec", "owner": CY}],
        }
    ],
}
MACHINE: dict[str, Any] = {
    "id": "mach-1",
    "name": "Invoice agent",
    "subtype": "AI Agent",
    "owners": [{**ANN, "isPrimary": True}, {**BO, "isPrimary": False}],
    "source": {"type": "SOURCE", "id": "src-2", "name": "Agents"},
    "manuallyCreated": True,
}
MACHINE_CREATED: dict[str, Any] = {
    "eventType": "MACHINE_IDENTITY_CREATED",
    "machineIdentity": MACHINE,
}
MACHINE_UPDATED: dict[str, Any] = {
    "eventType": "MACHINE_IDENTITY_UPDATED",
    "machineIdentity": {**MACHINE, "subtype": "Bot"},
    "machineIdentityChangeTypes": ["OWNERS_REMOVED"],
    "userEntitlementChanges": {
        "attributeName": "userEntitlements",
        "added": [{"entitlementId": "ent-1", "displayName": "Payables", "source": {"name": "AD"}}],
        "removed": [{"entitlementId": "ent-2", "displayName": "Old", "source": {"name": "AD"}}],
    },
    "ownerChanges": {"attributeName": "owners", "added": [CY], "removed": [BO]},
}
INVOCATION: dict[str, Any] = {
    "id": "inv-1",
    "triggerId": "idn:access-request-preapproval",
    "subscriptionId": "sub-1",
    "subscriptionName": "External check",
    "type": "REQUEST_RESPONSE",
    "created": "2026-10-01T08:00:00Z",
    "completed": None,
    "startInvocationInput": {
        "triggerId": "idn:access-request-preapproval",
        "input": SUBMITTED,
        "contentJson": {},
    },
}
AUDIT: dict[str, Any] = {
    "id": "aud-1",
    "org": "acme",
    "created": "2026-10-01T08:00:00.818Z",
    "synced": "2026-10-01T08:01:00Z",
    "objects": ["ACCESS_REQUEST"],
    "type": "ACCESS_REQUEST",
    "action": "ACCESS_REQUEST_APPROVED",
    "technicalName": "ACCESS_REQUEST_APPROVED",
    "name": "Access Request Approved",
    "operation": "REQUEST",
    "status": "PASSED",
    "actor": {"name": "ann.arden"},
    "target": {"name": "bo.berg"},
    "trackingNumber": "trk-1",
    "attributes": {},
}
GRANT_AUDIT: dict[str, Any] = {
    **AUDIT,
    "id": "aud-2",
    "type": "PROVISIONING",
    "action": "ModifyAccount",
    "technicalName": "ACCOUNT_MODIFY_PASSED",
    "operation": "MODIFY",
    "actor": {"name": "System"},
    "trackingNumber": None,
    "attributes": {
        "accountUuid": "{uuid-1}",
        "accountName": "CN=bo",
        "sourceName": "Corp AD",
        "trackingNumber": "trk-1",
    },
}
OWNER = {**CY, "type": "Identity"}
ACTIVITY: dict[str, Any] = {
    "id": "req-1",
    "type": "accountactivity",
    "action": "Access Request",
    "created": "2026-10-01T08:00:00Z",
    "modified": "2026-10-01T09:00:00Z",
    "requester": {**ANN, "type": "Identity"},
    "recipient": {**BO, "type": "Identity"},
    "trackingNumber": "trk-1",
    "originalRequests": [],
    "approvals": [
        {
            "owner": {**CY, "type": "Identity"},
            "result": "Approved",
            "modified": "2026-10-01T08:30:00Z",
        },
        {
            "owner": {**CY, "type": "Identity"},
            "result": "Finished",
            "modified": "2026-10-01T08:31:00Z",
        },
    ],
    "accountRequests": [
        {
            "result": {"status": "committed"},
            "accountId": "CN=bo",
            "op": "Modify",
            "source": {"id": "src-1", "name": "Corp AD", "type": "AD"},
            "attributeRequests": [
                {"op": "Add", "name": "memberOf", "value": "CN=HelpDesk"},
                {"op": "Remove", "name": "memberOf", "value": "CN=Old"},
            ],
        }
    ],
    "stage": "Completed",
    "status": "Complete",
}
STATUS: dict[str, Any] = {
    "id": "ris-1",
    "accessRequestId": "req-1",
    "accountActivityItemId": "item-1",
    "name": "Payments operator",
    "type": "ROLE",
    "requestType": "GRANT_ACCESS",
    "state": "REQUEST_COMPLETED",
    "created": "2026-10-01T08:00:00Z",
    "modified": "2026-10-01T09:00:00Z",
    "requester": {**ANN, "type": "IDENTITY"},
    "requestedFor": {**BO, "type": "IDENTITY"},
    "requesterComment": {"comment": "quarter end", "created": "2026-10-01T08:00:00Z"},
    "privilegeLevel": "HIGH",
    "approvalDetails": [
        {
            "approvalId": "apr-1",
            "forwarded": True,
            "originalOwner": {**ANN, "type": "IDENTITY"},
            "currentOwner": {**CY, "type": "IDENTITY"},
            "modified": "2026-10-01T08:20:00Z",
            "status": "APPROVED",
            "scheme": "MANAGER",
            "comment": "fine",
        },
        {"approvalId": "apr-2", "status": "PENDING", "currentOwner": {**CY, "type": "IDENTITY"}},
    ],
    "preApprovalTriggerDetails": {
        "comment": "low risk",
        "reviewer": "risk-bot",
        "decision": "APPROVED",
    },
    "accessRequestPhases": [
        {"name": "APPROVAL_PHASE", "state": "COMPLETED", "result": "SUCCESSFUL"},
        {
            "name": "PROVISIONING_PHASE",
            "state": "COMPLETED",
            "result": "SUCCESSFUL",
            "finished": "2026-10-01T08:45:00Z",
        },
    ],
}
EXAMPLES = (
    SUBMITTED, DECIDED, PROVISIONED, SIGNED_OFF, CAMPAIGN, FORM, NATIVE_CHANGE, MACHINE_CREATED,
    MACHINE_UPDATED, INVOCATION, AUDIT, GRANT_AUDIT, ACTIVITY, STATUS,
)  # fmt: skip
