"""Evolveum midPoint: audit records of approvals, of what was executed, and of definitions.

Names are those of the schema audit-3.xsd. The one source that tells whose hand it was
(`attorneyRef`) apart from who is responsible (`initiatorRef`). Work items are joined by the case
object (`wf.caseOid`); what is executed afterwards is another operation and does not name it.
"""

from collections.abc import Callable, Mapping
from datetime import timedelta

from rules.events import ActorKind
from stream.connectors.midpoint.records import SPELLED, apart, local, opened
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
    every,
    first,
    name,
    needed,
    part,
    party,
    reach,
    tagged,
    text,
    utc_time,
)

WORK_ITEM, PROCESS, OPERATION = "work item", "approval case", "operation"
OPERATIONS = frozenset({"addObject", "modifyObject", "deleteObject"})
DEFINITIONS = frozenset(
    {
        "RoleType", "ArchetypeType", "PolicyType", "SystemConfigurationType", "ObjectTemplateType",
        "SecurityPolicyType", "ValuePolicyType",
    }
)  # fmt: skip
CODE = frozenset({"FunctionLibraryType", "ResourceType", "ConnectorType"})
DECISIONS = {
    "approve": "approved",
    "approved": "approved",
    "reject": "denied",
    "rejected": "denied",
}
FAILED = frozenset({"fatal_error", "partial_error", "handled_error"})
AUTOMATIC_CHANNELS = frozenset({"reconciliation", "liveSync", "import", "discovery", "recompute"})
_OUTCOME = text("outcome")
_EVENT_ID = name("eventIdentifier")
_RESULT = text("result")
_CHANNEL = text("channel")
_ESCALATION = first(text("prop.wf_escalationLevelNumber"), text("prop.wf_escalationLevelName"))


def _kind_of_record(record: Record) -> str | None:
    """Tell a record by its type; operations only once they are executed."""
    kind, stage = record.get("eventType"), record.get("eventStage")
    if kind == "workItem":
        return f"{WORK_ITEM} {stage}"
    if kind == "workflowProcessInstance":
        return f"{PROCESS} {stage}"
    if type(kind) is str and kind in OPERATIONS and stage == "execution":
        return OPERATION
    return None


def _decision(record: Record) -> str:
    """Tell a decision from the result: a URI that ends in `#approve`, or a word."""
    result = _RESULT.read(record)
    if result is None:
        expected = "a decision; a work item may also close without one"
        raise Unfit(result, expected, RefusalKind.OUT_OF_SCOPE, field="result")
    word = local(result).lower()
    if word not in DECISIONS:
        raise Unfit(result, "approve or reject", RefusalKind.UNKNOWN_VALUE, field="result")
    return DECISIONS[word]


def _handed(record: Record) -> str:
    """Tell an assignment from a delegation and an escalation, by the assignee it began with."""
    before, now = _FIRST_ASSIGNEE.read(record), _ASSIGNEE.read(record)
    if before is None or now is None or before["account"] == now["account"]:
        return "assigned"
    escalated = _ESCALATION.read(record) not in (None, "0")
    return "escalated" if escalated else "reassigned"


def _reference(place: str, *, kind: Term | None = None) -> Term:
    """An object that is referred to: by its oid, with the name it had then."""
    rows = {"kind": kind} if kind is not None else {}
    return party(text(f"{place}.oid"), name=_called(place), **rows)


def _called(place: str) -> Term:
    """A name, which may be told as text or with its normalised form (`orig`, `norm`)."""
    path = (*place.split("."), "targetName")
    orig = text(f"{place}.targetName.orig")

    def read(record: Record) -> str | None:
        found = reach(record, path)
        told: str | None = found if type(found) is str else orig.read(record)
        return told or None

    return computed(f"{place}.targetName", read)


def _kind_of_initiator(record: Record) -> str | None:
    """Tell automation from people: a task's channel, or the built-in administrator's absence."""
    channel = local(_CHANNEL.read(record))
    return ActorKind.SERVICE.value if channel in AUTOMATIC_CHANNELS else None


_KIND = computed("channel", _kind_of_initiator, words=("service",))
_INITIATOR = _reference("initiatorRef", kind=_KIND)
_ATTORNEY = _reference("attorneyRef")
_ASSIGNEE = _reference("ref.wf_currentAssignee")
_FIRST_ASSIGNEE = _reference("ref.wf_originalAssignee")
_RESPONSIBLE = computed(
    "initiatorRef, where attorneyRef is told",
    lambda record: _INITIATOR.read(record) if _ATTORNEY.read(record) else None,
)
_TYPE_OF_TARGET = computed(
    "reference[name=wf.target].value.type",
    lambda record: local(reach(record, ("ref", "wf_target", "type"))) or None,
)
_EVERY: Mapping[str, Term] = {
    "id": name("eventIdentifier"),
    "occurred_at": needed(utc_time("timestamp"), "a time"),
    "links": every(tagged("midpoint-request", text("requestIdentifier"))),
    "actor": first(_ATTORNEY, _INITIATOR),
    "on_behalf_of": _RESPONSIBLE,
    "outcome": _OUTCOME,
}
_APPROVAL: Mapping[str, Term] = {
    **_EVERY,
    "case": needed(text("prop.wf_caseOid", "prop.wf_processInstanceId"), field="prop.wf_caseOid"),
    "beneficiary": _reference("ref.wf_object"),
    "entitlement": entitlement(
        text("ref.wf_target.oid"), type=_TYPE_OF_TARGET, name=_called("ref.wf_target")
    ),
    "stage": text("prop.wf_stageName", "prop.wf_stageNumber"),
}


def _given(scope: Record) -> str | None:
    """Tell a grant from a removal; a grant that failed is one."""
    way, outcome = scope["change"]["way"], _OUTCOME.read(scope)
    if way == "delete":
        return "revoked" if outcome not in FAILED else None
    return "provision_failed" if outcome in FAILED else "provisioned"


def _of_type(kinds: frozenset[str], *, inside: bool = True) -> Callable[[Record], bool]:
    """Recognise an operation by the type of the object that it changed."""
    return lambda record: (
        (local(reach(record, ("targetRef", "type"))) in kinds) is inside
        and (not inside or _OUTCOME.read(record) not in FAILED)
    )


def _id_of_change(scope: Record) -> str | None:
    """Name one of the changes of an operation by what it assigned."""
    event, change = _EVENT_ID.read(scope), scope["change"]
    return None if event is None else f"{event}:{change['way']}:{change['target'].get('oid')}"


MIDPOINT = Connector(
    name="midpoint",
    title="Evolveum midPoint audit records",
    forms=(
        Form(
            title="Approval begun",
            recognised_by="eventType workflowProcessInstance, eventStage request",
            words=frozenset({f"{PROCESS} request"}),
            rows={
                **_APPROVAL,
                "action": constant("requested"),
                "justification": text("prop.wf_requesterComment"),
            },
        ),
        Form(
            title="Work item given to somebody",
            recognised_by="eventType workItem, eventStage request",
            words=frozenset({f"{WORK_ITEM} request"}),
            rows={
                **_APPROVAL,
                "action": computed(
                    "reference[name=wf.originalAssignee, wf.currentAssignee], wf.escalationLevel",
                    _handed,
                    words=("assigned", "reassigned", "escalated"),
                ),
                "actor": _INITIATOR,
                "on_behalf_of": _FIRST_ASSIGNEE,
                "assignee": _ASSIGNEE,
            },
        ),
        Form(
            title="Work item completed",
            recognised_by="eventType workItem, eventStage execution",
            words=frozenset({f"{WORK_ITEM} execution"}),
            rows={
                **_APPROVAL,
                "action": computed("result", _decision, words=DECISIONS),
                "justification": text("prop.wf_comment"),
                "outcome": text("result"),
            },
        ),
        Form(
            title="Executed: what was assigned and taken away",
            recognised_by="eventType addObject, modifyObject, deleteObject, eventStage execution",
            words=frozenset({OPERATION}),
            fits=_of_type(DEFINITIONS | CODE, inside=False),
            each=(("change", "changes"),),
            keeps=lambda scope: (
                scope["change"]["way"] in {"add", "delete"} and _given(scope) is not None
            ),
            rows={
                **_EVERY,
                "id": computed("eventIdentifier and the assigned oid", _id_of_change),
                "case": text("prop.wf_caseOid"),
                "action": computed(
                    "delta[].objectDelta.itemDelta[].modificationType or objectToAdd, outcome",
                    _given,
                    words=("provisioned", "provision_failed", "revoked"),
                ),
                "beneficiary": _reference("targetRef"),
                "entitlement": entitlement(
                    text("change.target.oid"),
                    type=computed(
                        "targetRef.type",
                        lambda scope: local(reach(scope, ("change", "target", "type"))) or None,
                    ),
                    name=_called("change.target"),
                ),
            },
        ),
        Form(
            title="Executed: roles, policies and templates",
            recognised_by="an operation whose targetRef.type is one of them",
            words=frozenset({OPERATION}),
            fits=_of_type(DEFINITIONS),
            rows={
                **_EVERY,
                "action": constant("workflow_published"),
                "workflow": part("id", id=text("targetRef.oid"), step=text("eventType")),
                "stage": _called("targetRef"),
            },
        ),
        Form(
            title="Executed: function libraries, resources and connectors",
            recognised_by="an operation whose targetRef.type is one of them",
            words=frozenset({OPERATION}),
            fits=_of_type(CODE),
            rows={
                **_EVERY,
                "action": constant("extension_published"),
                "step": part("extension", extension=text("targetRef.oid")),
                "stage": _called("targetRef"),
            },
        ),
    ),
    word=_kind_of_record,
    scope_fields=("eventType",),
    opened=opened,
    apart=apart,
    spelled=SPELLED,
    joins=(
        "Approvals by the case object (wf.caseOid, before 4.5 wf.processInstanceId). What is "
        "executed is another operation; all records of one operation share requestIdentifier (a "
        "link, midpoint-request:…), and only a record with both joins the two."
    ),
    delay=timedelta(minutes=5),
    never={
        "entitlement.criticality": "A role's risk level is in the role, not in the audit.",
        "evidence": "Nothing can be attached to a request; there are comments only.",
        "workflow.version": "Definitions have no version; that one changed is told.",
        "step.destination": "Calls of scripts and connectors are not audited as such.",
    },
)
