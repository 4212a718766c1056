"""SailPoint Identity Security Cloud: event triggers, and the audit events of its Search API."""

from datetime import timedelta

from stream.connectors.sailpoint import audit, reviews, triggers
from stream.connectors.table import Connector, Record

METADATA = "_metadata"


def opened(record: Record) -> Record:
    """Take a trigger's input out of the invocation it came in. Raises Unfit."""
    triggers.refuse_answer(record)
    if METADATA not in record:
        return record
    return {key: value for key, value in record.items() if key != METADATA}


SAILPOINT = Connector(
    name="sailpoint",
    title="SailPoint Identity Security Cloud: event triggers and audit events",
    forms=(*triggers.FORMS, *reviews.FORMS, *audit.FORMS),
    scope_fields=("technicalName", "action", "eventType"),
    opened=opened,
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
