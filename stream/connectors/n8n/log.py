"""n8n's event log: executions, definitions, accounts. It names nobody who approved anything."""

from collections.abc import Callable, Mapping
from dataclasses import replace

from rules.events import ActorKind
from stream.connectors.table import (
    Form,
    Record,
    Term,
    computed,
    constant,
    entitlement,
    every,
    name,
    needed,
    part,
    party,
    reach,
    tagged,
    text,
    utc_time,
)

CONFIRMATION = "$$EventMessageConfirm"
CALLING_NODES = frozenset({"n8n-nodes-base.httpRequest", "n8n-nodes-base.graphql"})
"""Nodes of which the log may be believed that they call out; a Code node may call as well."""
DEFINITIONS = tuple(
    f"n8n.audit.workflow.{verb}"
    for verb in (
        "created", "updated", "activated", "deactivated", "archived", "unarchived", "deleted",
    )
)  # fmt: skip
CREDENTIALS: Mapping[str, str] = {
    "n8n.audit.user.api.created": "credential_issued",
    "n8n.audit.user.api.deleted": "credential_revoked",
    "n8n.audit.user.credentials.created": "credential_issued",
    "n8n.audit.user.credentials.updated": "credential_rotated",
    "n8n.audit.user.credentials.deleted": "credential_revoked",
}
AT_START = "init"
"""How a restart is told: every active workflow is activated, by nobody."""
CHANGES_MAX, CHANGE_CHARS_MAX = 50, 200
"""So much is kept of what a change of settings changed."""

USER = party(
    text("payload.userId"),
    kind=constant(ActorKind.HUMAN.value),
    name=text("payload._email"),
)
_EXECUTION = tagged("n8n-execution", name("payload.executionId"))
_EVERY: Mapping[str, Term] = {
    "id": name("id"),
    "occurred_at": needed(utc_time("ts"), "a time"),
    "actor": USER,
}
_OF_EXECUTION: Mapping[str, Term] = {
    **_EVERY,
    "case": needed(_EXECUTION, field="payload.executionId"),
    # Whoever knows the execution only (a gateway) is joined by it.
    "links": every(_EXECUTION),
    "workflow": part("id", id=text("payload.workflowId"), step=text("payload.nodeName")),
}


def _verb(record: Record) -> str:
    """Take the last word of an event's name: `n8n.audit.workflow.activated` → `activated`."""
    return str(record["eventName"]).rpartition(".")[2]


def _settings(record: Record) -> list[str] | None:
    """List which settings were changed, from what to what: they count at once, unpublished."""
    changed = reach(record, ("payload", "settingsChanged"))
    if type(changed) is not dict:
        return None
    told = [
        f"{setting}: {change.get('from')} → {change.get('to')}"[:CHANGE_CHARS_MAX]
        for setting, change in sorted(changed.items())[:CHANGES_MAX]
        if type(change) is dict
    ]
    return told or None


def _by_somebody(record: Record) -> bool:
    """Leave out what a restart writes for every active workflow."""
    return bool(reach(record, ("payload", "activationMode")) != AT_START)


def _form(
    title: str,
    words: tuple[str, ...],
    rows: Mapping[str, Term],
    fits: Callable[[Record], bool] | None = None,
    each: tuple[tuple[str, str], ...] = (),
) -> Form:
    form = Form(
        title=title,
        recognised_by="__type and eventName",
        words=frozenset(words),
        rows=rows,
        each=each,
    )
    return form if fits is None else replace(form, fits=fits)


FORMS = (
    _form(
        "Execution begun",
        ("n8n.workflow.started",),
        {**_OF_EXECUTION, "action": constant("requested"), "outcome": text("payload.mode")},
    ),
    _form(
        # The log writes one for each start and each resume; only this one names somebody.
        "Execution run by a user of n8n",
        ("n8n.audit.workflow.executed",),
        {**_OF_EXECUTION, "action": constant("requested"), "outcome": text("payload.source")},
        fits=lambda record: bool(reach(record, ("payload", "userId"))),
    ),
    _form(
        "Execution waits",
        ("n8n.audit.workflow.waiting",),
        {**_OF_EXECUTION, "action": constant("assigned"), "stage": constant("waiting")},
    ),
    _form(
        # Approval or refusal, and by whom: nothing tells it.
        "Execution resumed",
        ("n8n.audit.workflow.resumed",),
        {
            **_OF_EXECUTION,
            "action": constant("decided"),
            "stage": constant("waiting"),
            "outcome": text("payload.resumeSource"),
        },
    ),
    _form(
        "Execution cancelled",
        ("n8n.workflow.cancelled",),
        {**_OF_EXECUTION, "action": constant("cancelled"), "outcome": text("payload.reason")},
    ),
    _form(
        "Node that calls out",
        ("n8n.node.started",),
        {
            **_OF_EXECUTION,
            "action": constant("step_invoked"),
            "actor": party(
                text("payload.workflowId"),
                kind=constant(ActorKind.SERVICE.value),
                namespace=constant("workflow"),
                name=text("payload.workflowName"),
            ),
            "step": part("extension", extension=text("payload.nodeName", "payload.nodeId")),
        },
        fits=lambda record: str(reach(record, ("payload", "nodeType"))) in CALLING_NODES,
    ),
    _form(
        "Workflow created, updated, activated, deactivated, archived, deleted",
        DEFINITIONS,
        {
            **_EVERY,
            "action": constant("workflow_published"),
            "workflow": needed(
                part(
                    "id",
                    id=text("payload.workflowId"),
                    version=text("payload.activeVersionId", "payload.deactivatedVersionId"),
                    step=computed("last word of eventName", _verb),
                ),
                field="payload.workflowId",
            ),
            "scope": computed("payload.settingsChanged", _settings),
            "stage": text("payload.workflowName"),
            "outcome": computed("last word of eventName", _verb),
        },
        fits=_by_somebody,
    ),
    _form(
        "User invited",
        ("n8n.audit.user.invited",),
        {
            **_EVERY,
            "id": computed(
                "id and targetUserId", lambda scope: f"{scope.get('id')}:{scope['invited']}"
            ),
            "action": constant("requested"),
            "case": needed(tagged("n8n-user", name("invited")), field="invited"),
            "beneficiary": party(name("invited"), kind=constant(ActorKind.HUMAN.value)),
            "entitlement": entitlement(constant("n8n"), type=constant("account")),
        },
        each=(("invited", "payload.targetUserId"),),
    ),
    _form(
        "User signed up",
        ("n8n.audit.user.signedup",),
        {
            **_EVERY,
            "action": constant("provisioned"),
            "case": needed(tagged("n8n-user", name("payload.userId")), field="payload.userId"),
            "beneficiary": USER,
            "entitlement": entitlement(
                text("payload.globalRole"), type=constant("account"), system=constant("n8n")
            ),
        },
    ),
    _form(
        "Credentials and API keys",
        tuple(CREDENTIALS),
        {
            **_EVERY,
            "action": computed(
                "eventName", lambda record: CREDENTIALS[record["eventName"]], words=CREDENTIALS
            ),
            "entitlement": entitlement(
                text("payload.credentialId", "payload.credentialType", "eventName"),
                type=text("payload.credentialType"),
                system=constant("n8n"),
            ),
        },
    ),
    _form(
        # The log keeps an execution whose rows are gone, and who made them go.
        "Execution deleted",
        ("n8n.audit.user.execution.deleted",),
        {
            **_EVERY,
            "id": computed(
                "id and executionIds", lambda scope: f"{scope.get('id')}:{scope['deleted']}"
            ),
            "action": constant("audit_record_removed"),
            "case": needed(tagged("n8n-execution", name("deleted")), field="deleted"),
            "links": every(tagged("n8n-execution", name("deleted"))),
        },
        each=(("deleted", "payload.executionIds"),),
    ),
)
