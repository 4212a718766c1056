"""Rows of n8n's database: what executions said, what they ended as, and every version's author."""

from collections.abc import Mapping
from datetime import datetime

from rules.events import ActorKind
from stream.connectors.table import (
    Form,
    Record,
    Term,
    computed,
    constant,
    entitlement,
    every,
    evidence,
    first,
    if_known,
    needed,
    part,
    party,
    tagged,
    text,
    texts,
    utc_time,
    whole,
)

EXECUTION_DATA, EXECUTION, PUBLISHED, SAVED = (
    "row execution_data", "row execution", "row published", "row saved",
)  # fmt: skip
ENDED = ("canceled", "crashed")
"""How an execution may end that its log does not tell, or not always."""
APPROVALS = frozenset({"approve", "approved"})
REFUSALS = frozenset({"refuse", "refused", "reject", "rejected", "deny", "denied"})


def word(record: Record) -> str | None:
    """Tell a row's table by its columns."""
    request = record.get("request")
    if type(request) is dict and isinstance(request.get("at"), datetime):
        # Only an opened row has a time in there: JSON has none.
        return EXECUTION_DATA
    if "status" in record and "workflowId" in record and "startedAt" in record:
        return EXECUTION
    if "versionId" in record and "workflowId" in record:
        return PUBLISHED if "event" in record else SAVED
    return None


def _digits(place: str) -> Term:
    """A number that names something, as text; the event log writes it as text already."""
    number = whole(place)

    def read(record: Record) -> str | None:
        if type(record.get(place)) is str:
            return str(record[place]) or None
        found = number.read(record)
        return None if found is None else str(found)

    return computed(place, read)


def _decision(scope: Record) -> str:
    """Tell a decision; what a node of the workflow decided, nobody did."""
    told = str(scope["decision"].get("decision")).lower()
    if told in APPROVALS:
        return "auto_approved" if scope["decision"].get("inside") else "approved"
    return "denied" if told in REFUSALS else "decided"


def _at(holder: str) -> Term:
    """The start of the node's run that gave a body."""

    def read(scope: Record) -> datetime | None:
        found = scope[holder].get("at")
        return found if isinstance(found, datetime) else None

    return computed("startTime of the node's run", read)


def _claimed(*places: str) -> Term:
    """Somebody whom a body names: never a user of n8n, and nobody has checked it."""
    return first(*(party(text(place), namespace=constant("claimed")) for place in places))


def _decider(scope: Record) -> Record | None:
    """Name the workflow's node where it decided, and whoever a body names else."""
    decided = scope["decision"]
    if not decided.get("inside"):
        found: Record | None = _APPROVER.read(scope)
        return found
    kind = ActorKind.SERVICE.value
    return {"account": decided["node"], "kind": kind, "namespace": "node"}


_APPROVER = _claimed("decision.approver")
_EXECUTION = tagged("n8n-execution", text("execution"))
_OF_EXECUTION: Mapping[str, Term] = {
    "case": needed(_EXECUTION, field="execution"),
    "links": every(_EXECUTION, tagged("request", text("request.requestId"))),
    "workflow": part("id", id=text("workflowId"), version=text("workflowVersionId")),
}

FORMS = (
    Form(
        title="execution_data: the request",
        recognised_by="executionId and data, with a body in the first node's output",
        words=frozenset({EXECUTION_DATA}),
        rows={
            **_OF_EXECUTION,
            "id": computed("data:<executionId>", lambda r: f"data:{_EXECUTION.read(r)}"),
            "action": constant("requested"),
            "occurred_at": _at("request"),
            "actor": _claimed("request.requester"),
            "beneficiary": _claimed("request.beneficiary", "request.subject"),
            "entitlement": entitlement(
                text("request.entitlement"),
                criticality=if_known("request.risk", {"high": "high", "critical": "critical"}),
            ),
            "scope": texts("request.entitlements"),
            "justification": text("request.justification"),
        },
    ),
    Form(
        title="execution_data: decisions",
        recognised_by="executionId and data, with a body that says decision",
        words=frozenset({EXECUTION_DATA}),
        each=(("decision", "decisions"),),
        rows={
            **_OF_EXECUTION,
            "id": computed(
                "data:<executionId>:<which>",
                lambda s: f"data:{_EXECUTION.read(s)}:{s['decision']['number']}",
            ),
            "action": computed(
                "decision, and whether it came by a webhook of its own",
                _decision,
                words=("approved", "auto_approved", "denied", "decided"),
            ),
            "occurred_at": _at("decision"),
            "actor": computed("approver, else the node that decided", _decider),
            "on_behalf_of": computed(
                "approver, where a node decided",
                lambda s: _APPROVER.read(s) if s["decision"].get("inside") else None,
            ),
            "stage": text("decision.node"),
            "justification": text("decision.note"),
            "outcome": text("decision.decision"),
        },
    ),
    Form(
        # So that what never comes is known to be missing: the source carries evidence.
        title="execution_data: evidence that came with a decision",
        recognised_by="executionId and data, with a body that says evidence or ticket",
        words=frozenset({EXECUTION_DATA}),
        each=(("decision", "decisions"),),
        keeps=lambda scope: bool({"evidence", "ticket"} & scope["decision"].keys()),
        rows={
            **_OF_EXECUTION,
            "id": computed(
                "data:<executionId>:<which>:evidence",
                lambda s: f"data:{_EXECUTION.read(s)}:{s['decision']['number']}:evidence",
            ),
            "action": constant("evidenced"),
            "occurred_at": _at("decision"),
            "actor": computed("approver, else the node that decided", _decider),
            "evidence": first(
                evidence("reference", text("decision.evidence")),
                evidence("ticket", text("decision.ticket")),
            ),
        },
    ),
    Form(
        title="execution_entity: cancelled or crashed",
        recognised_by="status, workflowId and startedAt",
        words=frozenset({EXECUTION}),
        fits=lambda record: record.get("status") in ENDED,
        rows={
            "id": tagged("execution-row", _digits("id")),
            "case": needed(tagged("n8n-execution", _digits("id")), field="id"),
            "links": every(tagged("n8n-execution", _digits("id"))),
            "action": constant("cancelled"),
            "occurred_at": first(
                utc_time("stoppedAt", zone_left_out=True), utc_time("startedAt", zone_left_out=True)
            ),
            "workflow": part("id", id=text("workflowId"), version=text("workflowVersionId")),
            "outcome": text("status"),
        },
    ),
    Form(
        title="workflow_publish_history: versions that came into force or went out of it",
        recognised_by="versionId, workflowId and event",
        words=frozenset({PUBLISHED}),
        rows={
            "id": tagged("publish", _digits("id")),
            "action": constant("workflow_published"),
            "occurred_at": needed(utc_time("createdAt", zone_left_out=True), "a time"),
            "actor": party(text("userId"), kind=constant(ActorKind.HUMAN.value)),
            "workflow": part(
                "id", id=text("workflowId"), version=text("versionId"), step=text("event")
            ),
            "outcome": text("event"),
        },
    ),
    Form(
        # Authors are told by name; a workflow brought in by command line has none of n8n's users.
        title="workflow_history: versions that were saved",
        recognised_by="versionId, workflowId and authors",
        words=frozenset({SAVED}),
        rows={
            "id": tagged("version", text("versionId")),
            "action": constant("workflow_published"),
            "occurred_at": needed(utc_time("createdAt", zone_left_out=True), "a time"),
            "actor": party(text("authors"), namespace=constant("name")),
            "workflow": part(
                "id", id=text("workflowId"), version=text("versionId"), step=constant("saved")
            ),
            "outcome": constant("saved"),
        },
    ),
)
