"""midPoint: whose hand it was, who answers for it, and what was executed afterwards."""

from typing import Any

import orjson
import pytest

from rules.events import Action, ActorKind
from stream.connectors.midpoint import MIDPOINT
from tests.connectors.reading import Json, events, outcomes, refusal


def ref(oid: str, name: str, kind: str = "UserType") -> dict[str, Any]:
    """Refer to an object as midPoint does."""
    return {"oid": oid, "type": f"c:{kind}", "targetName": {"orig": name, "norm": name.lower()}}


def told(**values: Json) -> list[dict[str, Any]]:
    """Write properties or references: `wf_caseOid` stands for wf.caseOid."""
    return [{"name": name.replace("_", ".", 1), "value": [value]} for name, value in values.items()]


ANN, BO, CY = ref("oid-ann", "Ann"), ref("oid-bo", "Bo"), ref("oid-cy", "Cy")
ROLE = ref("oid-pay", "Payments operator", "RoleType")
APPROVED = "http://midpoint.evolveum.com/xml/ns/public/model/approval/outcome#approve"
CHANNEL = "http://midpoint.evolveum.com/xml/ns/public/common/channels-3#"

BEGUN: dict[str, Any] = {
    "eventIdentifier": "1758268800000-1-1",
    "timestamp": "2026-10-01T10:00:00.123+02:00",
    "eventType": "workflowProcessInstance",
    "eventStage": "request",
    "requestIdentifier": "req-op-1",
    "sessionIdentifier": "ses-1",
    "taskIdentifier": "task-1",
    "hostIdentifier": "node-a",
    "initiatorRef": ANN,
    "channel": f"{CHANNEL}user",
    "outcome": "success",
    "property": told(wf_caseOid="case-1", wf_requesterComment="quarter end", wf_stageCount="1"),
    "reference": told(wf_object=BO, wf_target=ROLE),
}
ASKED: dict[str, Any] = {
    **BEGUN,
    "eventIdentifier": "1758268800000-1-2",
    "eventType": "workItem",
    "property": told(wf_caseOid="case-1", wf_workItemId="1", wf_stageName="Owner"),
    "reference": told(wf_object=BO, wf_target=ROLE, wf_originalAssignee=CY, wf_currentAssignee=CY),
}
DECIDED: dict[str, Any] = {
    **ASKED,
    "eventIdentifier": "1758268800000-1-3",
    "timestamp": "2026-10-01T10:30:00.000+02:00",
    "eventStage": "execution",
    "initiatorRef": CY,
    "result": APPROVED,
    "property": told(wf_caseOid="case-1", wf_comment="fine", wf_stageName="Owner"),
}
EXECUTED: dict[str, Any] = {
    **BEGUN,
    "eventIdentifier": "1758268800000-2-1",
    "eventType": "modifyObject",
    "eventStage": "execution",
    "requestIdentifier": "req-op-2",
    "targetRef": BO,
    "property": [],
    "reference": [],
    "delta": [
        {
            "objectDelta": {
                "changeType": "modify",
                "objectType": "UserType",
                "oid": "oid-bo",
                "itemDelta": [
                    {
                        "modificationType": "add",
                        "path": "c:assignment",
                        "value": [{"targetRef": ROLE}],
                    },
                    {
                        "modificationType": "delete",
                        "path": "c:assignment",
                        "value": {"targetRef": ref("oid-old", "Old role", "RoleType")},
                    },
                    {"modificationType": "replace", "path": "c:fullName", "value": ["Bo"]},
                ],
            }
        }
    ],
}
CHANGED_ROLE: dict[str, Any] = {**EXECUTED, "targetRef": ROLE, "delta": []}
CHANGED_RESOURCE: dict[str, Any] = {
    **EXECUTED,
    "targetRef": ref("oid-ad", "Corp AD", "ResourceType"),
    "delta": [],
}
EXAMPLES = (BEGUN, ASKED, DECIDED, EXECUTED, CHANGED_ROLE, CHANGED_RESOURCE)


def test_an_approval_has_who_for_whom_what_and_why() -> None:
    """One case object joins the request, the work items and their decisions."""
    (begun,), (asked,), (decided,) = (events(MIDPOINT, each) for each in (BEGUN, ASKED, DECIDED))

    assert (begun.action, asked.action, decided.action) == (
        Action.REQUESTED,
        Action.ASSIGNED,
        Action.APPROVED,
    )
    assert begun.case == asked.case == decided.case == "case-1"
    assert begun.actor is not None
    assert begun.beneficiary is not None
    assert begun.entitlement is not None
    assert (begun.actor.account, begun.actor.name) == ("oid-ann", "Ann")
    assert (begun.beneficiary.account, begun.justification) == ("oid-bo", "quarter end")
    assert (begun.entitlement.id, begun.entitlement.type) == ("oid-pay", "RoleType")
    assert asked.assignee is not None
    assert (asked.assignee.account, asked.stage) == ("oid-cy", "Owner")


def test_an_attorney_is_the_hand_and_the_initiator_answers_for_it() -> None:
    """Who pressed the button acts with the other's power: a deputy, not a second person."""
    (event,) = events(MIDPOINT, {**DECIDED, "attorneyRef": ANN})

    assert event.actor is not None
    assert event.on_behalf_of is not None
    assert (event.actor.account, event.on_behalf_of.account) == ("oid-ann", "oid-cy")
    assert events(MIDPOINT, DECIDED)[0].on_behalf_of is None


@pytest.mark.parametrize(
    ("level", "action"),
    [(None, Action.REASSIGNED), ("1", Action.ESCALATED), ("0", Action.REASSIGNED)],
)
def test_work_that_moved_on_is_handed_over(level: str | None, action: Action) -> None:
    """Whoever had it first gave it on, or it went up."""
    properties = told(wf_caseOid="case-1", wf_escalationLevelNumber=level)
    references = told(wf_object=BO, wf_originalAssignee=CY, wf_currentAssignee=ANN)
    (event,) = events(MIDPOINT, {**ASKED, "property": properties, "reference": references})

    assert event.on_behalf_of is not None
    assert event.assignee is not None
    assert (event.action, event.on_behalf_of.account, event.assignee.account) == (
        action,
        "oid-cy",
        "oid-ann",
    )


@pytest.mark.parametrize(
    ("result", "action"),
    [(APPROVED.replace("#approve", "#reject"), Action.DENIED), ("APPROVED", Action.APPROVED)],
)
def test_a_result_is_a_uri_or_a_word(result: str, action: Action) -> None:
    """Releases write it differently."""
    assert events(MIDPOINT, {**DECIDED, "result": result})[0].action is action


def test_each_assignment_of_an_operation_is_a_grant_or_a_removal() -> None:
    """The operation does not name the approval's case; its own identifier is a link."""
    given, taken = events(MIDPOINT, EXECUTED)

    assert (given.action, taken.action) == (Action.PROVISIONED, Action.REVOKED)
    assert given.entitlement is not None
    assert given.beneficiary is not None
    assert (given.entitlement.id, given.beneficiary.account) == ("oid-pay", "oid-bo")
    assert (given.case, given.links) == (None, ("midpoint-request:req-op-2",))
    assert given.id != taken.id


def test_a_grant_that_failed_is_told_as_failed() -> None:
    """And a removal that failed removed nothing."""
    (event,) = events(MIDPOINT, {**EXECUTED, "outcome": "fatal_error"})

    assert event.action is Action.PROVISION_FAILED


def test_a_reconciliation_is_automation() -> None:
    """It runs in somebody's name; nobody pressed anything."""
    (event, _) = events(MIDPOINT, {**EXECUTED, "channel": f"{CHANNEL}reconciliation"})

    assert event.actor is not None
    assert event.actor.kind is ActorKind.SERVICE


def test_roles_are_definitions_and_resources_are_code() -> None:
    """A role that assigns a role is a changed definition, not somebody's access."""
    (role,) = events(MIDPOINT, {**EXECUTED, "targetRef": ROLE})
    (resource,) = events(MIDPOINT, CHANGED_RESOURCE)

    assert (role.action, resource.action) == (
        Action.WORKFLOW_PUBLISHED,
        Action.EXTENSION_PUBLISHED,
    )
    assert role.workflow is not None
    assert role.workflow.id == "oid-pay"


def test_a_root_and_a_page_are_taken_apart() -> None:
    """A record may be wrapped, and a search gives several."""
    page = {"object": [{"auditEventRecord": BEGUN}, DECIDED]}

    assert outcomes(MIDPOINT, orjson.dumps(page)) == [
        *events(MIDPOINT, BEGUN),
        *events(MIDPOINT, DECIDED),
    ]


REFUSALS: dict[str, tuple[Json, str]] = {
    "a-session": (
        {**BEGUN, "eventType": "createSession"},
        (
            "acme: field 'eventType' is 'createSession'; expected a step of an access decision; "
            "'foureyes sources midpoint' lists them"
        ),
    ),
    "no-case": (
        {**BEGUN, "property": []},
        (
            "acme: field 'property[name=wf.caseOid].value' is missing; expected text that is not "
            "empty"
        ),
    ),
    "closed-without-a-decision": (
        {**DECIDED, "result": None},
        (
            "acme: field 'result' is None; expected a decision; a work item may also close "
            "without one"
        ),
    ),
    "unknown-result": (
        {**DECIDED, "result": "#maybe"},
        "acme: field 'result' is '#maybe'; expected approve or reject",
    ),
    "properties-as-text": (
        {**BEGUN, "property": "wf.caseOid"},
        "acme: field 'property' is 'wf.caseOid'; expected a list of objects",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever exports the audit reads what was expected."""
    assert refusal(MIDPOINT, document) == sentence
