"""What Microsoft's activities are in our words.

The names are those of the "audit activities" reference (reference-audit-activities.md of the
entra-docs repository). An activity that is not here is no step of an access decision.
"""

from collections.abc import Mapping

PIM: Mapping[str, str] = {
    "Add member to role requested (PIM activation)": "requested",
    "Add member to role approval requested (PIM activation)": "assigned",
    "Add member to role request approved (PIM activation)": "approved",
    "Add member to role request denied (PIM activation)": "denied",
    "Add member to role completed (PIM activation)": "provisioned",
    "Add member to role canceled (PIM activation)": "cancelled",
    "PIM activation request expired": "expired",
    "Cancel request": "cancelled",
    "Remove member from role (PIM activation expired)": "revoked",
    "Remove member from role completed (PIM deactivate)": "revoked",
    "Remove permanent direct role assignment": "revoked",
    "Remove permanent eligible role assignment": "revoked",
    "Approve request - direct role assignment": "approved",
    "Add member to role outside of PIM (permanent)": "bypassed",
    "Update member in PIM requested (extend)": "requested",
    "Update eligible member in PIM requested (extend)": "requested",
    "Update member in PIM approved by admin (extend/renew)": "approved",
    "Update member in PIM denied by admin (extend/renew)": "denied",
    "Update member in PIM canceled (extend)": "cancelled",
    "Update eligible member in PIM canceled (extend)": "cancelled",
    # Only as PIM logs it: the Core Directory event of this name is the same grant once more.
    "Add member to role": "provisioned",
    **{
        f"{begun} in PIM {stage} ({span})": action
        for begun, given in (
            ("Add member to role", "provisioned"),
            ("Add eligible member to role", "provisioned"),
            ("Remove member from role", "revoked"),
            ("Remove eligible member from role", "revoked"),
        )
        for stage, action in (
            ("requested", "requested"),
            ("completed", given),
            ("canceled", "cancelled"),
        )
        # "time bound" is how older documentation and records spell it.
        for span in ("permanent", "timebound", "time bound", "renew")
        # Asking to give access up is no request for access.
        if given == "provisioned" or stage == "completed"
    },
}
PIM_SETTINGS: Mapping[str, str] = {"Update role setting in PIM": "workflow_published"}

PACKAGES: Mapping[str, str] = {
    "User requests access package assignment": "requested",
    # The reports article and the reference spell this one differently.
    "User requests an access package assignment on behalf of service principal": "requested",
    "User requests access package assignment on behalf of service principal": "requested",
    "User requests to extend access package assignment": "requested",
    "Entitlement Management creates access package assignment request for user": "requested",
    "Administrator directly assigns user to access package": "bypassed",
    "Auto approve access package assignment request": "auto_approved",
    "Create request approval": "assigned",
    "Add approver to request approval": "assigned",
    "Approval stage completed for access package assignment request": "approved",
    "Approve access package assignment request": "approved",
    "Deny access package assignment request": "denied",
    "Cancel access package assignment request": "cancelled",
    "Access package assignment request timed out (no approver action taken)": "expired",
    "Update request answers by approver": "evidenced",
    "Extend access package assignment": "amended",
    "Remove access package assignment": "revoked",
    "Administrator directly removes user access package assignment": "revoked",
    "Entitlement Management removes access package assignment request for user": "revoked",
}
# The reports article writes "Fulfill access package assignment", the reference adds "request".
FULFILLMENTS: Mapping[str, str] = {
    "Fulfill access package assignment": "provisioned",
    "Fulfill access package assignment request": "provisioned",
    "Partially fulfill access package assignment request": "provision_failed",
    "Failed access package assignment request": "provision_failed",
}
EXTENSIONS: Mapping[str, str] = {
    "Execute custom extension": "step_invoked",
    "Create custom extension": "extension_published",
    "Update custom extension": "extension_published",
}
POLICIES: Mapping[str, str] = {
    "Create access package assignment policy": "workflow_published",
    "Update access package assignment policy": "workflow_published",
}
APPROVALS: Mapping[str, str] = {
    "Request approved": "approved",
    "Request denied": "denied",
    "Request expired": "expired",
    "Approve all requests in business flow": "approved",
    "Deny all requests in business flow": "denied",
}
REVIEWS: Mapping[str, str] = {
    "Create access review": "assigned",
    "Update access review": "amended",
    "Delete access review": "cancelled",
    "Approve decision": "certified",
    "Bulk Approve decisions": "certified",
    "Deny decision": "reviewed",
    "Bulk Deny decisions": "reviewed",
    "Deny all decisions": "reviewed",
    "Don't know decision": "reviewed",
    "Bulk mark decisions as don't know": "reviewed",
    "Reset decision": "amended",
    "Bulk Reset decisions": "amended",
    "Auto review": "reviewed",
    "Apply decision": "reviewed",
    "Apply review": "reviewed",
    "Auto apply review": "reviewed",
    "Access review ended": "reviewed",
}
LIFECYCLE_WORKFLOWS: Mapping[str, str] = dict.fromkeys(
    (
        "Create workflow",
        "Update workflow",
        "Delete workflow",
        "Hard delete workflow",
        "Restore workflow",
        "Enable workflow",
        "Disable workflow",
        "Enable workflow schedule",
        "Disable workflow schedule",
        "Add workflow version",
        "Add execution conditions",
        "Update execution conditions",
        "Add task to workflow",
        "Remove task from workflow",
        "Update task",
        "Enable task",
        "Disable task",
    ),
    "workflow_published",
)
TASK_EXTENSIONS: Mapping[str, str] = {
    "Create custom task extension": "extension_published",
    "Update custom task extension": "extension_published",
}
