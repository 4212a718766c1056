"""Entra: one record in three spellings, joined by the request and never by the correlation."""

from typing import Any

import orjson
import pytest

from rules.events import Action, ActorKind
from stream.connectors import MalformedEventError, Told, documents
from stream.connectors.entra import ENTRA
from tests.connectors.entra_examples import (
    APPROVED,
    DIAGNOSTIC,
    EXPIRED,
    EXTENSION,
    FULFILLED,
    GRAPH,
    PACKAGE,
    PANTHER,
    REVIEW,
    SENTINEL,
    TASK_EXTENSION,
    WORKFLOW,
    detail,
)
from tests.connectors.reading import Json, events, outcomes, refusal


@pytest.mark.parametrize("spelled", [DIAGNOSTIC, SENTINEL, PANTHER])
def test_three_spellings_are_one_record(spelled: Json) -> None:
    """Whichever pipe it came through, the event is the same."""
    assert events(ENTRA, spelled) == events(ENTRA, GRAPH)


def test_a_request_is_read_by_type_whatever_the_order() -> None:
    """Targets have no order that could be relied on."""
    (event,) = events(ENTRA, GRAPH)
    turned = {**GRAPH, "targetResources": GRAPH["targetResources"][::-1]}

    assert (event.action, event.case, event.justification) == (Action.REQUESTED, "req-1", "INC-9")
    assert event.actor is not None
    assert event.beneficiary is not None
    assert (event.actor.account, event.actor.kind) == ("id-ann", ActorKind.HUMAN)
    assert event.beneficiary.account == "id-ann"
    assert event.entitlement is not None
    assert (event.entitlement.id, event.entitlement.system) == ("role-1", "Acme")
    assert [(e.kind, e.ref) for e in event.evidence] == [("ticket", "INC-9")]
    assert events(ENTRA, turned) == [event]


def test_the_request_joins_what_the_correlation_tears_apart() -> None:
    """Approval and activation of one request have two correlation ids."""
    (requested,) = events(ENTRA, GRAPH)
    (approved,) = events(ENTRA, APPROVED)
    older = {**APPROVED, "additionalDetails": detail(RequestId="req-1")}

    assert requested.case == approved.case == "req-1"
    assert (approved.action, approved.actor and approved.actor.account) == (
        Action.APPROVED,
        "id-bo",
    )
    assert [event.case for event in events(ENTRA, older)] == ["req-1"]


def test_pim_itself_is_a_machine_although_it_stands_among_the_users() -> None:
    """The expiry of an activation was done by nobody."""
    (event,) = events(ENTRA, EXPIRED)

    assert event.action is Action.REVOKED
    assert event.actor is not None
    assert (event.actor.account, event.actor.kind) == ("Azure AD PIM", ActorKind.SERVICE)
    assert event.actor.namespace == "name"


def test_an_application_is_a_machine() -> None:
    """`initiatedBy.app` is never a person."""
    (event,) = events(ENTRA, EXTENSION)

    assert (event.action, event.case) == (Action.STEP_INVOKED, "emreq-1")
    assert event.actor is not None
    assert (event.actor.account, event.actor.kind) == ("sp-1", ActorKind.SERVICE)
    assert event.step is not None
    assert event.step.extension == "Notify HR"


def test_whoever_stands_as_actor_of_a_fulfillment_received_the_access() -> None:
    """Read as an actor, every fulfillment would be somebody giving access to themselves."""
    (event,) = events(ENTRA, FULFILLED)

    assert (event.action, event.actor) == (Action.PROVISIONED, None)
    assert event.beneficiary is not None
    assert event.beneficiary.account == "id-ann"


@pytest.mark.parametrize(
    ("activity", "expected"),
    [
        ("Add member to role approval requested (PIM activation)", "assigned"),
        ("Add member to role request denied (PIM activation)", "denied"),
        ("Add member to role completed (PIM activation)", "provisioned"),
        ("Add member to role in PIM completed (permanent)", "provisioned"),
        ("Add eligible member to role in PIM completed (timebound)", "provisioned"),
        ("Add member to role in PIM canceled (renew)", "cancelled"),
        ("Remove member from role in PIM completed (timebound)", "revoked"),
        ("Add member to role outside of PIM (permanent)", "bypassed"),
        ("Update role setting in PIM", "workflow_published"),
        ("Administrator directly assigns user to access package", "bypassed"),
        ("Auto approve access package assignment request", "auto_approved"),
        ("Approve access package assignment request", "approved"),
        (
            "Access package assignment request timed out (no approver action taken)",
            "expired",
        ),
        ("Update request answers by approver", "evidenced"),
        ("Create custom extension", "extension_published"),
    ],
)
def test_documented_activities_have_our_words(activity: str, expected: str) -> None:
    """The names are Microsoft's, letter by letter."""
    (event,) = events(ENTRA, {**GRAPH, "activityDisplayName": activity})

    assert event.action.value == expected


def test_a_review_names_who_kept_whose_access() -> None:
    """The reviewer's words are in this record; a denied or unknown decision certifies nothing."""
    (kept,) = events(ENTRA, REVIEW)
    (denied,) = events(ENTRA, {**REVIEW, "activityDisplayName": "Deny decision"})

    assert (kept.action, kept.case, kept.justification) == (
        Action.CERTIFIED,
        "rev-1",
        "still in the project",
    )
    assert kept.actor is not None
    assert kept.beneficiary is not None
    assert kept.entitlement is not None
    assert (kept.actor.account, kept.beneficiary.account) == ("id-bo", "id-cy")
    assert (kept.entitlement.id, kept.entitlement.type) == ("grp-1", "group")
    assert denied.action is Action.REVIEWED


def test_a_new_version_of_a_lifecycle_workflow_is_told_without_its_number() -> None:
    """Where the number stands is not documented: the table reads none."""
    (event,) = events(ENTRA, WORKFLOW)
    (extension,) = events(ENTRA, TASK_EXTENSION)

    assert event.workflow is not None
    assert (event.action, event.workflow.id, event.workflow.version) == (
        Action.WORKFLOW_PUBLISHED,
        "wf-1",
        None,
    )
    assert extension.step is not None
    assert (extension.action, extension.step.extension) == (
        Action.EXTENSION_PUBLISHED,
        "Disable badge",
    )


def test_an_expiry_told_by_two_services_is_two_records_of_one_activation() -> None:
    """Seconds apart, each with an id of its own; one request joins them."""
    again = {**EXPIRED, "id": "CORE_3", "activityDateTime": "2026-10-01T08:00:06Z"}
    (one,), (two,) = events(ENTRA, EXPIRED), events(ENTRA, again)

    assert (one.case, one.action) == (two.case, two.action)
    assert one.id != two.id


def test_one_object_with_two_times_of_creation_is_one_id() -> None:
    """Microsoft has told two for one request: the id names an event, never the time with it."""
    later = {**GRAPH, "activityDateTime": "2026-10-01T08:00:00.6Z"}
    (one,), (two,) = events(ENTRA, GRAPH), events(ENTRA, later)

    assert one.id == two.id
    assert one.occurred_at != two.occurred_at


def test_eligible_and_active_are_different_rights() -> None:
    """To be allowed to activate a role is not to have it."""
    eligible = {
        **GRAPH,
        "activityDisplayName": "Add eligible member to role in PIM completed (permanent)",
    }
    kinds = [
        event.entitlement.type
        for each in (GRAPH, eligible)
        for event in events(ENTRA, each)
        if event.entitlement
    ]

    assert kinds == ["role", "eligible_role"]


def test_the_directorys_own_record_of_a_grant_is_left_to_pim() -> None:
    """The same grant is logged twice; only PIM's record names the request."""
    grant = {**GRAPH, "activityDisplayName": "Add member to role"}

    assert [event.action for event in events(ENTRA, grant)] == [Action.PROVISIONED]
    assert "expected a step" in refusal(ENTRA, {**grant, "loggedByService": "Core Directory"})


def test_a_grant_that_failed_is_told_and_an_approval_that_failed_is_none() -> None:
    """A failed approval approves nothing."""
    failed = {**FULFILLED, "result": "failure"}

    assert [event.action for event in events(ENTRA, failed)] == [Action.PROVISION_FAILED]
    assert refusal(ENTRA, {**APPROVED, "result": "failure"}) == (
        "acme: field 'result' is 'failure'; expected 'success'"
    )


@pytest.mark.parametrize(
    "envelope",
    [
        {"eventType": "Acme.Audit", "subject": "audit", "eventTime": "2026-10-01T08:00:01Z"},
        {"specversion": "1.0", "type": "Acme.Audit", "source": "/tenants/acme"},
    ],
)
def test_event_grid_may_hold_a_record_or_an_event_hubs_batch(envelope: dict[str, Any]) -> None:
    """In its own schema and as CloudEvents; each record is named by where it stands."""
    batch = [{**envelope, "data": GRAPH}, {**envelope, "data": {"records": [APPROVED, DIAGNOSTIC]}}]
    found = list(documents(orjson.dumps(batch), "entra", ENTRA.apart))

    assert [place for place, _ in found] == [
        "[0].data",
        "[1].data.records[0]",
        "[1].data.records[1]",
    ]
    assert [record for _, record in found] == [GRAPH, APPROVED, DIAGNOSTIC]


def test_a_batch_is_taken_apart_and_a_bad_record_does_not_hide_its_neighbours() -> None:
    """Event Hub sends `records`, Graph pages `value`; most of an audit log is out of scope."""
    sign_in = {"operationName": "Sign-in activity", "category": "SignInLogs", "properties": {}}
    for key in ("records", "value"):
        body = orjson.dumps({key: [DIAGNOSTIC, sign_in, APPROVED]})
        good, refused, other = outcomes(ENTRA, body)

        assert not isinstance(good, MalformedEventError | Told)
        assert not isinstance(other, MalformedEventError | Told)
        assert (good.action, other.action) == (Action.REQUESTED, Action.APPROVED)
        assert isinstance(refused, MalformedEventError)
        assert refused.kind == "out_of_scope"


def test_a_record_without_a_request_stands_alone() -> None:
    """Nothing is guessed from the correlation id."""
    lonely = {**PACKAGE, "targetResources": []}
    (event,) = events(ENTRA, lonely)

    assert (event.case, event.links) == (None, ())


REFUSALS: dict[str, tuple[Json, str]] = {
    "another-activity": (
        {**GRAPH, "activityDisplayName": "Update conditional access policy"},
        (
            "acme: field 'activityDisplayName' is 'Update conditional access policy'; expected a "
            "step of an access decision; 'foureyes sources entra' lists them"
        ),
    ),
    "no-time": (
        {**GRAPH, "activityDateTime": None},
        "acme: field 'activityDateTime' is missing; expected a time",
    ),
    "targets-as-object": (
        {**GRAPH, "targetResources": {"id": "role-1"}},
        "acme: field 'targetResources' is {'id': 'role-1'}; expected a list of objects",
    ),
    "target-as-text": (
        {**GRAPH, "targetResources": ["role-1"]},
        "acme: field 'targetResources' is 'role-1'; expected a list of objects",
    ),
    "broken-column": (
        {**SENTINEL, "InitiatedBy": "{"},
        (
            "acme: field 'initiatedBy' is '{'; expected JSON (unexpected end of data: line 1 "
            "column 2 (char 1))"
        ),
    ),
    "number-as-role": (
        {**GRAPH, "targetResources": [{"id": 7, "type": "Role"}]},
        "acme: field 'targetResources[type=Role].id' is 7; expected text",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """In the names of the raw record, not of our reading of it."""
    assert refusal(ENTRA, document) == sentence


def test_the_tenant_is_a_matter_of_the_way_in() -> None:
    """Graph does not say whose audit log it is, so no record may."""
    (event,) = events(ENTRA, DIAGNOSTIC)

    assert event.tenant is None
