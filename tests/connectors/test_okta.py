"""Okta: who resolved a request is told, and neither why nor who approved on the way."""

from typing import Any

import orjson
import pytest

from rules.events import Action, ActorKind
from stream.connectors.okta import OKTA
from tests.connectors.reading import Json, events, outcomes, refusal


def target(kind: str, id: str, name: str) -> dict[str, Any]:
    """Write a target as Okta does."""
    return {"id": id, "type": kind, "alternateId": name.lower(), "displayName": name}


CREATED: dict[str, Any] = {
    "uuid": "0a1b-1",
    "published": "2026-10-01T08:00:00.123Z",
    "eventType": "access.request.create",
    "version": "0",
    "severity": "INFO",
    "displayMessage": "Access request created",
    "actor": {
        "id": "00uann",
        "type": "User",
        "alternateId": "ann@acme.example",
        "displayName": "Ann Arden",
        "detailEntry": None,
    },
    "client": {"ipAddress": "192.0.2.7", "device": "Computer", "zone": "null"},
    "outcome": {"result": "SUCCESS", "reason": None},
    "target": [target("AccessRequest", "req-1", "Access to Payments")],
    "transaction": {"type": "WEB", "id": "trx-1", "detail": {}},
    "debugContext": {"debugData": {"requestId": "trx-1", "url": "/governance/api/v1/requests"}},
    "authenticationContext": {"externalSessionId": "ses-1"},
}
RESOLVED: dict[str, Any] = {**CREATED, "uuid": "0a1b-2", "eventType": "access.request.resolve"}
ADDED: dict[str, Any] = {
    **CREATED,
    "uuid": "0a1b-3",
    "eventType": "group.user_membership.add",
    "target": [target("User", "00ubo", "Bo Berg"), target("UserGroup", "00gpay", "Payments")],
}
PRIVILEGE: dict[str, Any] = {
    **CREATED,
    "uuid": "0a1b-4",
    "eventType": "user.account.privilege.grant",
    "target": [target("User", "00ubo", "Bo Berg")],
    "debugContext": {"debugData": {"privilegeGranted": "Super administrator"}},
}
CONDITION: dict[str, Any] = {
    **CREATED,
    "uuid": "0a1b-5",
    "eventType": "access.request.condition.update",
    "target": [target("AccessRequestCondition", "cnd-1", "Payments condition")],
}
REVIEW: dict[str, Any] = {
    **CREATED,
    "uuid": "0a1b-6",
    "eventType": "access.review.action",
    "target": [target("AccessReview", "rev-1", "Q4"), target("User", "00ubo", "Bo Berg")],
}
TOKEN: dict[str, Any] = {
    **CREATED,
    "uuid": "0a1b-7",
    "eventType": "system.api_token.create",
    "target": [target("Token", "00Tabc", "ci")],
}
SUPPORT: dict[str, Any] = {
    **CREATED,
    "uuid": "0a1b-8",
    "eventType": "user.session.impersonation.grant",
    "target": None,
}
EXAMPLES = (CREATED, RESOLVED, ADDED, PRIVILEGE, CONDITION, REVIEW, TOKEN, SUPPORT)


def test_a_request_is_joined_by_the_request_among_its_targets() -> None:
    """Create and resolve share it; the transaction is a link for what provisioning did."""
    created, resolved = events(OKTA, CREATED)[0], events(OKTA, RESOLVED)[0]

    assert (created.action, resolved.action) == (Action.REQUESTED, Action.APPROVED)
    assert created.case == resolved.case == "req-1"
    assert created.links == ("okta-transaction:trx-1",)
    assert created.actor is not None
    assert (created.actor.account, created.actor.kind) == ("00uann", ActorKind.HUMAN)


def test_the_log_carries_no_reason_so_none_is_missing() -> None:
    """Without the API, missing evidence is unknown, not absent: the table has no such row."""
    assert not {"justification", "evidence"} & OKTA.tells


@pytest.mark.parametrize(
    "documented", ["access.request.resolved", "access.request.approve", "policy.rule.delete"]
)
def test_documented_names_that_do_not_exist_are_no_steps(documented: str) -> None:
    """Okta's documentation spells some event types as no tenant has ever sent them."""
    assert f"field 'eventType' is {documented!r}" in refusal(
        OKTA, {**CREATED, "eventType": documented}
    )


def test_a_service_account_is_a_user_whose_other_id_is_no_address() -> None:
    """Automation dressed as a person: only its display name can be read."""
    dressed = {**CREATED["actor"], "alternateId": "users/5f1c", "displayName": "Provisioner"}
    (event,) = events(OKTA, {**CREATED, "actor": dressed})
    (system,) = events(OKTA, {**CREATED, "actor": {**dressed, "type": "SystemPrincipal"}})

    assert event.actor is not None
    assert system.actor is not None
    assert (event.actor.kind, system.actor.kind) == (ActorKind.SERVICE, ActorKind.SERVICE)


def test_a_membership_has_no_request_and_its_targets_any_order() -> None:
    """Who and what are found by type; only the transaction could join it."""
    (event,) = events(OKTA, ADDED)
    turned = {**ADDED, "target": ADDED["target"][::-1]}

    assert (event.action, event.case, event.links) == (
        Action.PROVISIONED,
        None,
        ("okta-transaction:trx-1",),
    )
    assert event.beneficiary is not None
    assert event.entitlement is not None
    assert (event.beneficiary.account, event.entitlement.id) == ("00ubo", "00gpay")
    assert events(OKTA, turned) == [event]


def test_the_transaction_of_a_job_joins_nothing() -> None:
    """An import changes thousands of people in one transaction: they are no one case."""
    job = {"type": "JOB", "id": "trx-9", "detail": {}}

    assert events(OKTA, {**ADDED, "transaction": job})[0].links == ()


def test_an_administrator_is_critical() -> None:
    """The privilege stands in the debug data only."""
    (event,) = events(OKTA, PRIVILEGE)

    assert event.entitlement is not None
    assert (event.entitlement.id, event.entitlement.criticality) == (
        "Super administrator",
        "critical",
    )


def test_a_grant_that_failed_is_told_and_a_decision_that_failed_is_none() -> None:
    """A failed approval took place no more than one that nobody tried."""
    failed = {"result": "FAILURE", "reason": "limit"}

    assert events(OKTA, {**ADDED, "outcome": failed})[0].action is Action.PROVISION_FAILED
    assert "expected 'SUCCESS'" in refusal(OKTA, {**RESOLVED, "outcome": failed})


def test_some_pipelines_write_every_key_small() -> None:
    """The record is the same."""
    small = {key.lower(): value for key, value in ADDED.items()}

    assert events(OKTA, small) == events(OKTA, ADDED)


def test_an_event_hook_carries_several_records() -> None:
    """And EventBridge wraps each in an envelope."""
    hook = {"eventType": "com.okta.event_hook", "data": {"events": [CREATED, ADDED]}}
    bridge = {"detail-type": "SystemLog", "source": "aws.partner/okta.com", "detail": CREATED}

    assert outcomes(OKTA, orjson.dumps(hook)) == [*events(OKTA, CREATED), *events(OKTA, ADDED)]
    assert outcomes(OKTA, orjson.dumps(bridge)) == events(OKTA, CREATED)


REFUSALS: dict[str, tuple[Json, str]] = {
    "a-session": (
        {**CREATED, "eventType": "user.session.start"},
        (
            "acme: field 'eventType' is 'user.session.start'; expected a step of an access "
            "decision; 'foureyes sources okta' lists them"
        ),
    ),
    "no-request": (
        {**CREATED, "target": [target("User", "00ubo", "Bo")]},
        ("acme: field 'target[type=AccessRequest].id' is missing; expected text that is not empty"),
    ),
    "no-time": (
        {**CREATED, "published": None},
        "acme: field 'published' is missing; expected a time",
    ),
    "targets-as-text": (
        {**CREATED, "target": ["req-1"]},
        "acme: field 'target[0]' is 'req-1'; expected an object",
    ),
    "an-empty-id": (
        {**CREATED, "uuid": ""},
        "acme: field 'uuid' is ''; expected text that is not empty",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever reads the log for us reads what was expected."""
    assert refusal(OKTA, document) == sentence
