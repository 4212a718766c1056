"""Microsoft Entra: privileged identity management (PIM) and entitlement management.

Target resources are found by their type: their order differs between records.
"""

from collections.abc import Mapping
from datetime import timedelta

from rules.events import ActorKind
from stream.connectors.entra.activities import (
    EXTENSIONS,
    FULFILLMENTS,
    PACKAGES,
    PIM,
    PIM_SETTINGS,
    POLICIES,
)
from stream.connectors.entra.spelling import SPELLED, apart, opened
from stream.connectors.table import (
    Connector,
    Form,
    Record,
    RefusalKind,
    Term,
    Unfit,
    computed,
    constant,
    entitlement,
    evidence,
    first,
    needed,
    part,
    party,
    text,
    utc_time,
)

PSEUDO_USERS = frozenset({"Azure AD PIM", "MS-PIM"})
"""Services that appear in `initiatedBy.user`, without a user principal name."""
SUCCEEDED = frozenset({"success", "succeeded", ""})


def _step(words: Mapping[str, str]) -> Term:
    """Tell the action from the activity; a failed grant is one, a failed decision is none."""

    def read(record: Record) -> str:
        action = words[record["activity"]]
        result = _RESULT.read(record) or ""
        if result.lower() in SUCCEEDED:
            return action
        if action in {"provisioned", "provision_failed"}:
            return "provision_failed"
        raise Unfit(result, "'success'", RefusalKind.OUT_OF_SCOPE, field="result")

    failed = {"a failed grant": "provision_failed"} if "provisioned" in words.values() else {}
    return computed("activityDisplayName, result", read, words={**words, **failed})


def _kind_of_user(record: Record) -> str:
    """Tell people from the services that Microsoft writes down as users."""
    nameless = not _UPN.read(record)
    pseudo = nameless and _SHOWN.read(record) in PSEUDO_USERS
    return ActorKind.SERVICE.value if pseudo else ActorKind.HUMAN.value


def _eligibility(record: Record) -> str:
    """Tell a right to activate a role from the role."""
    return "eligible_role" if "eligible" in record["activity"] else "role"


_RESULT = text("result")
_UPN = text("by.user.userPrincipalName")
_SHOWN = text("by.user.displayName")
_KIND_OF_USER = computed(
    "initiatedBy.user.{userPrincipalName, displayName}", _kind_of_user, words=("human", "service")
)
_SHOWN_NAME = text("by.user.displayName", "by.user.userPrincipalName")
_BY_USER = first(
    party(text("by.user.id"), kind=_KIND_OF_USER, name=_SHOWN_NAME),
    party(_SHOWN_NAME, kind=_KIND_OF_USER, namespace=constant("name")),
)
_SERVICE = constant(ActorKind.SERVICE.value)
_BY_APP = first(
    party(
        text("by.app.servicePrincipalId", "by.app.appId"),
        kind=_SERVICE,
        name=text("by.app.displayName"),
    ),
    party(text("by.app.displayName"), kind=_SERVICE, namespace=constant("name")),
)
_TARGET_USER = party(
    text("target.User.id"), name=text("target.User.displayName", "target.User.userPrincipalName")
)
_TARGETS = first(
    _TARGET_USER,
    party(
        text("target.ServicePrincipal.id"),
        kind=_SERVICE,
        name=text("target.ServicePrincipal.displayName"),
    ),
    party(text("target.Group.id"), name=text("target.Group.displayName")),
)
_EVERY: Mapping[str, Term] = {
    "id": text("id"),
    "occurred_at": needed(utc_time("at", zone_left_out=True), "a time"),
    "outcome": _RESULT,
}
_REASON = text("detail.Justification", "resultReason")
_ROLE = entitlement(
    text("target.Role.id"),
    type=computed("activityDisplayName", _eligibility, words=("role", "eligible_role")),
    name=text("target.Role.displayName"),
    system=text("target.Directory.displayName"),
)


def _logged_by_pim(record: Record) -> bool:
    """Tell PIM's record of a grant from the directory's of the same grant."""
    return record["activity"] != "Add member to role" or record.get("loggedByService") == "PIM"


def _form(title: str, words: Mapping[str, str], rows: Mapping[str, Term]) -> Form:
    return Form(
        title=title,
        recognised_by="activityDisplayName, as listed under action",
        words=frozenset(words),
        fits=_logged_by_pim,
        rows={**_EVERY, "action": _step(words), **rows},
    )


_PACKAGE_CASE = first(
    text("target.Request.id"),
    text("target.AccessPackageAssignmentRequest.id"),
    text("detail.RequestId"),
)
_PACKAGE = entitlement(
    text("target.AccessPackage.id"),
    type=constant("access_package"),
    name=text("target.AccessPackage.displayName"),
)

ENTRA = Connector(
    name="entra",
    title="Microsoft Entra audit log: PIM and entitlement management",
    forms=(
        _form(
            "PIM: requests, approvals, activations, assignments",
            PIM,
            {
                # Never correlationId: approval and activation of one request have different ones.
                "case": first(
                    text("detail.RoleAssignmentRequestId"),
                    text("detail.RequestId"),
                    text("target.Request.id"),
                ),
                "actor": first(_BY_APP, _BY_USER),
                "beneficiary": _TARGETS,
                "entitlement": _ROLE,
                "justification": _REASON,
                "evidence": evidence("ticket", text("detail.TicketNumber")),
            },
        ),
        _form(
            "PIM: role settings",
            PIM_SETTINGS,
            {
                "actor": first(_BY_APP, _BY_USER),
                "workflow": part("id", id=text("target.Role.id")),
                "stage": text("target.Role.displayName"),
            },
        ),
        _form(
            "Entitlement management: requests and decisions",
            PACKAGES,
            {
                "case": _PACKAGE_CASE,
                "actor": first(_BY_APP, _BY_USER),
                "beneficiary": _TARGETS,
                "entitlement": _PACKAGE,
                "justification": _REASON,
            },
        ),
        _form(
            # Whoever received access stands where the actor stands in every other record.
            "Entitlement management: fulfillment",
            FULFILLMENTS,
            {
                "case": _PACKAGE_CASE,
                "beneficiary": first(_TARGETS, _BY_USER),
                "entitlement": _PACKAGE,
            },
        ),
        _form(
            "Entitlement management: custom extensions",
            EXTENSIONS,
            {
                "case": _PACKAGE_CASE,
                "actor": first(_BY_APP, _BY_USER),
                "step": part(
                    "extension",
                    extension=text(
                        "target.CustomExtension.displayName", "target.Other.displayName"
                    ),
                    invocation=text("detail.CustomExtensionStageInstanceId"),
                ),
            },
        ),
        _form(
            "Entitlement management: assignment policies",
            POLICIES,
            {
                "actor": first(_BY_APP, _BY_USER),
                "workflow": part("id", id=text("target.AccessPackageAssignmentPolicy.id")),
            },
        ),
    ),
    word=lambda record: record["activity"],
    scope_fields=("activity",),
    opened=opened,
    apart=apart,
    spelled=SPELLED,
    joins=(
        "PIM by RoleAssignmentRequestId or RequestId in additionalDetails, never by correlationId, "
        "which differs between the approval and the activation of one request. Entitlement "
        "management by the assignment request among the target resources; Microsoft documents no "
        "rule, and a record without it stands alone."
    ),
    delay=timedelta(minutes=30),
    never={
        "workflow.version": "Changes of policies and role settings are logged without a version.",
        "evidence (entitlement management)": "Answers and documents are in Graph objects, not in "
        "the audit log.",
        "justification (entitlement management)": "An approver's words are in Graph objects, not "
        "in the audit log.",
        "actor (fulfillment)": "The record of a fulfillment names who received access in place of "
        "who gave it.",
        "step (answer)": "The answer of a custom extension is not logged.",
    },
)
