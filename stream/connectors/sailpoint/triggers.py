"""Event triggers about requests, decisions, provisioning and forms, told apart by their fields.

No trigger carries an event id, and only a few a time: ids come from the content, times from the
arrival. `_metadata` (SailPoint's envelope of an HTTP invocation) is left out of the content: it
differs between two deliveries of one event.
"""

from collections.abc import Iterable, Mapping

from stream.connectors.sailpoint.parties import identity, only_named, tracking
from stream.connectors.table import (
    Form,
    Record,
    RefusalKind,
    Term,
    Unfit,
    computed,
    constant,
    content_digest,
    entitlement,
    every,
    evidence,
    first,
    name,
    needed,
    one_of,
    one_of_words,
    part,
    party,
    tagged,
    text,
    utc_time,
    when,
)

DECISIONS = {"APPROVED": "approved", "DENIED": "denied"}
RESULTS = {"SUCCESS": "provisioned", "FAILED": "provision_failed", "PENDING": "step_invoked"}
"""Pending: handed to a connector or to somebody's manual work, and not answered yet."""
SUBMITTED_WORD, DECIDED_WORD = "request submitted", "request decided"
PROVISIONED_WORD, FORM_WORD, INVOKED_WORD = "provisioned", "form submitted", "trigger invoked"
"""What a trigger's payload is called here: it has no name of its own, only its fields."""
ITEMS = ("requestedItems", "requestedItemsStatus")
REMOVAL = "Remove"
TAKEN_AWAY = frozenset({"Delete", "Disable", "Lock"})

_REQUEST: Mapping[str, Term] = {
    "case": needed(name("accessRequestId")),
    "beneficiary": needed(identity("subject")),
    "entitlement": needed(
        entitlement(text("item.id"), type=text("item.type"), name=text("item.name"))
    ),
}
_REQUESTED: Mapping[str, Term] = {
    **_REQUEST,
    "action": constant("requested"),
    "actor": needed(identity("requestedBy")),
    "justification": text("item.comment"),
}


def apart(document: object) -> Iterable[tuple[str, object]]:
    """Part a request into what asks for access and what asks to take it away.

    The two are records of their own, so that the second is refused by name and the first is read.
    """
    record: Record = document if isinstance(document, dict) else {}
    for field in ITEMS:
        if field not in record:
            continue
        found = record[field]
        items = found if type(found) is list else []
        removals = [item for item in items if _is_removal(item)]
        if removals and len(removals) < len(items):
            kept = [item for item in items if not _is_removal(item)]
            away = f".{field}[{REMOVAL}]"
            return (("", {**record, field: kept}), (away, {**record, field: removals}))
    return (("", document),)


def _is_removal(item: object) -> bool:
    return type(item) is dict and item.get("operation") == REMOVAL


def _asks_for_access(scope: Record) -> bool:
    """Refuse what asks to take access away: our vocabulary has requests for access only."""
    if _is_removal(scope["item"]):
        expected = "Add: what asks to take access away is no request for access"
        raise Unfit(REMOVAL, expected, RefusalKind.OUT_OF_SCOPE, field="item.operation")
    return True


_REMOVES = text("attribute.operation")
_ACCOUNT_OPERATION = text("account.accountOperation")
_RESULT = one_of("account.provisioningResult", RESULTS)

SUBMITTED = Form(
    # Both triggers have the same fields and say the same.
    title="Access Request Submitted, Access Request Dynamic Approval",
    recognised_by="accessRequestId and requestedItems",
    words=frozenset({SUBMITTED_WORD}),
    # The documentation's example has one object in requestedFor, the API schema a list.
    each=(("subject", "requestedFor"), ("item", "requestedItems")),
    keeps=_asks_for_access,
    rows=_REQUESTED,
)
DECIDED_REQUEST = Form(
    title="Access Request Decision: the request",
    recognised_by="accessRequestId and requestedItemsStatus",
    words=frozenset({DECIDED_WORD}),
    each=(("subject", "requestedFor"), ("item", "requestedItemsStatus")),
    keeps=_asks_for_access,
    rows=_REQUESTED,
)
DECIDED = Form(
    title="Access Request Decision: each approver's decision",
    recognised_by="accessRequestId and requestedItemsStatus",
    words=frozenset({DECIDED_WORD}),
    each=(
        ("subject", "requestedFor"),
        ("item", "requestedItemsStatus"),
        ("approval", "item.approvalInfo"),
    ),
    keeps=_asks_for_access,
    rows={
        **_REQUEST,
        "action": needed(one_of("approval.approvalDecision", DECISIONS), one_of_words(DECISIONS)),
        # The id decides who it was. approverName has been seen to name somebody else
        # (the documentation's own example): it is kept to be shown, and compared with nothing.
        "actor": first(
            party(
                text("approval.approver.id"),
                kind=when("approval.approver.type", "IDENTITY", constant("human")),
                name=text("approval.approverName", "approval.approver.name"),
            ),
            only_named("approval.approverName"),
        ),
        "justification": text("approval.approvalComment"),
        "outcome": text("approval.approvalDecision"),
    },
)


def _provisioned(scope: Record) -> str | None:
    """Tell a grant from a removal, where provisioning succeeded."""
    action: str | None = _RESULT.read(scope)
    if action != "provisioned":
        return action
    operation = _REMOVES.read(scope) if scope.get("attribute") is not None else None
    removed = (
        operation == "Remove"
        if operation is not None
        else _ACCOUNT_OPERATION.read(scope) in TAKEN_AWAY
    )
    return "revoked" if removed else "provisioned"


PROVISIONED = Form(
    # `requester` asked; who or what provisioned is not told, so there is no actor.
    title="Provisioning Completed",
    recognised_by="trackingNumber and accountRequests",
    words=frozenset({PROVISIONED_WORD}),
    each=(("account", "accountRequests"), ("attribute?", "account.attributeRequests")),
    rows={
        "action": needed(
            computed(
                "account.provisioningResult, accountOperation, attribute.operation",
                _provisioned,
                words=("provisioned", "provision_failed", "revoked", "step_invoked"),
            ),
            one_of_words(RESULTS),
            field="account.provisioningResult",
        ),
        "links": tracking("trackingNumber"),
        "beneficiary": needed(identity("recipient")),
        "entitlement": first(
            entitlement(
                text("attribute.attributeValue"),
                type=text("attribute.attributeName"),
                system=text("account.source.name"),
            ),
            entitlement(
                text("account.accountId"),
                type=constant("account"),
                system=text("account.source.name"),
            ),
        ),
        "evidence": evidence("ticket", text("account.ticketId")),
        # What set it off: "IdentityRefresh" is access that follows from a role or life cycle.
        "workflow": part("id", id=text("action")),
        "outcome": text("account.provisioningResult"),
    },
)


def _form_digest(record: Record) -> str:
    return f"sha256:{content_digest(record.get('formData'))}"


FORM_SUBMITTED = Form(
    title="Form Submitted",
    recognised_by="formInstanceId and submittedBy",
    words=frozenset({FORM_WORD}),
    rows={
        "action": constant("evidenced"),
        "occurred_at": utc_time("submittedAt"),
        "links": every(
            when(
                "createdBy.type",
                "WORKFLOW_EXECUTION",
                tagged("execution", text("createdBy.id")),
            )
        ),
        "actor": needed(identity("submittedBy")),
        "stage": text("name"),
        "evidence": evidence(
            "form",
            name("formInstanceId"),
            digest=computed("SHA-256 of formData", _form_digest),
        ),
    },
)
INVOKED = Form(
    # GET /trigger-invocations/status: SailPoint's own word on the calls that it made.
    title="Trigger invocation status",
    recognised_by="triggerId and startInvocationInput",
    words=frozenset({INVOKED_WORD}),
    rows={
        "id": tagged("invocation", name("id")),
        "action": constant("step_invoked"),
        "occurred_at": utc_time("created"),
        "case": text("startInvocationInput.input.accessRequestId"),
        "step": part(
            "invocation",
            invocation=name("id"),
            extension=text("subscriptionName", "subscriptionId"),
        ),
        "stage": text("triggerId"),
    },
)


def refuse_answer(record: Record) -> None:
    """Refuse what a webhook answers a trigger: it names no request. Raises Unfit."""
    if "approved" in record and "approver" in record:
        expected = "a trigger's input; a webhook's answer names no request"
        raise Unfit(record, expected, RefusalKind.OUT_OF_SCOPE)


FORMS = (SUBMITTED, DECIDED_REQUEST, DECIDED, PROVISIONED, FORM_SUBMITTED, INVOKED)
