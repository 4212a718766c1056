"""Microsoft Entra: PIM, entitlement management, access reviews and lifecycle workflows.

Target resources are found by their type: their order differs between records.
"""

from datetime import timedelta

from stream.connectors.entra.activities import (
    APPROVALS,
    EXTENSIONS,
    FULFILLMENTS,
    LIFECYCLE_WORKFLOWS,
    PACKAGES,
    PIM,
    PIM_SETTINGS,
    POLICIES,
    REVIEWS,
    TASK_EXTENSIONS,
)
from stream.connectors.entra.identities import FORM as IDENTITIES
from stream.connectors.entra.spelling import SPELLED, apart, opened
from stream.connectors.entra.terms import BY_ANY, BY_USER, REASON, ROLE, TARGETS, form
from stream.connectors.table import (
    Connector,
    constant,
    entitlement,
    evidence,
    first,
    part,
    text,
)

_PACKAGE_CASE = first(
    text("target.Request.id"),
    text("target.AccessPackageAssignmentRequest.id"),
    text("detail.RequestId"),
)
_REVIEW = first(
    text("target.AccessReview.id"), text("detail.AccessReviewId"), text("target.Other.id")
)
_PACKAGE = entitlement(
    text("target.AccessPackage.id"),
    type=constant("access_package"),
    name=text("target.AccessPackage.displayName"),
)

ENTRA = Connector(
    name="entra",
    title="Microsoft Entra audit log: PIM, entitlement management, reviews, lifecycle workflows",
    forms=(
        form(
            "PIM: requests, approvals, activations, assignments",
            PIM,
            {
                # Never correlationId: approval and activation of one request have different ones.
                "case": first(
                    text("detail.RoleAssignmentRequestId"),
                    text("detail.RequestId"),
                    text("target.Request.id"),
                ),
                "actor": BY_ANY,
                "beneficiary": TARGETS,
                "entitlement": ROLE,
                "justification": REASON,
                "evidence": evidence("ticket", text("detail.TicketNumber")),
            },
        ),
        form(
            "PIM: role settings",
            PIM_SETTINGS,
            {
                "actor": BY_ANY,
                "workflow": part("id", id=text("target.Role.id")),
                "stage": text("target.Role.displayName"),
            },
        ),
        form(
            "Entitlement management: requests and decisions",
            PACKAGES,
            {
                "case": _PACKAGE_CASE,
                "actor": BY_ANY,
                "beneficiary": TARGETS,
                "entitlement": _PACKAGE,
                "justification": REASON,
            },
        ),
        form(
            # Whoever received access stands where the actor stands in every other record.
            "Entitlement management: fulfillment",
            FULFILLMENTS,
            {
                "case": _PACKAGE_CASE,
                "beneficiary": first(TARGETS, BY_USER),
                "entitlement": _PACKAGE,
            },
        ),
        form(
            "Entitlement management: custom extensions",
            EXTENSIONS,
            {
                "case": _PACKAGE_CASE,
                "actor": BY_ANY,
                "step": part(
                    "extension",
                    extension=text(
                        "target.CustomExtension.displayName", "target.Other.displayName"
                    ),
                    invocation=text("detail.CustomExtensionStageInstanceId"),
                ),
            },
        ),
        form(
            "Entitlement management: assignment policies",
            POLICIES,
            {
                "actor": BY_ANY,
                "workflow": part("id", id=text("target.AccessPackageAssignmentPolicy.id")),
            },
        ),
        form(
            # Access reviews carry the approvals of packages as well.
            "Access reviews: approvals of requests",
            APPROVALS,
            {
                "case": _PACKAGE_CASE,
                "actor": BY_ANY,
                "beneficiary": TARGETS,
                "entitlement": _PACKAGE,
            },
        ),
        form(
            "Access reviews",
            REVIEWS,
            {
                "case": _REVIEW,
                "actor": BY_ANY,
                "beneficiary": TARGETS,
                "entitlement": first(
                    entitlement(
                        text("target.Group.id"),
                        type=constant("group"),
                        name=text("target.Group.displayName"),
                    ),
                    entitlement(
                        text("target.Application.id"),
                        type=constant("application"),
                        name=text("target.Application.displayName"),
                    ),
                    ROLE,
                    _PACKAGE,
                ),
                "justification": text("detail.Justification"),
                "stage": text("activity"),
            },
        ),
        form(
            "Lifecycle workflows: definitions",
            LIFECYCLE_WORKFLOWS,
            {
                "actor": BY_ANY,
                "workflow": part(
                    "id", id=text("target.Workflow.id", "target.Other.id"), step=text("activity")
                ),
                "stage": text("target.Workflow.displayName", "target.Other.displayName"),
            },
        ),
        form(
            "Lifecycle workflows: custom task extensions",
            TASK_EXTENSIONS,
            {
                "actor": BY_ANY,
                "step": part(
                    "extension",
                    extension=text(
                        "target.CustomTaskExtension.displayName", "target.Other.displayName"
                    ),
                ),
            },
        ),
    ),
    identities=(IDENTITIES,),
    word=lambda record: record["activity"],
    scope_fields=("activity",),
    opened=opened,
    apart=apart,
    spelled=SPELLED,
    joins=(
        "PIM by RoleAssignmentRequestId or RequestId in additionalDetails, never by correlationId, "
        "which differs between the approval and the activation of one request. Entitlement "
        "management by the assignment request among the target resources; Microsoft documents no "
        "rule, and a record without it stands alone. Access reviews by the review."
    ),
    delay=timedelta(minutes=30),
    never={
        "workflow.version": "Changes of policies and role settings are logged without a version; "
        "a lifecycle workflow's new version is logged, and where its number stands is not "
        "documented.",
        "evidence (entitlement management)": "Answers and documents are in Graph objects, not in "
        "the audit log.",
        "justification (entitlement management)": "An approver's words are in Graph objects, not "
        "in the audit log.",
        "actor (fulfillment)": "The record of a fulfillment names who received access in place of "
        "who gave it.",
        "step (answer)": "The answer of a custom extension is not logged.",
    },
)
