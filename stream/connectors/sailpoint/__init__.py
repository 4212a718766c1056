"""SailPoint Identity Security Cloud: event triggers, audit events, activities and statuses."""

from datetime import timedelta

from stream.connectors.sailpoint import audit, identities, polled, reviews, triggers
from stream.connectors.table import Connector, Record

METADATA = "_metadata"


def opened(record: Record) -> Record:
    """Take a trigger's input out of the invocation it came in. Raises Unfit."""
    triggers.refuse_answer(record)
    if METADATA not in record:
        return record
    return {key: value for key, value in record.items() if key != METADATA}


SHAPES = (
    ("accessRequestId", "requestedItems", triggers.SUBMITTED_WORD),
    ("accessRequestId", "requestedItemsStatus", triggers.DECIDED_WORD),
    ("accessRequestId", "requestedFor", polled.STATUS_WORD),
    ("trackingNumber", "accountRequests", triggers.PROVISIONED_WORD),
    ("formInstanceId", "submittedBy", triggers.FORM_WORD),
    ("triggerId", "startInvocationInput", triggers.INVOKED_WORD),
    ("certification", "certification", reviews.CERTIFICATION_WORD),
    ("campaign", "campaign", reviews.CAMPAIGN_WORD),
    ("identity", "changes", identities.CHANGED_WORD),
    ("account", "identity", identities.ACCOUNT_WORD),
    ("identity", "attributes", identities.CREATED_WORD),
)
"""Two fields that a nameless record has, and what it is called for that."""
_BY_FIRST = {
    one: [(two, called) for first, two, called in SHAPES if first == one] for one, _, _ in SHAPES
}


def word(record: Record) -> object:
    """Tell what a record is: by its own name, or by the fields that it has."""
    if "eventType" in record:
        return record["eventType"]
    if record.get("type") == "accountactivity" or "originalRequests" in record:
        return polled.ACTIVITY_WORD if record.get("action") == "Access Request" else None
    if audit.is_audit_event(record):
        return audit.word(record)
    for one, others in _BY_FIRST.items():
        if one in record:
            for two, called in others:
                if two in record:
                    return called
    return None


SAILPOINT = Connector(
    name="sailpoint",
    title="SailPoint Identity Security Cloud: event triggers, audit events, activities, statuses",
    identities=identities.FORMS,
    forms=(*triggers.FORMS, *polled.FORMS, *reviews.FORMS, *audit.FORMS),
    word=word,
    scope_fields=("technicalName", "action", "eventType"),
    opened=opened,
    apart=triggers.apart,
    joins=(
        "Requests and decisions by accessRequestId. Provisioning knows only a tracking number, "
        "which is a link (sailpoint-tracking:…); an account activity of the Search API has both. "
        "Certifications and campaigns by their own ids. Changes outside governance and machine "
        "identities name no case."
    ),
    delay=timedelta(minutes=15),
    never={
        "id (triggers)": "A trigger's payload has no event id; it is derived from the content.",
        "occurred_at (most triggers)": "A trigger's payload has no time; it is the arrival.",
        "actor (pre-approval answer)": "Who answers a pre-approval webhook is free text, and the "
        "answer names no request.",
        "actor (provisioning)": "Who or what provisioned is not told, only who asked.",
        "workflow.version": "Workflows have no version number; audit events tell that one changed.",
        "step.destination": "The URL and the status of a workflow's HTTP action are not audited.",
        "evidence (documents)": "Only forms, comments and ticket numbers are told.",
        "beneficiary (audit events)": "A name only; it can not be compared with an id.",
    },
)
