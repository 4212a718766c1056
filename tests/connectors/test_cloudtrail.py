"""CloudTrail: what changed at the target, by whom, and for which case if the callout says so."""

from typing import Any

import orjson
import pytest

from rules.events import Action, ActorKind, Sameness, Told, sameness
from stream.connectors.cloudtrail import CLOUDTRAIL
from tests.connectors.reading import Json, events, outcomes, refusal

ADMIN = "arn:aws:iam::aws:policy/AdministratorAccess"
ATTACHED: dict[str, Any] = {
    "eventVersion": "1.09",
    "eventID": "0a-1",
    "eventTime": "2026-10-01T08:00:00Z",
    "eventSource": "iam.amazonaws.com",
    "eventName": "AttachUserPolicy",
    "eventType": "AwsApiCall",
    "awsRegion": "us-east-1",
    "sourceIPAddress": "192.0.2.7",
    "userAgent": "aws-cli/2",
    "readOnly": False,
    "recipientAccountId": "111122223333",
    "requestID": "r-1",
    "requestParameters": {"policyArn": ADMIN, "userName": "bo"},
    "responseElements": None,
    "userIdentity": {
        "type": "IAMUser",
        "principalId": "AIDA1",
        "arn": "arn:aws:iam::111122223333:user/ann",
        "accountId": "111122223333",
        "accessKeyId": "AKIA1",
        "userName": "ann",
    },
}
SESSION: dict[str, Any] = {
    "type": "AssumedRole",
    "principalId": "AROA1:case=REQ-7",
    "arn": "arn:aws:sts::111122223333:assumed-role/provisioner/case=REQ-7",
    "accountId": "111122223333",
    "sessionContext": {"sessionIssuer": {"type": "Role", "userName": "provisioner"}},
}
KEY: dict[str, Any] = {
    **ATTACHED,
    "eventID": "0a-2",
    "eventName": "CreateAccessKey",
    "requestParameters": {"userName": "bo"},
    "responseElements": {"accessKey": {"accessKeyId": "AKIA2", "userName": "bo"}},
}
ROLE: dict[str, Any] = {
    **ATTACHED,
    "eventID": "0a-3",
    "eventName": "UpdateAssumeRolePolicy",
    "requestParameters": {"roleName": "deployer", "policyDocument": "{}"},
    "userIdentity": SESSION,
}
FUNCTION: dict[str, Any] = {
    **ATTACHED,
    "eventID": "0a-4",
    "eventSource": "lambda.amazonaws.com",
    "eventName": "UpdateFunctionCode20150331v2",
    "requestParameters": {"functionName": "notify-hr"},
    "responseElements": {
        "functionArn": "arn:aws:lambda:us-east-1:111122223333:function:notify-hr",
        "version": "$LATEST",
        "codeSha256": "c0de",
    },
}
SECRET: dict[str, Any] = {
    **ATTACHED,
    "eventID": "0a-5",
    "eventSource": "secretsmanager.amazonaws.com",
    "eventName": "RotateSecret",
    "requestParameters": {"secretId": "hook-key"},
}
STOPPED: dict[str, Any] = {
    **ATTACHED,
    "eventID": "0a-6",
    "eventSource": "cloudtrail.amazonaws.com",
    "eventName": "StopLogging",
    "requestParameters": {"name": "arn:aws:cloudtrail:us-east-1:111122223333:trail/main"},
}
EXAMPLES = (ATTACHED, KEY, ROLE, FUNCTION, SECRET, STOPPED)


def test_a_change_at_the_target_is_one_until_a_case_explains_it() -> None:
    """No request, no reason: what changed, whose it is and who did it."""
    (event,) = events(CLOUDTRAIL, ATTACHED)

    assert (event.action, event.case, event.justification) == (Action.CHANGED_OUTSIDE, None, None)
    assert event.actor is not None
    assert event.beneficiary is not None
    assert event.entitlement is not None
    assert (event.actor.account, event.beneficiary.account) == (
        "111122223333:ann",
        "111122223333:bo",
    )
    assert (event.entitlement.id, event.entitlement.criticality, event.entitlement.system) == (
        ADMIN,
        "critical",
        "aws:111122223333",
    )


def test_a_user_who_gives_themselves_a_policy_is_the_same_account() -> None:
    """Caller and target of one account compare; the same name in another account does not."""
    own = {**ATTACHED, "requestParameters": {"policyArn": ADMIN, "userName": "ann"}}
    (here,) = events(CLOUDTRAIL, own)
    (there,) = events(CLOUDTRAIL, {**own, "recipientAccountId": "999900001111"})

    for event, same in ((here, Sameness.SAME_ACCOUNT), (there, Sameness.UNLINKED)):
        assert event.actor is not None
        assert event.beneficiary is not None
        assert sameness(Told(event.actor, event), Told(event.beneficiary, event)) is same


def test_a_callout_says_its_case_in_its_session() -> None:
    """By our convention; any other session name joins nothing."""
    (told,) = events(CLOUDTRAIL, ROLE)
    plain = {**SESSION, "arn": SESSION["arn"].replace("case=REQ-7", "i-0abc")}
    (untold,) = events(CLOUDTRAIL, {**ROLE, "userIdentity": plain})
    sourced = {**plain, "sessionContext": {"sourceIdentity": "case=REQ-8"}}

    assert (told.case, untold.case) == ("REQ-7", None)
    assert events(CLOUDTRAIL, {**ROLE, "userIdentity": sourced})[0].case == "REQ-8"


@pytest.mark.parametrize(
    ("identity", "kind"),
    [
        (ATTACHED["userIdentity"], ActorKind.UNKNOWN),
        ({"type": "AWSService", "invokedBy": "sso.amazonaws.com"}, ActorKind.SERVICE),
        (
            {
                "type": "AssumedRole",
                "arn": "arn:aws:sts::1:assumed-role/AWSReservedSSO_Admin_0a/ann@acme.example",
            },
            ActorKind.HUMAN,
        ),
    ],
)
def test_a_key_says_nothing_of_who_holds_it(identity: Json, kind: ActorKind) -> None:
    """A machine and a person sign in with the same kind of user."""
    (event,) = events(CLOUDTRAIL, {**ATTACHED, "userIdentity": identity})

    assert event.actor is not None
    assert event.actor.kind is kind


def test_credentials_are_issued_and_rotated_for_somebody() -> None:
    """The key's id is in the answer, its secret is not read."""
    (key,), (secret,) = events(CLOUDTRAIL, KEY), events(CLOUDTRAIL, SECRET)

    assert (key.action, secret.action) == (Action.CREDENTIAL_ISSUED, Action.CREDENTIAL_ROTATED)
    assert key.beneficiary is not None
    assert key.entitlement is not None
    assert (key.beneficiary.account, key.entitlement.id) == ("111122223333:bo", "AKIA2")


def test_new_code_of_a_function_is_a_published_extension() -> None:
    """With the digest by which a run of it can be recognised."""
    (event,) = events(CLOUDTRAIL, FUNCTION)

    assert event.step is not None
    assert (event.action, event.step.digest) == (Action.EXTENSION_PUBLISHED, "c0de")


def test_a_trail_that_is_switched_off_is_a_gap() -> None:
    """What comes after it is not in the record."""
    assert events(CLOUDTRAIL, STOPPED)[0].action is Action.SOURCE_GAP


def test_a_log_file_and_an_envelope_are_taken_apart() -> None:
    """S3 has files of records, EventBridge one in each."""
    both = [*events(CLOUDTRAIL, ATTACHED), *events(CLOUDTRAIL, KEY)]

    assert outcomes(CLOUDTRAIL, orjson.dumps({"Records": [ATTACHED, KEY]})) == both
    assert outcomes(CLOUDTRAIL, orjson.dumps({"detail-type": "x", "detail": KEY})) == both[1:]


REFUSALS: dict[str, tuple[Json, str]] = {
    "refused-by-aws": (
        {**ATTACHED, "errorCode": "AccessDenied"},
        (
            "acme: field 'errorCode' is 'AccessDenied'; expected a step of an access decision; "
            "'foureyes sources cloudtrail' lists them"
        ),
    ),
    "a-read": (
        {**ATTACHED, "eventName": "DescribeInstances"},
        (
            "acme: field 'eventName' is 'DescribeInstances'; expected a step of an access "
            "decision; 'foureyes sources cloudtrail' lists them"
        ),
    ),
    "no-time": (
        {**ATTACHED, "eventTime": None},
        "acme: field 'eventTime' is missing; expected a time",
    ),
    "no-id": (
        {**ATTACHED, "eventID": ""},
        "acme: field 'eventID' is ''; expected text that is not empty",
    ),
    "parameters-as-text": (
        {**ATTACHED, "requestParameters": "userName=bo"},
        "acme: field 'requestParameters' is 'userName=bo'; expected an object",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever forwards the trail reads what was expected."""
    assert refusal(CLOUDTRAIL, document) == sentence
