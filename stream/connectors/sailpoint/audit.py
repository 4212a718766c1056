"""Audit events of the Search API, as SIEM connectors pull them.

Names are those of SailPoint's "Audit Events Reference" (docs/guides/audit-events-reference.md). An
event is looked up by `action`, and where that is a general word (`create`, `update`) by
`technicalName`. Actors and targets are mostly names only, so they compare with no id.
"""

import re
from collections.abc import Mapping

from stream.connectors.sailpoint.parties import AUDIT_ACTOR, only_named, tracking
from stream.connectors.table import (
    Form,
    Record,
    RefusalKind,
    Term,
    Unfit,
    computed,
    constant,
    entitlement,
    every,
    first,
    name,
    needed,
    part,
    tagged,
    text,
    utc_time,
)

REQUESTS: Mapping[str, str] = {
    "ACCESS_REQUEST_ON_BEHALF_OF_SUBMITTED": "requested",
    "ACCESS_REQUEST_REQUESTED": "requested",
    "RequestApp": "requested",
    "ACCESS_APPROVAL_STARTED": "assigned",
    "ACCESS_REQUEST_APPROVED": "approved",
    "ACCESS_REQUEST_REJECTED": "denied",
    "ACCESS_REQUEST_FORWARDED": "reassigned",
    "ACCESS_REQUEST_ESCALATE": "escalated",
    "ACCESS_REQUEST_ESCALATED": "escalated",
    "ACCESS_REQUEST_CANCELLED": "cancelled",
    "ACTION_APP_REQUEST_APPROVED": "approved",
    "ACTION_APP_REQUEST_REJECTED": "denied",
    "approveLineItem": "approved",
}
APPROVALS: Mapping[str, str] = {
    "APPROVAL_REQUEST_CREATED": "assigned",
    "APPROVAL_REQUEST_ASSIGNED": "assigned",
    "APPROVAL_REQUEST_UPDATED": "amended",
    "APPROVAL_REQUEST_APPROVED": "approved",
    "APPROVAL_REQUEST_REJECTED": "denied",
    "APPROVAL_REQUEST_ESCALATED": "escalated",
    "APPROVAL_REQUEST_CANCELLED": "cancelled",
    "APPROVAL_REQUEST_TIMED_OUT": "expired",
    "WORKFLOW_EXECUTION_APPROVAL_REQUEST_STARTED": "assigned",
    "WORK_ITEM_FORWARD": "reassigned",
    "forward": "reassigned",
    "reassign": "reassigned",
    "AUTOMATIC_WORKITEM_REASSIGNMENT": "reassigned",
    "REASSIGN_CERTIFICATIONS": "reassigned",
    "REASSIGN_SUBJECTS_AND_ITEMS": "reassigned",
    "WORK_REASSIGNMENT_CREATED": "delegated",
    "WORK_REASSIGNMENT_UPDATED": "delegated",
    "SOD_VIOLATION_REASSIGNED": "reassigned",
    "SOD_APPLY_CONTROL": "exception_granted",
}
REVIEWS: Mapping[str, str] = {
    "signoff": "certified",
    "CERTIFICATION_SIGN_OFF": "certified",
    "remediate": "reviewed",
    "REMEDIATE_CERTIFICATION_ITEM": "reviewed",
    "ACTIVATE_CAMPAIGN": "assigned",
    "CertificationCampaignActivate": "assigned",
    "COMPLETE_CAMPAIGN": "reviewed",
    "CertificationCampaignComplete": "reviewed",
    "CERT_CAMPAIGN_COMPLETE": "reviewed",
}
GRANTS: Mapping[str, str] = {
    "CreateAccount": "provisioned",
    "ModifyAccount": "provisioned",
    "EnableAccount": "provisioned",
    "AddEntitlement": "provisioned",
    "SetEntitlement": "provisioned",
    "roleAdd": "provisioned",
    "CreateAccountFailure": "provision_failed",
    "ModifyAccountFailure": "provision_failed",
    "EnableAccountFailure": "provision_failed",
    "AddEntitlementFailure": "provision_failed",
    "DeleteAccountFailure": "provision_failed",
    "DisableAccountFailure": "provision_failed",
    "RemoveEntitlementFailure": "provision_failed",
    "DELETE_ACCOUNT_FAILED": "provision_failed",
    "MACHINE_ACCOUNT_CREATION_FAILED": "provision_failed",
    "DeleteAccount": "revoked",
    "DisableAccount": "revoked",
    "RemoveEntitlement": "revoked",
    "roleRemove": "revoked",
    "DELETE_ACCOUNT_PASSED": "revoked",
    "JIT_ENTITLEMENT_ACTIVATED": "provisioned",
    "JIT_ENTITLEMENT_DEACTIVATED": "revoked",
    "MACHINE_ACCOUNT_CREATED": "provisioned",
    "MACHINE_IDENTITY_CREATED": "provisioned",
    "MACHINE_IDENTITY_DELETED": "revoked",
    # SOURCE_MANAGEMENT, "Native Change Detection Event".
    "ACCOUNT_CREATED": "changed_outside",
    "ACCOUNT_UPDATED": "changed_outside",
    "ACCOUNT_DELETED": "changed_outside",
    # Only technicalName tells these; their action is "create", "update" and the like.
    "ACCOUNT_CREATE_PASSED": "provisioned",
    "ACCOUNT_MODIFY_PASSED": "provisioned",
    "ACCOUNT_DELETE_PASSED": "revoked",
}
DEFINITIONS: Mapping[str, str] = {
    "WORKFLOW_CREATED": "workflow_published",
    "WORKFLOW_DEFINITION_UPDATED": "workflow_published",
    "WORKFLOW_TRIGGER_UPDATED": "workflow_published",
    "WORKFLOW_ENABLED": "workflow_published",
    "WORKFLOW_DISABLED": "workflow_published",
    "WORKFLOW_DELETED": "workflow_published",
    "WORKFLOW_OWNER_UPDATED": "owner_assigned",
    "APPROVAL_CONFIG_UPDATED": "workflow_published",
    "AccessRequestConfigUpdated": "workflow_published",
    "CREATE_SOD_POLICY": "workflow_published",
    "UPDATE_SOD_POLICY": "workflow_published",
    "DELETE_SOD_POLICY": "workflow_published",
    # Only technicalName tells these.
    "ROLE_CREATE_PASSED": "workflow_published",
    "ROLE_UPDATE_PASSED": "workflow_published",
    "ROLE_DELETE_PASSED": "workflow_published",
    "ACCESS_PROFILE_CREATE_PASSED": "workflow_published",
    "ACCESS_PROFILE_UPDATE_PASSED": "workflow_published",
    "ACCESS_PROFILE_DELETE_PASSED": "workflow_published",
    "LIFECYCLE_STATE_CREATE_PASSED": "workflow_published",
    "LIFECYCLE_STATE_UPDATE_PASSED": "workflow_published",
    "LIFECYCLE_STATE_DELETE_PASSED": "workflow_published",
}
CODE: Mapping[str, str] = {
    "RULE_CREATE_PASSED": "extension_published",
    "RULE_UPDATE_PASSED": "extension_published",
}
CREDENTIALS: Mapping[str, str] = {
    "WORKFLOW_SECRET_CREATED": "credential_issued",
    "WORKFLOW_SECRET_UPDATED": "credential_rotated",
    "WORKFLOW_SECRET_DELETED": "credential_revoked",
    "PERSONAL_ACCESS_TOKEN_CREATED": "credential_issued",
    "PERSONAL_ACCESS_TOKEN_DELETED": "credential_revoked",
    "PERSONAL_ACCESS_TOKEN_EXPIRED": "credential_revoked",
    "API_CLIENT_CREATED": "credential_issued",
    "API_CLIENT_DELETED": "credential_revoked",
}
NAMES = frozenset().union(REQUESTS, APPROVALS, REVIEWS, GRANTS, DEFINITIONS, CODE, CREDENTIALS)
PREFIX = "audit "
"""Before an event's name in `word`: triggers of other content share some of the names."""
FAILED = frozenset({"FAILED", "ERROR", "TERMINATED"})
_UUID = re.compile(r":\s*([0-9a-fA-F]{8}(?:-?[0-9a-fA-F]{4}){3}-?[0-9a-fA-F]{12})\b")

_STATUS = text("status")
_TARGET = text("target.name")


def is_audit_event(record: Record) -> bool:
    """Tell an audit event from a trigger: it has an actor, a time and a name of its own."""
    named = "action" in record or "technicalName" in record
    return named and "created" in record and type(record.get("actor")) is dict


def word(record: Record) -> str:
    """Tell by what name the tables know an audit event."""
    return f"{PREFIX}{_called(record)}"


def _called(record: Record) -> str | None:
    """Tell what an event is called: by its action, or where that is general, by technicalName."""
    for key in ("action", "technicalName"):
        value = record.get(key)
        if type(value) is str and value in NAMES:
            return value
    return None


def _step(words: Mapping[str, str]) -> Term:
    """Tell the action; a grant that failed is one, any other step that failed is none."""

    def read(record: Record) -> str | None:
        action = words.get(_called(record) or "")
        status = _STATUS.read(record)
        if status not in FAILED or action == "provision_failed":
            return action
        if action == "provisioned":
            return "provision_failed"
        raise Unfit(status, "a step that took place", RefusalKind.OUT_OF_SCOPE, field="status")

    failed = {"a failed grant": "provision_failed"} if "provisioned" in words.values() else {}
    return computed("action, else technicalName; status", read, words={**words, **failed})


def _approval_id(record: Record) -> str | None:
    """Take the id out of a target written as `name : uuid type: GENERAL`."""
    found = _UUID.search(_TARGET.read(record) or "")
    return None if found is None else found[1].lower()


_APPROVAL = computed("the id in target.name", _approval_id)
_ACCOUNT = entitlement(
    text("attributes.accountUuid", "attributes.accountName"),
    type=constant("account"),
    name=text("attributes.accountName"),
    system=text("attributes.sourceName", "attributes.cloudAppName"),
)


def _form(title: str, words: Mapping[str, str], rows: Mapping[str, Term]) -> Form:
    return Form(
        title=f"Audit event: {title}",
        recognised_by="actor, created and action or technicalName, as listed under action",
        words=frozenset(f"{PREFIX}{word}" for word in words),
        rows={
            "id": needed(name("id")),
            "action": _step(words),
            "occurred_at": needed(utc_time("created"), "a time"),
            # The documentation's single example has it among the attributes, its list above them.
            "links": tracking("trackingNumber", "attributes.trackingNumber"),
            "actor": AUDIT_ACTOR,
            "outcome": text("status"),
            **rows,
        },
    )


FORMS = (
    _form("access requests", REQUESTS, {"beneficiary": only_named("target.name")}),
    _form(
        "approvals and work items",
        APPROVALS,
        {
            "links": first(
                tracking("trackingNumber", "attributes.trackingNumber"),
                every(tagged("sailpoint-approval", _APPROVAL)),
            ),
            "stage": text("target.name"),
        },
    ),
    _form("certifications", REVIEWS, {"stage": text("target.name")}),
    _form(
        "provisioning", GRANTS, {"beneficiary": only_named("target.name"), "entitlement": _ACCOUNT}
    ),
    _form(
        "workflows, roles and policies",
        DEFINITIONS,
        {"workflow": part("id", id=text("target.name"), step=text("technicalName", "action"))},
    ),
    _form("rules", CODE, {"step": part("extension", extension=text("target.name"))}),
    _form(
        "credentials",
        CREDENTIALS,
        {"entitlement": entitlement(text("target.name"), type=constant("credential"))},
    ),
)
