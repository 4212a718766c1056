"""Every payload at hand becomes events, or is refused with all that a reader needs."""

from collections import Counter
from pathlib import Path

import pytest

from rules.events import Action, Event
from stream.connectors import CONNECTORS, MalformedEventError, Told
from tests.connectors.reading import SAMPLES, outcomes

FILES = {
    "sailpoint": sorted((SAMPLES / "sailpoint_isc" / "extracted_json").glob("*.json")),
    "okta": [SAMPLES / "okta" / "events.jsonl"],
    "teleport": [SAMPLES / "gravitational_teleport" / "events.jsonl"],
    "cloudtrail": sorted((SAMPLES / "aws_stratus_detonation").glob("*.json")),
    "github": sorted((SAMPLES / "github_webhook_examples").glob("*.json")),
    "entra": [SAMPLES / "azure_signin" / "events.jsonl"],
}
REDACTED = {("okta", "published")}
"""What whoever made the samples left out of some records, so that they are refused for it."""
pytestmark = pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples beside the checkout")


def read(name: str, path: Path) -> list[Event | MalformedEventError]:
    """Read a sample file as intake does."""
    found = outcomes(CONNECTORS[name], path.read_bytes())
    return [each for each in found if not isinstance(each, Told)]


@pytest.mark.parametrize(
    ("name", "path"),
    [(name, path) for name, paths in FILES.items() for path in paths],
    ids=lambda value: value.name if isinstance(value, Path) else value,
)
def test_a_sample_is_read_or_refused(name: str, path: Path) -> None:
    """A refusal says whose record, what was found and what was expected."""
    found = read(name, path)

    assert found
    for each in found:
        if isinstance(each, MalformedEventError):
            assert each.source
            assert each.found
            assert each.expected
            assert each.kind == "out_of_scope" or (name, each.field) in REDACTED


def sailpoint(name: str) -> list[Event]:
    """Read one of SailPoint's documented payloads."""
    found = read("sailpoint", SAMPLES / "sailpoint_isc" / "extracted_json" / f"{name}.0.json")
    return [each for each in found if not isinstance(each, MalformedEventError)]


def test_sailpoints_own_decision_is_a_self_approval_under_another_name() -> None:
    """Requester, beneficiary and approver are one id; the approver's name says otherwise."""
    requested, approved = sailpoint("access-request-decision")

    assert (requested.action, approved.action) == (Action.REQUESTED, Action.APPROVED)
    assert requested.actor is not None
    assert requested.beneficiary is not None
    assert approved.actor is not None
    assert requested.actor.account == requested.beneficiary.account == approved.actor.account
    assert requested.actor.namespace is None
    assert approved.actor.namespace is None
    assert approved.actor.name != requested.actor.name


@pytest.mark.parametrize(
    ("name", "actions"),
    [
        ("access-request-submitted", [Action.REQUESTED]),
        ("access-request-dynamic-approval", [Action.REQUESTED]),
        ("provisioning-completed", [Action.PROVISIONED]),
        ("certification-signed-off", [Action.REASSIGNED, Action.CERTIFIED]),
        ("form-submitted", [Action.EVIDENCED]),
        ("native-change-account-created", [Action.CHANGED_OUTSIDE] * 3),
        ("native-change-account-updated", [Action.CHANGED_OUTSIDE] * 2),
        (
            "machine-identity-created",
            [Action.PROVISIONED, Action.OWNER_ASSIGNED, Action.OWNER_ASSIGNED],
        ),
        ("machine-identity-updated", [Action.OWNER_ASSIGNED, Action.PROVISIONED, Action.REVOKED]),
        ("machine-identity-deleted", [Action.REVOKED]),
        ("campaign-activated", [Action.ASSIGNED]),
        ("campaign-ended", [Action.REVIEWED]),
    ],
)
def test_sailpoints_documented_payloads_are_these_events(name: str, actions: list[Action]) -> None:
    """Each trigger of interest, as SailPoint documents it."""
    assert [event.action for event in sailpoint(name)] == actions


def test_pim_records_are_joined_by_their_request() -> None:
    """Three records of the sample are PIM's; two of them share a request."""
    found = read("entra", FILES["entra"][0])
    told = [each for each in found if not isinstance(each, MalformedEventError)]

    assert [(each.action, each.case) for each in told] == [
        (Action.PROVISIONED, "111111111111"),
        (Action.REQUESTED, "111111111111"),
        (Action.PROVISIONED, "651346123452"),
    ]


def test_okta_privileges_and_tokens_are_read() -> None:
    """Of a rule library's events, those that give or take access."""
    found = read("okta", FILES["okta"][0])
    told = [each.action for each in found if not isinstance(each, MalformedEventError)]

    assert told == [
        Action.EMERGENCY_ACTIVATED,
        Action.PROVISIONED,
        Action.PROVISIONED,
        Action.CREDENTIAL_ISSUED,
        Action.CREDENTIAL_REVOKED,
    ]


def test_cloudtrail_detonations_are_told_by_what_they_change() -> None:
    """Of 310 records of attacks, those that change access, credentials, code or the trail."""
    told = [
        each
        for path in FILES["cloudtrail"]
        for each in read("cloudtrail", path)
        if not isinstance(each, MalformedEventError)
    ]

    assert Counter((each.action, each.outcome) for each in told) == {
        (Action.CHANGED_OUTSIDE, "AddPermission20150331v2"): 1,
        (Action.CHANGED_OUTSIDE, "AttachRolePolicy"): 1,
        (Action.CHANGED_OUTSIDE, "AttachUserPolicy"): 1,
        (Action.CHANGED_OUTSIDE, "CreateProfile"): 1,
        (Action.CHANGED_OUTSIDE, "CreateRole"): 1,
        (Action.CHANGED_OUTSIDE, "CreateTrustAnchor"): 1,
        (Action.CHANGED_OUTSIDE, "CreateUser"): 1,
        (Action.CHANGED_OUTSIDE, "UpdateAssumeRolePolicy"): 1,
        (Action.CREDENTIAL_ISSUED, "CreateAccessKey"): 2,
        (Action.CREDENTIAL_ISSUED, "CreateLoginProfile"): 1,
        (Action.CREDENTIAL_ISSUED, "GetFederationToken"): 1,
        (Action.CREDENTIAL_ROTATED, "UpdateLoginProfile"): 1,
        (Action.EXTENSION_PUBLISHED, "UpdateFunctionCode20150331v2"): 1,
        (Action.EXTENSION_PUBLISHED, "UpdateFunctionConfiguration20150331v2"): 1,
        (Action.SOURCE_GAP, "DeleteTrail"): 1,
        (Action.SOURCE_GAP, "StopLogging"): 1,
    }


def test_githubs_examples_are_told_by_their_fields() -> None:
    """Of its payloads, those that decide, give, take, or change a rule; the rest is no step."""
    told = {
        path.name.removesuffix(".payload.json"): [
            each.action
            for each in read("github", path)
            if not isinstance(each, MalformedEventError)
        ]
        for path in FILES["github"]
    }

    assert {name: actions for name, actions in told.items() if actions} == {
        "branch_protection_rule__created.1": [Action.WORKFLOW_PUBLISHED],
        "branch_protection_rule__created": [Action.WORKFLOW_PUBLISHED],
        "branch_protection_rule__deleted": [Action.WORKFLOW_PUBLISHED],
        "branch_protection_rule__edited": [Action.WORKFLOW_PUBLISHED],
        "deploy_key__created": [Action.CREDENTIAL_ISSUED],
        "deployment_review__requested": [Action.REQUESTED, Action.ASSIGNED],
        "installation__created": [Action.PROVISIONED],
        "installation__created.with-requester": [Action.PROVISIONED],
        "installation__deleted": [Action.REVOKED],
        "installation__new_permissions_accepted": [Action.PROVISIONED],
        "installation__suspend": [Action.REVOKED],
        "installation__unsuspend": [Action.PROVISIONED],
        "member__added": [Action.PROVISIONED],
        "member__added.with-installation": [Action.PROVISIONED],
        "member__edited": [Action.PROVISIONED],
        "membership__added": [Action.PROVISIONED],
        "membership__removed": [Action.REVOKED],
        "membership__removed.with-deleted-team": [Action.REVOKED],
        "membership__removed.with-installation": [Action.REVOKED],
        "meta__deleted": [Action.SOURCE_GAP],
        "organization__member_added": [Action.PROVISIONED],
        "organization__member_added.with-installation": [Action.PROVISIONED],
        "team__added_to_repository": [Action.PROVISIONED],
        "team__removed_from_repository": [Action.REVOKED],
    }
