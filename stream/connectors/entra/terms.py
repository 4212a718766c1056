"""Who, whom and what in an opened audit record: the terms that all of Entra's tables share."""

from collections.abc import Mapping

from rules.events import ActorKind
from stream.connectors.table import (
    Form,
    Record,
    RefusalKind,
    Term,
    Unfit,
    computed,
    constant,
    entitlement,
    first,
    needed,
    party,
    text,
    utc_time,
)

PSEUDO_USERS = frozenset({"Azure AD PIM", "MS-PIM"})
"""Services that appear in `initiatedBy.user`, without a user principal name."""
SUCCEEDED = frozenset({"success", "succeeded", ""})


def step(words: Mapping[str, str]) -> Term:
    """Tell the action from the activity; a failed grant is one, a failed decision is none.

    A call that failed was made: Microsoft's own alert for it looks for successes only.
    """

    def read(record: Record) -> str:
        action = words[record["activity"]]
        result = _RESULT.read(record) or ""
        if result.lower() in SUCCEEDED or action == "step_invoked":
            return action
        if action in {"provisioned", "provision_failed"}:
            return "provision_failed"
        raise Unfit(result, "'success'", RefusalKind.OUT_OF_SCOPE, field="result")

    failed = {"a failed grant": "provision_failed"} if "provisioned" in words.values() else {}
    return computed("activityDisplayName, result", read, words={**words, **failed})


def _kind_of_user(record: Record) -> str:
    """Tell people from the services that Microsoft writes down as users."""
    nameless = not _UPN.read(record)
    pseudo = nameless and _SHOWN.read(record) in PSEUDO_USERS
    return ActorKind.SERVICE.value if pseudo else ActorKind.HUMAN.value


def _eligibility(record: Record) -> str:
    """Tell a right to activate a role from the role."""
    return "eligible_role" if "eligible" in record["activity"] else "role"


_RESULT = text("result")
_UPN = text("by.user.userPrincipalName")
_SHOWN = text("by.user.displayName")
_KIND_OF_USER = computed(
    "initiatedBy.user.{userPrincipalName, displayName}", _kind_of_user, words=("human", "service")
)
_SHOWN_NAME = text("by.user.displayName", "by.user.userPrincipalName")
BY_USER = first(
    party(text("by.user.id"), kind=_KIND_OF_USER, name=_SHOWN_NAME),
    party(_SHOWN_NAME, kind=_KIND_OF_USER, namespace=constant("name")),
)
_SERVICE = constant(ActorKind.SERVICE.value)
BY_APP = first(
    party(
        text("by.app.servicePrincipalId", "by.app.appId"),
        kind=_SERVICE,
        name=text("by.app.displayName"),
    ),
    party(text("by.app.displayName"), kind=_SERVICE, namespace=constant("name")),
)
BY_ANY = first(BY_APP, BY_USER)
TARGET_USER = party(
    text("target.User.id"), name=text("target.User.displayName", "target.User.userPrincipalName")
)
TARGETS = first(
    TARGET_USER,
    party(
        text("target.ServicePrincipal.id"),
        kind=_SERVICE,
        name=text("target.ServicePrincipal.displayName"),
    ),
    party(text("target.Group.id"), name=text("target.Group.displayName")),
)
EVERY: Mapping[str, Term] = {
    "id": text("id"),
    "occurred_at": needed(utc_time("at", zone_left_out=True), "a time"),
    "outcome": _RESULT,
}
REASON = text("detail.Justification", "resultReason")
ROLE = entitlement(
    text("target.Role.id"),
    type=computed("activityDisplayName", _eligibility, words=("role", "eligible_role")),
    name=text("target.Role.displayName"),
    system=text("target.Directory.displayName"),
)


def _logged_by_pim(record: Record) -> bool:
    """Tell PIM's record of a grant from the directory's of the same grant."""
    return record["activity"] != "Add member to role" or record.get("loggedByService") == "PIM"


def form(title: str, words: Mapping[str, str], rows: Mapping[str, Term]) -> Form:
    return Form(
        title=title,
        recognised_by="activityDisplayName, as listed under action",
        words=frozenset(words),
        fits=_logged_by_pim,
        rows={**EVERY, "action": step(words), **rows},
    )
