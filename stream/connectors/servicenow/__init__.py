"""ServiceNow: rows of approvals and requests, read in polls; a row is a state, not an event.

What a row becomes follows from the state that it is in, so that a difference between two polls is
a new event and the same row again is a repeat: an approval's id is its sys_id, how often the row
was changed (sys_mod_count) and the state. States between two polls are lost, unless the history
(sys_audit) is read as well. Times are UTC where they are values; displayed ones with dots in them
are read as UTC too, others are refused, since 07/06 may be a day in July or in June.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from stream.connectors.servicenow.rows import (
    APPROVAL,
    CHANGE,
    HISTORY,
    REQUEST,
    SPELLED,
    apart,
    opened,
    time_of,
    who,
    word,
)
from stream.connectors.table import (
    Connector,
    Form,
    Record,
    Term,
    computed,
    constant,
    entitlement,
    every,
    first,
    name,
    needed,
    tagged,
    text,
)

DECISIONS = {"approved": "approved", "rejected": "denied", "cancelled": "cancelled"}
CLOSED = {
    "3": "provisioned",
    "closed complete": "provisioned",
    "4": "provision_failed",
    "closed incomplete": "provision_failed",
    "7": "cancelled",
    "closed skipped": "cancelled",
}


def _state(words: Mapping[str, str]) -> Term:
    """Tell an action from the state that a row is in."""

    def read(record: Record) -> str | None:
        return words.get(str(record["value"].get("state")).lower())

    return computed("state", read, words=words)


def _in_state(*states: str) -> Callable[[Record], bool]:
    """Recognise a row by its state."""
    return lambda record: str(record["value"].get("state")).lower() in states


def _id_of_state(record: Record) -> str | None:
    """Name a state of a row: the same state of the same version is the same event."""
    row = _ROW.read(record)
    if row is None:
        return None
    version = record["value"].get("sys_mod_count")
    return f"{row}:{version}:{str(record['value'].get('state')).lower()}"


def _id_of_opening(record: Record) -> str | None:
    """Name the opening as this version of the row tells it."""
    row = _ROW.read(record)
    return None if row is None else f"{row}:{record['value'].get('sys_mod_count')}:opened"


def _hand(record: Record) -> Record | None:
    """Tell who changed an approval, where it is known not to be the approver."""
    approver = _USER_NAME.read(record)
    if approver is None or record["value"].get("sys_updated_by") == approver:
        return None
    by: Record | None = _UPDATED_BY.read(record)
    return by


_ROW = name("value.sys_id")
_USER_NAME = text("value.approver_user_name")
_UPDATED_BY, _APPROVER = who("sys_updated_by"), who("approver")
_HAND = computed("sys_updated_by, where approver.user_name is another", _hand)
_ID = computed("sys_id, sys_mod_count and state", _id_of_state)
_OPENED_AT = time_of("opened_at", "sys_created_on")
_NUMBER = every(tagged("servicenow-number", text("value.number")))
_APPROVAL: Mapping[str, Term] = {
    "id": _ID,
    "case": needed(text("value.sysapproval", "value.document_id"), field="value.sysapproval"),
    "links": every(tagged("servicenow-approval", _ROW)),
    "occurred_at": needed(time_of("sys_updated_on"), "a time", field="value.sys_updated_on"),
    "stage": text("shown.group", "value.group"),
    "outcome": text("value.state"),
}
_OPENED: Mapping[str, Term] = {
    "id": computed("sys_id and sys_mod_count", _id_of_opening),
    "case": needed(_ROW),
    "links": _NUMBER,
    "action": constant("requested"),
    "occurred_at": needed(
        time_of("opened_at", "sys_created_on"), "a time", field="value.opened_at"
    ),
    "actor": first(who("opened_by"), who("requested_by"), who("sys_created_by")),
    "beneficiary": who("requested_for"),
    "justification": text("value.justification"),
}

SERVICENOW = Connector(
    name="servicenow",
    title="ServiceNow approvals, requests and changes (rows of the Table API)",
    forms=(
        Form(
            title="sysapproval_approver in state requested",
            recognised_by="approver and state",
            words=frozenset({APPROVAL}),
            fits=_in_state("requested"),
            rows={
                **_APPROVAL,
                "action": constant("assigned"),
                "assignee": needed(_APPROVER, field="value.approver"),
            },
        ),
        Form(
            title="sysapproval_approver in state approved, rejected, cancelled",
            recognised_by="approver and state",
            words=frozenset({APPROVAL}),
            fits=_in_state(*DECISIONS),
            rows={
                **_APPROVAL,
                "action": _state(DECISIONS),
                "actor": first(_HAND, _APPROVER),
                "on_behalf_of": computed(
                    "approver, where approver.user_name is not sys_updated_by",
                    lambda record: _APPROVER.read(record) if _hand(record) else None,
                ),
                "justification": text("value.comments"),
            },
        ),
        Form(
            title="sc_req_item, sc_request: opened",
            recognised_by="sys_class_name, else requested_for",
            words=frozenset({REQUEST}),
            rows={
                **_OPENED,
                "entitlement": entitlement(
                    text("value.cat_item"),
                    type=constant("catalog_item"),
                    name=text("shown.cat_item"),
                ),
            },
        ),
        Form(
            title="sc_req_item, sc_request: closed",
            recognised_by="sys_class_name, else requested_for; state",
            words=frozenset({REQUEST}),
            fits=_in_state(*CLOSED),
            rows={
                "id": _ID,
                "case": needed(_ROW),
                "links": _NUMBER,
                "action": _state(CLOSED),
                "occurred_at": time_of("closed_at", "sys_updated_on"),
                "actor": first(who("closed_by"), _UPDATED_BY),
                "beneficiary": who("requested_for"),
                "outcome": text("value.state"),
            },
        ),
        Form(
            title="change_request: opened",
            recognised_by="sys_class_name, else number CHG…",
            words=frozenset({CHANGE}),
            rows={
                **_OPENED,
                "entitlement": entitlement(
                    text("value.number"),
                    type=constant("change"),
                    name=text("value.short_description"),
                    criticality=text("shown.risk", "value.risk"),
                ),
            },
        ),
        Form(
            # What sys_audit tells happened: nothing between two polls is lost.
            title="sys_audit: the state of an approval",
            recognised_by="tablename sysapproval_approver and fieldname state",
            words=frozenset({HISTORY}),
            fits=lambda record: (
                record["value"].get("tablename") == "sysapproval_approver"
                and record["value"].get("fieldname") == "state"
                and str(record["value"].get("newvalue")) in DECISIONS
            ),
            rows={
                "id": needed(_ROW),
                "action": computed(
                    "newvalue",
                    lambda record: DECISIONS[record["value"]["newvalue"]],
                    words=DECISIONS,
                ),
                "links": needed(
                    every(tagged("servicenow-approval", text("value.documentkey"))),
                    field="value.documentkey",
                ),
                "occurred_at": needed(
                    time_of("sys_created_on"), "a time", field="value.sys_created_on"
                ),
                "actor": who("user"),
                "justification": text("value.reason"),
                "outcome": text("value.newvalue"),
            },
        ),
    ),
    word=word,
    scope_fields=("value.state", "value.sys_class_name", "value.fieldname", "value.number"),
    opened=opened,
    apart=apart,
    spelled=SPELLED,
    joins=(
        "Approvals by what they approve (sysapproval, else document_id), which is the sys_id of "
        "the request or change. Their history names the approval only (a link, "
        "servicenow-approval:…). A request's items are cases of their own. Numbers are links "
        "(servicenow-number:…)."
    ),
    delay=timedelta(minutes=15),
    never={
        "occurred_at (states between two polls)": "A row is a state: what it was between two polls "
        "is known to sys_audit only.",
        "actor (whose hand)": "sys_updated_by is a user name and approver an id; they compare only "
        "where the poll asks for approver.user_name as well.",
        "evidence": "Attachments are in another table.",
        "workflow.version": "Flows and their versions are not in these rows.",
        "step": "What a flow calls is not in these rows.",
    },
)
