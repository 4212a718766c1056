"""IBM Verify: request management events, which tell a request, its approver and its workflow.

Names are those of "Request management event payload" in IBM's documentation, which lists the
fields and shows one payload (action APPROVE); the other actions are read by the words that the
product's interface uses. Who is named by an id and who by a name is not documented either: a UUID
compares with UUIDs only.
"""

import re
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

from stream.connectors.table import (
    Connector,
    Form,
    Record,
    RefusalKind,
    Term,
    Unfit,
    computed,
    entitlement,
    every,
    first,
    name,
    needed,
    part,
    party,
    reach,
    tagged,
    text,
    texts,
    utc_time,
)

REQUESTS: Mapping[str, str] = {
    "CREATE": "requested",
    "REQUEST": "requested",
    "SUBMIT": "requested",
    "CANCEL": "cancelled",
    "WITHDRAW": "withdrawn",
    "EXPIRE": "expired",
}
DECISIONS: Mapping[str, str] = {"APPROVE": "approved", "REJECT": "denied", "DENY": "denied"}
HANDED_ON: Mapping[str, str] = {
    "DELEGATE": "delegated",
    "REASSIGN": "reassigned",
    "REDIRECT": "reassigned",
    "ESCALATE": "escalated",
}
GRANTS: Mapping[str, str] = {
    "FULFILL": "provisioned",
    "PROVISION": "provisioned",
    "GRANT": "provisioned",
    "REVOKE": "revoked",
}
FAILED = frozenset({"FAILED", "FAILURE", "ERROR"})
TYPE = "request_management"
MILLISECONDS_MAX = 7_258_118_400_000
"""The year 2200."""

_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_ACTION, _STATUS = text("data.action"), text("data.status")
_TIME = first(utc_time("time"), utc_time("data.creationDate"))


def word(record: Record) -> str | None:
    """Tell a request management event by its action; events of other types by none."""
    if record.get("event_type", TYPE) != TYPE:
        return None
    action = reach(record, ("data", "action"))
    return action.upper() if type(action) is str else None


def _step(words: Mapping[str, str]) -> Term:
    """Tell the action; a grant that failed is one, anything else that failed is no step."""

    def read(record: Record) -> str:
        action, status = words[(_ACTION.read(record) or "").upper()], _STATUS.read(record)
        if (status or "").upper() not in FAILED:
            return action
        if action == "provisioned":
            return "provision_failed"
        expected = "a step that took place"
        raise Unfit(status, expected, RefusalKind.OUT_OF_SCOPE, field="data.status")

    failed = {"a failed grant": "provision_failed"} if "provisioned" in words.values() else {}
    return computed("data.action, data.status", read, words={**words, **failed})


def _moment(record: Record) -> datetime | None:
    """Read the envelope's time: milliseconds since 1970, or a time as text."""
    value = record.get("time")
    if type(value) is int and 0 <= value < MILLISECONDS_MAX:
        return datetime.fromtimestamp(value / 1000, UTC)
    at: datetime | None = _TIME.read(record)
    return at


def _who(place: str) -> Term:
    """Read an account, which may be an id or a name: the two never compare."""
    found = text(place)

    def namespace(record: Record) -> str | None:
        return None if _UUID.fullmatch(found.read(record) or "") else "name"

    return party(found, namespace=computed(f"{place}: whether a UUID", namespace))


_ASKED_BY = _who("data.requestor")  # codespell:ignore requestor
_BY, _APPROVER = _who("data.performedby"), _who("data.approver")


def _hand(record: Record) -> Record | None:
    """Tell who acted in an approver's place, where both are named in the same way."""
    hand, approver = _BY.read(record), _APPROVER.read(record)
    if hand is None or approver is None or hand["account"] == approver["account"]:
        return None
    return hand if hand.get("namespace") == approver.get("namespace") else None


def _form(title: str, words: Mapping[str, str], rows: Mapping[str, Term]) -> Form:
    return Form(
        title=title,
        recognised_by="data.action, as listed under action",
        words=frozenset(words),
        rows={
            "id": name("id"),
            "occurred_at": computed("time, else data.creationDate", _moment),
            "case": needed(name("data.request")),
            # `reference` is shared by requests that were made together: it names no one case.
            "links": every(tagged("ibm-verify-number", text("data.request_number"))),
            "action": _step(words),
            "actor": _BY,
            "beneficiary": _who("data.beneficiary"),
            "entitlement": entitlement(
                text("data.entitlement_name"), type=text("data.entitlement_type")
            ),
            "scope": texts("data.entitlement_rights"),
            "justification": text("data.justification"),
            "stage": text("data.current_step"),
            "workflow": part("id", id=text("data.workflow"), step=text("data.current_step")),
            "outcome": text("data.status"),
            **rows,
        },
    )


IBM_VERIFY = Connector(
    name="ibm_verify",
    title="IBM Verify request management events",
    forms=(
        _form("Requests", REQUESTS, {"actor": first(_ASKED_BY, _BY)}),
        _form(
            "Decisions",
            DECISIONS,
            {
                "actor": first(
                    computed("data.performedby, where it is not data.approver", _hand),
                    _APPROVER,
                    _BY,
                ),
                "on_behalf_of": computed(
                    "data.approver, where data.performedby is another of the same kind",
                    lambda record: _APPROVER.read(record) if _hand(record) else None,
                ),
                "justification": text("data.approver_comment"),
            },
        ),
        _form("Handed on", HANDED_ON, {"assignee": _APPROVER}),
        _form("Grants", GRANTS, {}),
    ),
    word=word,
    scope_fields=("event_type", "data.action"),
    joins=(
        "By the request (data.request). Its number is a link (ibm-verify-number:…); the reference "
        "is shared by all requests that were made together, and joins nothing."
    ),
    delay=timedelta(minutes=5),
    never={
        "workflow.version": "The configuration of the workflow is told as a list, without a "
        "version.",
        "evidence": "There are comments and nothing attached.",
        "step": "What a workflow calls is not told.",
        "occurred_at (without its envelope)": "Only the envelope tells when a step happened; the "
        "data tells when the request was made.",
    },
)
