"""Camunda 8: the records that Zeebe's Kafka exporter writes.

A record is named by its partition and position, which is also its order; a process instance stays
on one partition. Only EVENT records are steps: commands may still be rejected. The topics must be
read committed. Who completed a user task is told by its assignee only, what was decided and why
only by variables, whose names belong to whoever drew the process: those listed here are read.
"""

from collections.abc import Mapping
from datetime import timedelta

from rules.events import ActorKind
from stream.connectors.table import (
    Connector,
    Form,
    Term,
    computed,
    constant,
    evidence,
    first,
    needed,
    part,
    party,
    reach,
    text,
    whole,
)
from stream.connectors.zeebe.records import (
    ANSWERS,
    ASSIGNEE,
    VARIABLES,
    case,
    decision,
    event_id,
    key,
    moment,
    number,
    variable,
    word,
)

_KEY = key("key")
_VALUE = computed("value.value", variable)
_CLAIMED = needed(party(_VALUE, namespace=constant("variable")), field="value.value")
_ASSIGNEE = party(text("value.assignee"))
_JOB_ASSIGNEE = party(
    computed(
        f"value.customHeaders.{ASSIGNEE}",
        lambda record: reach(record, ("value", "customHeaders", ASSIGNEE)) or None,
    )
)
_PROCESS = part(
    "id",
    id=text("value.bpmnProcessId"),
    version=number("value.version"),
    step=text("value.elementId"),
)
_TASK = part(
    "id",
    id=text("value.bpmnProcessId"),
    version=first(
        number("value.processDefinitionVersion"), number("value.workflowDefinitionVersion")
    ),
    step=text("value.elementId"),
)
_EVERY: Mapping[str, Term] = {
    "id": computed("partitionId-position", event_id),
    "sequence": needed(whole("position"), "a whole number"),
    "occurred_at": needed(
        computed("timestamp (milliseconds)", moment), "a time", field="timestamp"
    ),
    "case": computed("zeebe-instance:<value.processInstanceKey>", case),
    "outcome": text("intent"),
}


def _form(title: str, words: tuple[str, ...], rows: Mapping[str, Term]) -> Form:
    return Form(
        title=title,
        recognised_by="recordType EVENT, valueType and intent",
        words=frozenset(words),
        rows={**_EVERY, **rows},
    )


def _tells(name: str, rows: Mapping[str, Term]) -> Form:
    return _form(
        f"VARIABLE {name}",
        (f"VARIABLE {name}",),
        {"action": constant(VARIABLES[name]), "stage": constant(f"variable {name}"), **rows},
    )


_DECISIONS = {**ANSWERS, "any other": "decided"}
_CASED = {"case": needed(_EVERY["case"], "a key", field="value.processInstanceKey")}

ZEEBE = Connector(
    name="zeebe",
    title="Camunda 8 (Zeebe) Kafka exporter records",
    forms=(
        _form(
            # Who began it is not told; a variable called requester may say it.
            "Process instance begun",
            ("INSTANCE ELEMENT_ACTIVATED",),
            {**_CASED, "action": constant("requested"), "workflow": _PROCESS},
        ),
        _form(
            "User task given to somebody",
            ("USER_TASK ASSIGNED", "USER_TASK CREATED"),
            {**_CASED, "action": constant("assigned"), "assignee": _ASSIGNEE, "workflow": _TASK},
        ),
        _form(
            "User task completed",
            ("USER_TASK COMPLETED",),
            {
                **_CASED,
                "action": computed("value.variables", decision, words=_DECISIONS),
                "actor": _ASSIGNEE,
                "stage": text("value.elementId"),
                "workflow": _TASK,
            },
        ),
        _form(
            "User task cancelled",
            ("USER_TASK CANCELED",),
            {**_CASED, "action": constant("cancelled"), "workflow": _TASK},
        ),
        _form(
            "User task (as a job) completed",
            ("TASK JOB COMPLETED",),
            {
                **_CASED,
                "action": computed("value.variables", decision, words=_DECISIONS),
                "actor": _JOB_ASSIGNEE,
                "stage": text("value.elementId"),
                "workflow": _TASK,
            },
        ),
        _form(
            # Each attempt that a worker reports is a call of its own.
            "Job worked off: a call of a custom step",
            ("JOB COMPLETED", "JOB FAILED", "JOB ERROR_THROWN"),
            {
                **_CASED,
                "action": constant("step_invoked"),
                "actor": party(
                    text("value.worker"),
                    kind=constant(ActorKind.SERVICE.value),
                    namespace=constant("worker"),
                ),
                "step": part(
                    "extension",
                    extension=text("value.type"),
                    invocation=computed(
                        "zeebe-job:<key>",
                        lambda r: f"zeebe-job:{job}" if (job := _KEY.read(r)) else None,
                    ),
                ),
                "workflow": _TASK,
            },
        ),
        _form(
            "Process deployed",
            ("PROCESS CREATED", "WORKFLOW CREATED"),
            {
                "action": constant("workflow_published"),
                "workflow": needed(_PROCESS, field="value.bpmnProcessId"),
                "stage": text("value.resourceName"),
            },
        ),
        _form(
            "Process instance cancelled",
            ("INSTANCE ELEMENT_TERMINATED",),
            {**_CASED, "action": constant("cancelled"), "workflow": _PROCESS},
        ),
        _tells("requester", {**_CASED, "actor": _CLAIMED}),
        _tells("beneficiary", {**_CASED, "beneficiary": _CLAIMED}),
        *(
            _tells(name, {**_CASED, "justification": needed(_VALUE, field="value.value")})
            for name in ("justification", "reason", "comment")
        ),
        *(
            _tells(name, {**_CASED, "evidence": evidence(name, needed(_VALUE))})
            for name in ("ticket", "evidence")
        ),
    ),
    word=word,
    scope_fields=("intent", "valueType"),
    joins=(
        "By the process instance (zeebe-instance:…), in whichever topic a record is. Keys repeat "
        "between clusters, and no record names its cluster: two clusters are two sources."
    ),
    delay=timedelta(minutes=2),
    never={
        "actor (completed tasks)": "Who completed a task is told by its assignee only.",
        "requested (who started a process)": "Nobody is named; a variable may say it.",
        "justification": "Only a variable can say it, under a name that the process's author gave.",
        "step.destination": "A job names its type, not where its worker calls.",
        "entitlement": "What is asked for stands in variables only.",
    },
)
