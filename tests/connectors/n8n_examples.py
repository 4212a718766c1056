"""Messages and rows as n8n writes them, written by us."""

from typing import Any

import orjson

BEN = {
    "userId": "u-ben",
    "_email": "ben@acme.example",
    "_firstName": "Ben",
    "_lastName": "Builder",
    "globalRole": "global:member",
}
WORKFLOW = {
    "workflowId": "wf-1",
    "workflowName": "Access request",
    "projectId": "GntSZ9ROQtBozNCF",
    "projectName": "Ben Builder <ben@acme.example>",
}


def message(kind: str, name: str, at: str = "2026-10-01T08:00:00.123Z", **payload: Any) -> Any:
    """Write a message of the event log."""
    return {
        "__type": f"$$EventMessage{kind}",
        "id": f"0b9ad4ff-e623-4bf6-b930-{name}-{at}",
        "ts": at,
        "eventName": name,
        "message": name,
        "payload": payload,
    }


def flatted(value: Any) -> str:
    """Write data as n8n does: whatever holds an object, list or text holds its number."""
    items: list[Any] = []

    def put(item: Any) -> Any:
        if not isinstance(item, dict | list | str):
            return item
        place = len(items)
        items.append(None)
        if isinstance(item, dict):
            items[place] = {key: put(inner) for key, inner in item.items()}
        elif isinstance(item, list):
            items[place] = [put(inner) for inner in item]
        else:
            items[place] = item
        return str(place)

    put(value)
    return orjson.dumps(items).decode()


def run(at: int, order: int, *told: Any) -> list[Any]:
    """Write the one run of a node, with the items that it gave."""
    main = [[{"json": each, "pairedItem": {"item": 0}} for each in told]]
    return [{"startTime": at, "executionIndex": order, "data": {"main": main}}]


def webhook(path: str, **body: Any) -> dict[str, Any]:
    """Write what a webhook node gives."""
    return {
        "headers": {"user-agent": "portal/1"},
        "params": {},
        "query": {},
        "body": body,
        "webhookUrl": f"https://n8n.acme.example/webhook/{path}",
        "executionMode": "production",
    }


def row(text: str) -> dict[str, Any]:
    """Make a row of execution_data with any data."""
    return {"executionId": 14, "workflowVersionId": "v-1", "data": text}


ASKED = webhook(
    "access",
    requestId="REQ-7",
    requester="ann",
    subject="bo",
    entitlement="db-admin",
    risk="high",
    justification="on call",
)
ANSWERED = webhook("wait", approver="cy", decision="approve", evidence="EV-7")
AT = 1790845200123


def data(**nodes: Any) -> dict[str, Any]:
    """Write a row of execution_data."""
    told = {"version": 1, "startData": {}, "resultData": {"runData": nodes}}
    return {
        "executionId": 14,
        "workflowVersionId": "v-1",
        "workflowData": {"id": "wf-1"},
        "data": flatted(told),
    }


DATA = data(
    **{
        "Request": run(AT, 0, ASKED),
        "Privileged?": run(AT, 1, ASKED),
        "Wait for approval": run(AT + 60_000, 0, ANSWERED),
        "Approved?": run(AT + 60_000, 1, ANSWERED),
    }
)
STARTED = message(
    "Workflow", "n8n.workflow.started", executionId="14", isManual=False, mode="webhook", **WORKFLOW
)
RUN_BY_HAND = message(
    "Audit",
    "n8n.audit.workflow.executed",
    executionId="14",
    source="user-manual",
    **BEN,
    **WORKFLOW,
)
WAITING = message("Audit", "n8n.audit.workflow.waiting", executionId="14", workflowId="wf-1")
RESUMED = message(
    "Audit",
    "n8n.audit.workflow.resumed",
    executionId="14",
    workflowId="wf-1",
    resumeSource="webhook",
    responseAt="2026-10-01T08:00:00.120Z",
)
CALLS = message(
    "Node",
    "n8n.node.started",
    executionId="14",
    nodeId="n-1",
    nodeName="Provision",
    nodeType="n8n-nodes-base.httpRequest",
    **WORKFLOW,
)
CANCELLED = message(
    "Workflow", "n8n.workflow.cancelled", executionId="14", reason="manual", **WORKFLOW
)
ACTIVATED = message(
    "Audit", "n8n.audit.workflow.activated", activeVersionId="v-1", **BEN, **WORKFLOW
)
UPDATED = message(
    "Audit",
    "n8n.audit.workflow.updated",
    settingsChanged={"saveDataSuccessExecution": {"from": None, "to": "none"}},
    **BEN,
    **WORKFLOW,
)
INVITED = message("Audit", "n8n.audit.user.invited", targetUserId=["u-cleo", "u-dan"], **BEN)
SIGNED_UP = message("Audit", "n8n.audit.user.signedup", **BEN)
CREDENTIAL = message(
    "Audit",
    "n8n.audit.user.credentials.updated",
    credentialId="c-1",
    credentialType="httpHeaderAuth",
    **BEN,
)
DELETED = message("Audit", "n8n.audit.user.execution.deleted", executionIds=["14", "15"], **BEN)
EXECUTION = {
    "id": 14,
    "workflowId": "wf-1",
    "finished": 0,
    "mode": "webhook",
    "startedAt": "2026-10-01 08:00:00.100",
    "stoppedAt": "2026-10-01 08:01:00.100",
    "waitTill": None,
    "status": "crashed",
    "workflowVersionId": "v-1",
}
PUBLISHED = {
    "id": 1,
    "workflowId": "wf-1",
    "versionId": "v-1",
    "event": "activated",
    "userId": "u-ben",
    "createdAt": "2026-10-01 07:00:00.600",
}
SAVED = {
    "versionId": "v-2",
    "workflowId": "wf-1",
    "authors": "Ben Builder",
    "createdAt": "2026-10-01 07:30:00.600",
    "updatedAt": "2026-10-01 07:30:00.600",
    "nodes": [],
    "connections": {},
}
EXAMPLES = (
    DATA, STARTED, RUN_BY_HAND, WAITING, RESUMED, CALLS, CANCELLED, ACTIVATED, UPDATED, INVITED,
    SIGNED_UP, CREDENTIAL, DELETED, EXECUTION, PUBLISHED, SAVED,
)  # fmt: skip
