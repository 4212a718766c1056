"""What is asked for in intervals: account activities, and the status of access requests.

Both are states, not events. A step's id comes from what the step is, never from when it was read,
so that a poll that sees it again repeats it. Of the enumerations those that SailPoint documents
are taken (ManualWorkItemState, AccessRequestPhases); an approval of an account activity that only
says "Finished" tells of no decision, and gives no event.
"""

from collections.abc import Mapping

from stream.connectors.sailpoint.parties import identity, only_named, tracking
from stream.connectors.table import (
    Form,
    Record,
    Term,
    computed,
    constant,
    entitlement,
    every,
    evidence,
    if_known,
    name,
    needed,
    one_of,
    reaching,
    tagged,
    text,
    utc_time,
)

ACTIVITY_WORD = "account activity"
STATUS_WORD = "access request status"
DECISIONS = {
    "APPROVED": "approved",
    "REJECTED": "denied",
    "EXPIRED": "expired",
    "CANCELLED": "cancelled",
    "PENDING": "assigned",
}
ACTIVITY_DECISIONS = {
    "Approved": "approved",
    "ACCEPTED": "approved",
    "APPROVED": "approved",
    "Rejected": "denied",
    "REJECTED": "denied",
}
COMMITTED = {"committed": "provisioned", "failed": "provision_failed"}
PHASES = {"SUCCESSFUL": "provisioned", "FAILED": "provision_failed"}
PRE_APPROVALS = {"APPROVED": "auto_approved", "REJECTED": "denied"}

_REQUEST_ID = name("accessRequestId")
_ITEM_ID = text("accountActivityItemId", "id", "name")
_ACTIVITY_DECISION = if_known("approval.result", ACTIVITY_DECISIONS)
_OPERATION = text("attribute.op")
_RESULT = if_known("account.result.status", COMMITTED)


def _given(scope: Record) -> str | None:
    """Tell a grant from a removal."""
    action: str | None = _RESULT.read(scope)
    removed = action == "provisioned" and _OPERATION.read(scope) == "Remove"
    return "revoked" if removed else action


def _id_of(prefix: str, *places: Term) -> Term:
    """Name a step by what it is, so that the next poll names it the same."""
    reads = [place.read for place in places]

    def read(record: Record) -> str:
        return ":".join([prefix, *[each(record) or "" for each in reads]])

    return computed(" and ".join(place.theirs for place in places), read)


_ACTIVITY: Mapping[str, Term] = {
    "case": needed(name("id")),
    "links": tracking("trackingNumber"),
}
_OF_ACTIVITY: Mapping[str, Term] = {**_ACTIVITY, "beneficiary": identity("recipient")}
_ACTIVITY_WORDS = frozenset({ACTIVITY_WORD})

ACTIVITY = Form(
    # The one record that has both the access request's id and its tracking number.
    title="Account activity: which request has which tracking number",
    recognised_by="type accountactivity",
    words=_ACTIVITY_WORDS,
    rows={
        **_OF_ACTIVITY,
        "id": tagged("activity", name("id")),
        "action": constant("requested"),
        "occurred_at": needed(utc_time("created"), "a time"),
        "actor": identity("requester"),
    },
)
ACTIVITY_DECIDED = Form(
    title="Account activity: approvals whose result is told",
    recognised_by="type accountactivity and approvals",
    words=_ACTIVITY_WORDS,
    each=(("approval", "approvals"),),
    keeps=lambda scope: _ACTIVITY_DECISION.read(scope) is not None,
    rows={
        **_ACTIVITY,
        "id": _id_of(
            "activity-approval",
            name("id"),
            text("approval.owner.id", "approval.owner.name"),
            text("approval.modified"),
        ),
        "action": one_of("approval.result", ACTIVITY_DECISIONS),
        "occurred_at": utc_time("approval.modified"),
        "actor": identity("approval.owner"),
        "outcome": text("approval.result"),
    },
)
ACTIVITY_GIVEN = Form(
    title="Account activity: what provisioning did",
    recognised_by="type accountactivity and accountRequests",
    words=_ACTIVITY_WORDS,
    each=(("account", "accountRequests"), ("attribute", "account.attributeRequests")),
    # Only a completed activity has a time that stays as it is.
    fits=lambda record: record.get("stage") == "Completed",
    keeps=lambda scope: _RESULT.read(scope) is not None,
    rows={
        **_OF_ACTIVITY,
        "id": _id_of(
            "activity-grant",
            name("id"),
            text("account.accountId"),
            text("attribute.name"),
            text("attribute.value"),
            text("account.result.status"),
        ),
        "action": needed(
            computed(
                "account.result.status, attribute.op",
                _given,
                words=("provisioned", "provision_failed", "revoked"),
            )
        ),
        "occurred_at": utc_time("modified"),
        "entitlement": entitlement(
            text("attribute.value"),
            type=text("attribute.name"),
            system=text("account.source.name"),
        ),
        "outcome": text("account.result.status"),
    },
)

_STATUS: Mapping[str, Term] = {
    "case": needed(_REQUEST_ID),
    "beneficiary": identity("requestedFor"),
    "entitlement": entitlement(name("name"), type=text("type"), criticality=text("privilegeLevel")),
}


def _asks(record: Record) -> bool:
    """Leave out what asks to take access away, as with the triggers."""
    return record.get("requestType") != "REVOKE_ACCESS"


def _status(
    title: str, rows: Mapping[str, Term], *, each: str | None = None, told: str | None = None
) -> Form:
    found_in = reaching(tuple((told or "accessRequestId").split(".")))
    return Form(
        title=f"Access request status: {title}",
        recognised_by=f"accessRequestId, requestedFor and {each or told or 'requestType'}",
        words=frozenset({STATUS_WORD}),
        fits=lambda record: _asks(record) and found_in(record) is not None,
        each=((each[:-1], each),) if each else (),
        rows={**_STATUS, **rows},
    )


def _comment(place: str) -> Term:
    """Read a comment, which is a text in one schema and an object with one in another."""
    inside, found_in = text(f"{place}.comment"), reaching(tuple(place.split(".")))

    def read(record: Record) -> str | None:
        found = found_in(record)
        told: str | None = found if type(found) is str else inside.read(record)
        return told or None

    return computed(f"{place}, {place}.comment", read)


_APPROVAL_ID = text("approvalDetail.approvalId")
STATUSES = (
    _status(
        "the request",
        {
            "id": _id_of("status", _REQUEST_ID, _ITEM_ID),
            "action": constant("requested"),
            "occurred_at": utc_time("created"),
            "actor": identity("requester"),
            "justification": _comment("requesterComment"),
            "evidence": evidence("form", text("form.id")),
        },
    ),
    _status(
        "each approver's decision",
        {
            "id": _id_of("approval", _REQUEST_ID, _APPROVAL_ID, text("approvalDetail.status")),
            "action": needed(one_of("approvalDetail.status", DECISIONS)),
            "occurred_at": utc_time("approvalDetail.modified"),
            "actor": identity("approvalDetail.currentOwner"),
            "justification": _comment("approvalDetail.comment"),
            "stage": text("approvalDetail.scheme"),
            "outcome": text("approvalDetail.status"),
        },
        each="approvalDetails",
    ),
    _status(
        "the answer of a pre-approval webhook",
        {
            "id": _id_of("pre-approval", _REQUEST_ID, _ITEM_ID),
            "action": needed(one_of("preApprovalTriggerDetails.decision", PRE_APPROVALS)),
            # Free text of whoever answered: any name can stand there.
            "actor": only_named("preApprovalTriggerDetails.reviewer"),
            "justification": text("preApprovalTriggerDetails.comment"),
            "stage": constant("pre-approval webhook"),
        },
        told="preApprovalTriggerDetails.decision",
    ),
    _status(
        "cancelled",
        {
            "id": _id_of("cancelled", _REQUEST_ID, _ITEM_ID),
            "action": constant("cancelled"),
            "occurred_at": utc_time("cancelledRequestDetails.modified"),
            "actor": identity("cancelledRequestDetails.owner"),
            "justification": text("cancelledRequestDetails.comment"),
        },
        told="cancelledRequestDetails",
    ),
)


def _was_forwarded(scope: Record) -> bool:
    detail = scope["approvalDetail"]
    return type(detail) is dict and detail.get("forwarded") is True


def _is_provisioning(scope: Record) -> bool:
    """Tell the phase of provisioning, once it has a result."""
    phase = scope["phase"]
    if type(phase) is not dict or phase.get("result") is None:
        return False
    return str(phase.get("name")).startswith("PROVISIONING")


FORWARDED = Form(
    title="Access request status: approvals that were forwarded",
    recognised_by="accessRequestId, requestedFor and approvalDetails[].forwarded",
    words=frozenset({STATUS_WORD}),
    fits=_asks,
    each=(("approvalDetail", "approvalDetails"),),
    keeps=_was_forwarded,
    rows={
        "id": _id_of("forwarded", _REQUEST_ID, _APPROVAL_ID),
        "case": needed(_REQUEST_ID),
        "action": constant("reassigned"),
        # Who forwarded it, and when, stands in forwardHistory by name only.
        "on_behalf_of": identity("approvalDetail.originalOwner"),
        "assignee": identity("approvalDetail.currentOwner"),
    },
)
PROVISIONED = Form(
    title="Access request status: the phase of provisioning",
    recognised_by="accessRequestId, requestedFor and accessRequestPhases",
    words=frozenset({STATUS_WORD}),
    fits=_asks,
    each=(("phase", "accessRequestPhases"),),
    keeps=_is_provisioning,
    rows={
        **_STATUS,
        "id": _id_of("provisioning", _REQUEST_ID, _ITEM_ID, text("phase.result")),
        "action": needed(one_of("phase.result", PHASES)),
        "occurred_at": utc_time("phase.finished"),
        "links": every(tagged("sailpoint-item", text("accountActivityItemId"))),
        "outcome": text("phase.result"),
    },
)
FORMS = (ACTIVITY, ACTIVITY_DECIDED, ACTIVITY_GIVEN, *STATUSES, FORWARDED, PROVISIONED)
