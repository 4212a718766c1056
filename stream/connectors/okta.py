"""Okta: the System Log, in which Identity Governance writes requests, conditions and reviews.

Event types are those of Okta's published list as others have found it on real tenants: the
documentation spells some otherwise (`access.request.resolved`), and those never come. Targets are
found by their type. An `access.request.resolve` names who resolved the request and no approver.
"""

from collections.abc import Iterator, Mapping
from datetime import timedelta

from rules.events import ActorKind
from stream.connectors.table import (
    Connector,
    Form,
    Record,
    RefusalKind,
    Term,
    Unfit,
    computed,
    constant,
    entitlement,
    every,
    first,
    items_by,
    name,
    needed,
    part,
    party,
    tagged,
    text,
    utc_time,
    when,
)

REQUESTS: Mapping[str, str] = {
    "access.request.create": "requested",
    "access.request.resolve": "approved",
    "access.request.reject": "denied",
    "access.request.cancel": "cancelled",
    "access.request.expire": "expired",
}
APPLICATION_REQUESTS: Mapping[str, str] = {
    "app.access_request.request": "requested",
    "app.access_request.approver.approve": "approved",
    "app.access_request.approver.deny": "denied",
    "app.access_request.grant": "provisioned",
    "app.access_request.deny": "denied",
    "app.access_request.expire": "expired",
    "app.access_request.delete": "cancelled",
}
REVIEWS: Mapping[str, str] = {
    "access.review.start": "assigned",
    "access.review.update": "amended",
    "access.review.action": "certified",
    "access.review.remediate": "reviewed",
    "access.review.close": "reviewed",
}
DEFINITIONS: Mapping[str, str] = {
    f"access.request.{what}.{verb}": "workflow_published"
    for what, verbs in (
        ("condition", ("create", "update", "activate", "deactivate", "delete", "invalidate")),
        ("sequence", ("create", "update", "delete")),
        ("settings", ("update",)),
    )
    for verb in verbs
} | {
    "pam.security_policy.create": "workflow_published",
    "pam.security_policy.update": "workflow_published",
}
MEMBERSHIPS: Mapping[str, str] = {
    "group.user_membership.add": "provisioned",
    "group.user_membership.remove": "revoked",
    "application.user_membership.add": "provisioned",
    "application.user_membership.remove": "revoked",
}
PRIVILEGES: Mapping[str, str] = {
    "user.account.privilege.grant": "provisioned",
    "user.account.privilege.revoke": "revoked",
}
CREDENTIALS: Mapping[str, str] = {
    "system.api_token.create": "credential_issued",
    "system.api_token.revoke": "credential_revoked",
    "app.keys.rotate": "credential_rotated",
    "pam.secret.create": "credential_issued",
    "pam.secret.update": "credential_rotated",
    "pam.secret.delete": "credential_revoked",
}
EMERGENCIES: Mapping[str, str] = {
    "user.session.impersonation.grant": "emergency_activated",
    "user.session.impersonation.revoke": "emergency_ended",
}
SUCCEEDED = frozenset({"SUCCESS", "ALLOW", ""})
KEYS = (
    "eventType", "outcome", "actor", "target", "published", "uuid", "debugContext", "transaction",
    "displayMessage",
)  # fmt: skip
SPELLED = (
    (r"\bof_type\.(\w+)", r"target[type=\1]"),
    (r"^one\.", "target[0]."),
)
"""How the places of an opened record are called in the raw one."""

_SPELLED = {key.lower(): key for key in KEYS}


def opened(record: Record) -> Record:
    """Write a record in Okta's own spelling, with its targets by type. Raises Unfit.

    Some pipelines write all keys small. `of_type` holds the first target of each type, `one` the
    first of all.
    """
    if "eventType" in record:
        told = record.copy()
    else:
        told = {_SPELLED.get(key.lower(), key): value for key, value in record.items()}
    told["of_type"] = items_by(told, "target", "type")
    told["one"] = (told.get("target") or [None])[0]
    return told


def apart(document: object) -> Iterator[tuple[str, object]]:
    """Take an event hook's delivery, or EventBridge's envelope, apart."""
    if type(document) is dict and "eventType" in document and "data" in document:
        events = document["data"].get("events") if type(document["data"]) is dict else None
        if type(events) is list:
            yield from ((f".data.events[{n}]", each) for n, each in enumerate(events))
            return
    if type(document) is dict and "detail-type" in document and "detail" in document:
        yield ".detail", document["detail"]
        return
    yield "", document


_EVENT_TYPE = text("eventType")
_RESULT = text("outcome.result")
_ACTOR_TYPE = text("actor.type")
_ALTERNATE = text("actor.alternateId")


def _step(words: Mapping[str, str]) -> Term:
    """Tell the action; a grant that failed is one, any other step that failed is none."""

    def read(record: Record) -> str:
        action = words[record["eventType"]]
        result = _RESULT.read(record) or ""
        if result.upper() in SUCCEEDED:
            return action
        if action == "provisioned":
            return "provision_failed"
        raise Unfit(result, "'SUCCESS'", RefusalKind.OUT_OF_SCOPE, field="outcome.result")

    failed = {"a failed grant": "provision_failed"} if "provisioned" in words.values() else {}
    return computed("eventType, outcome.result", read, words={**words, **failed})


def _kind(record: Record) -> str | None:
    """Tell people from service accounts, which Okta also writes down as users."""
    kind = _ACTOR_TYPE.read(record)
    if kind is None:
        return None
    # A service account's alternate id is no address: "users/<uuid>".
    service = kind != "User" or (_ALTERNATE.read(record) or "").startswith("users/")
    return ActorKind.SERVICE.value if service else ActorKind.HUMAN.value


_ACTOR = party(
    name("actor.id"),
    kind=computed("actor.type, actor.alternateId", _kind, words=("human", "service")),
    name=text("actor.displayName", "actor.alternateId"),
)
_USER = party(
    text("of_type.User.id"), name=text("of_type.User.displayName", "of_type.User.alternateId")
)
_RIGHT = first(
    entitlement(
        text("of_type.UserGroup.id"),
        type=constant("group"),
        name=text("of_type.UserGroup.displayName"),
    ),
    entitlement(
        text("of_type.AppInstance.id"),
        type=constant("application"),
        name=text("of_type.AppInstance.displayName"),
    ),
)
_EVERY: Mapping[str, Term] = {
    "id": name("uuid"),
    "occurred_at": needed(utc_time("published", zone_left_out=True), "a time"),
    "actor": _ACTOR,
    "outcome": text("outcome.result"),
}
_TRANSACTION = every(
    # A job's transaction holds the changes of many people: it names no case.
    when("transaction.type", "WEB", tagged("okta-transaction", text("transaction.id")))
)


def _form(title: str, words: Mapping[str, str], rows: Mapping[str, Term]) -> Form:
    return Form(
        title=title,
        recognised_by="eventType, as listed under action",
        words=frozenset(words),
        rows={**_EVERY, "action": _step(words), **rows},
    )


OKTA = Connector(
    name="okta",
    title="Okta System Log and Identity Governance",
    forms=(
        _form(
            "Access requests",
            REQUESTS,
            {
                "case": needed(text("of_type.AccessRequest.id")),
                "links": _TRANSACTION,
                "beneficiary": _USER,
                "entitlement": _RIGHT,
            },
        ),
        _form(
            # They have no id of their own: only the transaction joins them.
            "Requests for an application (before Identity Governance)",
            APPLICATION_REQUESTS,
            {"links": _TRANSACTION, "beneficiary": _USER, "entitlement": _RIGHT},
        ),
        _form(
            "Access reviews",
            REVIEWS,
            {"case": text("one.id"), "beneficiary": _USER, "stage": text("one.displayName")},
        ),
        _form(
            "Request conditions, sequences, settings and policies",
            DEFINITIONS,
            {"workflow": part("id", id=text("one.id"), step=text("eventType"))},
        ),
        _form(
            "Memberships of groups and applications",
            MEMBERSHIPS,
            {"links": _TRANSACTION, "beneficiary": _USER, "entitlement": _RIGHT},
        ),
        _form(
            "Administrator privileges",
            PRIVILEGES,
            {
                "links": _TRANSACTION,
                "beneficiary": _USER,
                "entitlement": entitlement(
                    text("debugContext.debugData.privilegeGranted"),
                    type=constant("administrator"),
                    criticality=constant("critical"),
                ),
            },
        ),
        _form(
            "Tokens, keys and secrets",
            CREDENTIALS,
            {
                "entitlement": entitlement(
                    text("one.id"), type=text("one.type"), name=text("one.displayName")
                ),
            },
        ),
        _form("Support access", EMERGENCIES, {"beneficiary": _USER}),
    ),
    word=lambda record: record.get("eventType"),
    scope_fields=("eventType",),
    opened=opened,
    apart=apart,
    spelled=SPELLED,
    joins=(
        "Requests by the access request among the targets. What provisioning did does not carry "
        "it: only the transaction (a link, okta-transaction:…), and only where a person's "
        "request in the browser did both."
    ),
    delay=timedelta(minutes=15),
    never={
        "whose an account is": "user.lifecycle.* and user.account.update_profile name an account "
        "and tell no profile; SCIM documents do.",
        "justification": "The System Log carries no reason; the Identity Governance API has it.",
        "beneficiary (access.request)": "Not documented in the event; the API has it.",
        "actor (approval)": "An approver's own decision is not logged; a resolved request names "
        "who resolved it.",
        "evidence": "Answers and attachments are in the API only.",
        "workflow.version": "A change of a condition or sequence carries what changed, no version.",
        "step": "Calls of event hooks and inline hooks are not logged as steps of a request.",
    },
)
