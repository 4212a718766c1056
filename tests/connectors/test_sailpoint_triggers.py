"""SailPoint's event triggers: what each becomes, and what it can not say."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from rules.events import Action, ActorKind, Party
from stream.connectors import MalformedEventError, Told
from stream.connectors.sailpoint import SAILPOINT
from tests.connectors.reading import NOON, Json, events, outcomes, refusal
from tests.connectors.sailpoint_examples import (
    BO,
    CY,
    DECIDED,
    FORM,
    INVOCATION,
    ITEM,
    PROVISIONED,
    SUBMITTED,
)

ANN_BY_ID = Party(account="id-ann", kind=ActorKind.HUMAN, name="Ann Arden")
BO_BY_ID = Party(account="id-bo", kind=ActorKind.HUMAN, name="Bo Berg")


def told(document: Json) -> list[tuple[str, str | None, str | None]]:
    """Read a record: (action, entitlement, outcome) of each event."""
    return [
        (event.action.value, event.entitlement.id if event.entitlement else None, event.outcome)
        for event in events(SAILPOINT, document)
    ]


def plain(party: Any) -> Party:
    """A party as the domain's dataclass, to compare with."""
    return Party(account=party.account, kind=party.kind, namespace=party.namespace, name=party.name)


def test_a_submitted_request_names_who_for_whom_what_and_why() -> None:
    """Everything that a request says is in the event; the time is that of its arrival."""
    (event,) = events(SAILPOINT, SUBMITTED)

    assert (event.action, event.case) == (Action.REQUESTED, "req-1")
    assert (plain(event.actor), plain(event.beneficiary)) == (ANN_BY_ID, BO_BY_ID)
    assert event.entitlement is not None
    assert (event.entitlement.id, event.entitlement.type) == ("ap-1", "ACCESS_PROFILE")
    assert event.justification == "Quarter end, CHG-7."
    assert (event.occurred_at, event.observed_at) == (NOON, NOON)


def test_a_request_for_several_people_and_items_is_several_events() -> None:
    """The API schema has a list of people where the documentation's example has one."""
    both = {**SUBMITTED, "requestedFor": [BO, CY], "requestedItems": [ITEM, {**ITEM, "id": "ap-2"}]}
    read = events(SAILPOINT, both)

    whom = [event.beneficiary.account for event in read if event.beneficiary]
    what = [event.entitlement.id for event in read if event.entitlement]
    assert whom == ["id-bo", "id-bo", "id-cy", "id-cy"]
    assert what == ["ap-1", "ap-2", "ap-1", "ap-2"]
    assert len({event.id for event in read}) == 4


def test_asking_to_take_access_away_is_no_request_for_access() -> None:
    """It is refused by name; what is asked for beside it is read."""
    removal = {**ITEM, "operation": "Remove", "id": "ap-9"}
    mixed = {**SUBMITTED, "requestedItems": [removal, ITEM]}
    only = {**SUBMITTED, "requestedItems": [removal]}
    read, refused = outcomes(SAILPOINT, orjson.dumps(mixed))

    assert not isinstance(read, MalformedEventError | Told)
    assert (read.action, read.entitlement and read.entitlement.id) == (Action.REQUESTED, "ap-1")
    for said in (str(refused), refusal(SAILPOINT, only)):
        assert "requestedItems[0].operation" in said
        assert "what asks to take access away is no request for access" in said


def test_a_decision_is_the_request_and_each_approvers_word() -> None:
    """One payload, three events, in the order in which they happened."""
    requested, approved, denied = events(SAILPOINT, DECIDED)

    assert [e.action for e in (requested, approved, denied)] == [
        Action.REQUESTED,
        Action.APPROVED,
        Action.DENIED,
    ]
    assert [e.case for e in (requested, approved, denied)] == ["req-1"] * 3
    assert sorted(e.id for e in (requested, approved, denied)) == [
        e.id for e in (requested, approved, denied)
    ]
    assert approved.justification == "fine"
    assert (denied.actor and denied.actor.account, denied.justification) == ("id-ann", None)


def test_the_id_says_who_approved_whatever_the_name_says() -> None:
    """SailPoint's own example is a self-approval under somebody else's name."""
    disguised = {
        **DECIDED,
        "requestedItemsStatus": [
            {
                **ITEM,
                "approvalInfo": [
                    {
                        "approvalDecision": "APPROVED",
                        "approverName": "Stephen.Other",
                        "approver": {"type": "IDENTITY", "id": "id-ann", "name": "Ann Arden"},
                    }
                ],
            }
        ],
    }
    requested, approved = events(SAILPOINT, disguised)

    assert requested.actor is not None
    assert approved.actor is not None
    assert requested.actor.account == approved.actor.account == "id-ann"
    assert (requested.actor.namespace, approved.actor.namespace) == (None, None)
    assert approved.actor.name == "Stephen.Other"


def test_an_approver_who_is_only_a_name_compares_with_nobody() -> None:
    """Without an id the name stands in a name space of its own."""
    nameless = {
        **DECIDED,
        "requestedItemsStatus": [
            {**ITEM, "approvalInfo": [{"approvalDecision": "APPROVED", "approverName": "id-ann"}]}
        ],
    }
    _, approved = events(SAILPOINT, nameless)

    assert approved.actor is not None
    assert (approved.actor.account, approved.actor.namespace) == ("id-ann", "name")


def test_provisioning_knows_a_tracking_number_and_no_case() -> None:
    """What was added and what was removed, joined by a link; who did it is not told."""
    granted, removed = events(SAILPOINT, PROVISIONED)

    assert (granted.action, removed.action) == (Action.PROVISIONED, Action.REVOKED)
    assert (granted.case, granted.links) == (None, ("sailpoint-tracking:trk-1",))
    assert (granted.actor, plain(granted.beneficiary)) == (None, BO_BY_ID)
    assert granted.entitlement is not None
    assert (granted.entitlement.id, granted.entitlement.system) == ("CN=pay", "Corp AD")
    assert [(e.kind, e.ref) for e in granted.evidence] == [("ticket", "INC-9")]
    assert granted.workflow is not None
    assert granted.workflow.id == "Access Request"


def provisioning(**changes: Json) -> Json:
    """Change the account request of the provisioning example."""
    (account,) = PROVISIONED["accountRequests"]
    return {**PROVISIONED, "accountRequests": [{**account, **changes}]}


@pytest.mark.parametrize(
    ("changes", "expected"),
    [
        ({"provisioningResult": "FAILED"}, ["provision_failed", "provision_failed"]),
        ({"provisioningResult": "PENDING"}, ["step_invoked", "step_invoked"]),
        ({"attributeRequests": None}, ["provisioned"]),
        ({"attributeRequests": [], "accountOperation": "Create"}, ["provisioned"]),
        ({"attributeRequests": None, "accountOperation": "Disable"}, ["revoked"]),
    ],
)
def test_provisioning_is_told_by_result_and_operation(changes: Json, expected: list[str]) -> None:
    """A failure, a manual task and a disabled account are three different things."""
    assert [event.action.value for event in events(SAILPOINT, provisioning(**changes))] == expected


def test_a_repeated_delivery_has_the_same_ids() -> None:
    """SailPoint's own envelope differs between two deliveries; the event does not."""
    first = events(SAILPOINT, {**DECIDED, "_metadata": {"invocationId": "1", "secret": "a"}})
    second = events(SAILPOINT, {**DECIDED, "_metadata": {"invocationId": "2", "secret": "b"}})

    assert first == second == events(SAILPOINT, DECIDED)


def test_a_form_is_evidence_with_a_digest() -> None:
    """What was answered is not copied, but can be proved later."""
    (event,) = events(SAILPOINT, FORM)
    (other,) = events(SAILPOINT, {**FORM, "formData": {"why": "else"}})

    assert (event.action, event.links) == (Action.EVIDENCED, ("execution:exec-1",))
    assert [(e.kind, e.ref) for e in event.evidence] == [("form", "form-1")]
    assert event.evidence[0].digest != other.evidence[0].digest
    assert event.occurred_at == datetime(2026, 10, 2, 9, 0, 0, 250000, tzinfo=UTC)


def test_an_invocation_is_a_callout_of_the_request() -> None:
    """The call names its request, and answered or not it is the same event."""
    (event,) = events(SAILPOINT, INVOCATION)

    assert (event.id, event.action, event.case) == (
        "invocation:inv-1",
        Action.STEP_INVOKED,
        "req-1",
    )
    assert event.step is not None
    assert (event.step.invocation, event.step.extension) == ("inv-1", "External check")
    assert events(SAILPOINT, {**INVOCATION, "completed": "2026-10-01T08:01:00Z"}) == [event]


TOO_MANY = (
    "acme: the record is {'accessRequestId': 'req-1', 'requestedBy': {'id': 'id-ann', "
    "'name': 'Ann Arden…; expected a record of at most 1000 events"
)
REFUSALS: dict[str, tuple[Json, str]] = {
    "a-webhooks-answer": (
        {"approved": True, "comment": "ok", "approver": "anybody"},
        (
            "acme: the record is {'approved': True, 'approver': 'anybody', 'comment': 'ok'}; "
            "expected a trigger's input; a webhook's answer names no request"
        ),
    ),
    "no-requester": (
        {**SUBMITTED, "requestedBy": None},
        "acme: field 'requestedBy.id' is missing; expected text that is not empty",
    ),
    "no-beneficiary": (
        {**SUBMITTED, "requestedFor": [{"name": "Bo Berg"}]},
        "acme: field 'requestedFor[0].id' is missing; expected text that is not empty",
    ),
    "unknown-decision": (
        {
            **DECIDED,
            "requestedItemsStatus": [
                ITEM | {"approvalInfo": []},
                ITEM | {"approvalInfo": [{"approvalDecision": "MAYBE", "approver": CY}]},
            ],
        },
        (
            "acme: field 'requestedItemsStatus[1].approvalInfo[0].approvalDecision' is 'MAYBE'; "
            "expected one of ['APPROVED', 'DENIED']"
        ),
    ),
    "items-as-text": (
        {**SUBMITTED, "requestedItems": "ap-1"},
        "acme: field 'requestedItems' is 'ap-1'; expected a list",
    ),
    "item-as-text": (
        {**SUBMITTED, "requestedItems": ["ap-1"]},
        "acme: field 'requestedItems[0]' is 'ap-1'; expected an object",
    ),
    "unknown-result": (
        provisioning(provisioningResult="SHRUG"),
        (
            "acme: field 'accountRequests[0].provisioningResult' is 'SHRUG'; expected one of "
            "['FAILED', 'PENDING', 'SUCCESS']"
        ),
    ),
    "no-result": (
        provisioning(provisioningResult=None),
        (
            "acme: field 'accountRequests[0].provisioningResult' is missing; expected one of "
            "['FAILED', 'PENDING', 'SUCCESS']"
        ),
    ),
    "bad-time": (
        {**FORM, "submittedAt": "yesterday"},
        (
            "acme: field 'submittedAt' is 'yesterday'; expected a time with a zone such as "
            "2026-11-01T00:03:10Z"
        ),
    ),
    "endless": (
        {**SUBMITTED, "requestedItems": [ITEM] * 1001},
        TOO_MANY,
    ),
    "multiplied": (
        {**SUBMITTED, "requestedItems": [ITEM] * 900, "requestedFor": [BO] * 900},
        TOO_MANY,
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever sent it reads where in the payload it is."""
    assert refusal(SAILPOINT, document) == sentence
