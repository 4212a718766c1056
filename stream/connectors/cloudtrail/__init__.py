"""AWS CloudTrail: what happened at the target, and the credentials of machines.

Every change of access is read as one that was made at the target: nothing in a record says whether
anybody had decided it. A callout can say so itself, by our convention: where the role session name
or the source identity is `case=<id>`, that is the case. Names of IAM users repeat between accounts,
so an account number stands before them.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from rules.events import ActorKind
from stream.connectors.cloudtrail.names import (
    CODE,
    CREDENTIALS,
    OTHER_RIGHTS,
    ROLE_RIGHTS,
    SECRETS,
    SILENCED,
    USER_RIGHTS,
)
from stream.connectors.table import (
    Connector,
    Form,
    Record,
    Term,
    computed,
    constant,
    entitlement,
    first,
    name,
    needed,
    part,
    party,
    tagged,
    text,
    utc_time,
)

ADMINISTRATOR = "arn:aws:iam::aws:policy/AdministratorAccess"
CASE = "case="
"""What a callout may put before the case in its role session name or source identity."""
_SSO = "AWSReservedSSO_"


def apart(document: object) -> Iterator[tuple[str, object]]:
    """Take a log file, or EventBridge's envelope, apart."""
    if type(document) is dict and type(document.get("Records")) is list:
        yield from ((f".Records[{n}]", each) for n, each in enumerate(document["Records"]))
    elif type(document) is dict and "detail-type" in document and "detail" in document:
        yield ".detail", document["detail"]
    else:
        yield "", document


_ARN = text("userIdentity.arn")
_SOURCE_IDENTITY = text("userIdentity.sessionContext.sourceIdentity")
_IDENTITY_TYPE = text("userIdentity.type")
_USER_NAME = text("userIdentity.userName")
_OWN_ACCOUNT = text("userIdentity.accountId")
_ACCOUNT = text("recipientAccountId", "userIdentity.accountId")
_POLICY = text("requestParameters.policyArn")


def _case(record: Record) -> str | None:
    """Read the case that a callout put into its own session."""
    session = (_ARN.read(record) or "").rpartition("/")[2]
    for told in (_SOURCE_IDENTITY.read(record) or "", session):
        if told.startswith(CASE) and len(told) > len(CASE):
            return told.removeprefix(CASE)
    return None


def _kind(record: Record) -> str | None:
    """Tell services, and people who signed in through Identity Center; a key says nothing."""
    kind = _IDENTITY_TYPE.read(record)
    if kind in {"AWSService", "AWSAccount"}:
        return ActorKind.SERVICE.value
    signed_in = f"/{_SSO}" in (_ARN.read(record) or "")
    return ActorKind.HUMAN.value if signed_in else None


def _iam_user(record: Record) -> str | None:
    """Name an IAM user with their account: comparable with whom a call is about."""
    user = _USER_NAME.read(record)
    if user is None or _IDENTITY_TYPE.read(record) != "IAMUser":
        return None
    return f"{_OWN_ACCOUNT.read(record) or ''}:{user}"


def _in_account(place: str) -> Term:
    """Put the account's number before a name that is unique inside it only."""
    found = text(place)

    def read(record: Record) -> str | None:
        name = found.read(record)
        return None if name is None else f"{_ACCOUNT.read(record) or ''}:{name}"

    return computed(f"recipientAccountId and {place}", read)


_KIND = computed("userIdentity.type, userIdentity.arn", _kind, words=("human", "service"))
_ACTOR = first(
    party(
        computed("userIdentity.accountId and userName of an IAMUser", _iam_user),
        namespace=constant("iam-user"),
        name=_USER_NAME,
    ),
    party(_ARN, kind=_KIND),
    party(text("userIdentity.invokedBy"), kind=constant(ActorKind.SERVICE.value)),
    party(text("userIdentity.principalId"), kind=_KIND),
)
_USER = party(_in_account("requestParameters.userName"), namespace=constant("iam-user"))
_ROLE = party(
    _in_account("requestParameters.roleName"),
    kind=constant(ActorKind.SERVICE.value),
    namespace=constant("iam-role"),
)
_EVERY: Mapping[str, Term] = {
    "id": name("eventID"),
    "occurred_at": needed(utc_time("eventTime"), "a time"),
    "case": computed("a session or source identity that is case=<id>", _case),
    "actor": _ACTOR,
    "outcome": text("eventName"),
}
_RIGHT = entitlement(
    text(
        "requestParameters.policyArn",
        "requestParameters.policyName",
        "requestParameters.groupName",
        "requestParameters.permissionSetArn",
        "requestParameters.functionName",
        "requestParameters.name",
        "requestParameters.roleName",
        "requestParameters.userName",
    ),
    type=text("eventName"),
    system=tagged("aws", _ACCOUNT),
    criticality=computed(
        "requestParameters.policyArn AdministratorAccess",
        lambda record: "critical" if _POLICY.read(record) == ADMINISTRATOR else None,
        words=("critical",),
    ),
)


def _form(title: str, words: Mapping[str, str], rows: Mapping[str, Term]) -> Form:
    return Form(
        title=title,
        recognised_by="eventName, as listed under action, without errorCode",
        words=frozenset(words),
        # What was refused changed nothing.
        fits=lambda record: record.get("errorCode") is None,
        rows={
            **_EVERY,
            "action": computed("eventName", lambda r: words[r["eventName"]], words=words),
            **rows,
        },
    )


def _outside(names: tuple[str, ...]) -> Mapping[str, str]:
    return dict.fromkeys(names, "changed_outside")


CLOUDTRAIL = Connector(
    name="cloudtrail",
    title="AWS CloudTrail: access, credentials and functions",
    forms=(
        _form("IAM users", _outside(USER_RIGHTS), {"beneficiary": _USER, "entitlement": _RIGHT}),
        _form("IAM roles", _outside(ROLE_RIGHTS), {"beneficiary": _ROLE, "entitlement": _RIGHT}),
        _form(
            "Groups, assignments, trust anchors, function permissions",
            _outside(OTHER_RIGHTS),
            {
                "beneficiary": party(
                    text("requestParameters.principalId"), namespace=constant("identity-center")
                ),
                "entitlement": _RIGHT,
            },
        ),
        _form(
            "Access keys, passwords, tokens",
            CREDENTIALS,
            {
                # Without a name it is the caller's own.
                "beneficiary": first(
                    party(
                        _in_account("responseElements.accessKey.userName"),
                        namespace=constant("iam-user"),
                    ),
                    _USER,
                ),
                "entitlement": entitlement(
                    text(
                        "responseElements.accessKey.accessKeyId",
                        "requestParameters.accessKeyId",
                        "eventName",
                    ),
                    type=constant("credential"),
                    system=tagged("aws", _ACCOUNT),
                ),
            },
        ),
        _form(
            "Secrets",
            SECRETS,
            {
                "entitlement": entitlement(
                    text(
                        "requestParameters.secretId",
                        "responseElements.aRN",
                        "responseElements.arn",
                        "requestParameters.name",
                    ),
                    type=constant("secret"),
                    system=tagged("aws", _ACCOUNT),
                ),
            },
        ),
        _form(
            "Functions: the code of custom steps",
            dict.fromkeys(CODE, "extension_published"),
            {
                "step": part(
                    "extension",
                    extension=text(
                        "responseElements.functionArn", "requestParameters.functionName"
                    ),
                    version=text("responseElements.version"),
                    digest=text("responseElements.codeSha256"),
                ),
            },
        ),
        _form(
            "The trail itself switched off",
            dict.fromkeys(SILENCED, "source_gap"),
            {"stage": text("requestParameters.name")},
        ),
    ),
    word=lambda record: record.get("eventName"),
    scope_fields=("errorCode", "eventName"),
    apart=apart,
    joins=(
        "By the session: where a callout's role session name or source identity is case=<id>, that "
        "is the case. No record carries a request id otherwise, and each change stands alone."
    ),
    delay=timedelta(minutes=30),
    never={
        "justification": "A call has parameters and no reason.",
        "evidence": "A call has parameters and no reason.",
        "actor.kind": "An access key says nothing of who holds it: only services, and people who "
        "signed in through Identity Center, are told apart.",
        "links": "Request ids are AWS's own, of one call each.",
        "workflow": "AWS sees the caller, not the workflow that made it call.",
    },
)
