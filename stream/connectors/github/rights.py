"""Who may what: members, teams, apps, keys; and the rules and hooks that decide and report."""

from collections.abc import Mapping

from stream.connectors.github.payloads import DELIVERED_AT, rights
from stream.connectors.github.terms import beside, digits, team, user
from stream.connectors.table import (
    Record,
    Term,
    computed,
    constant,
    entitlement,
    first,
    if_known,
    needed,
    part,
    party,
    tagged,
    text,
    utc_time,
)

CHANGES_MAX, CHANGE_CHARS_MAX = 50, 200
"""So much is kept of what an edit changed."""


def _changed(record: Record) -> list[str] | None:
    """List what a rule asked before and asks now: `required_approving_review_count: 2 → 1`."""
    changes, rule = record.get("changes"), record.get("rule")
    if type(changes) is not dict or type(rule) is not dict:
        return None
    told = [
        f"{field}: {change.get('from')} → {rule.get(field)}"
        for field, change in sorted(changes.items())
        if type(change) is dict and change.get("from") != rule.get(field)
    ]
    return [each[:CHANGE_CHARS_MAX] for each in told[:CHANGES_MAX]] or None


def _permissions(record: Record) -> list[str] | None:
    """List what an app may do: `contents:write`."""
    app = record["installation"]
    told = app.get("permissions") if type(app) is dict else None
    if type(told) is not dict:
        return None
    listed = sorted(f"{what}:{level}"[:CHANGE_CHARS_MAX] for what, level in told.items())
    return listed[:CHANGES_MAX] or None


_REPOSITORY = entitlement(
    text("repository.full_name"), type=constant("repository"), name=text("repository.name")
)
_PUBLISHED = ("created", "edited", "deleted")


def _definition(place: str, kind: str) -> Mapping[str, Term]:
    return {
        "occurred_at": first(utc_time(f"{place}.updated_at"), DELIVERED_AT),
        "workflow": needed(
            part("id", id=beside(f"{place}.name"), step=constant(kind)), field=f"{place}.name"
        ),
        "scope": computed("changes", _changed),
        "outcome": text("action"),
    }


FORMS = (
    rights(
        "membership",
        {"added": "provisioned", "removed": "revoked"},
        {
            "beneficiary": needed(user("member"), field="member"),
            "entitlement": entitlement(
                digits("team.id"),
                type=constant("team"),
                name=text("team.slug", "team.name"),
                system=tagged("github", text("organization.login")),
            ),
        },
    ),
    rights(
        "member",
        {"added": "provisioned", "edited": "provisioned", "removed": "revoked"},
        {
            "beneficiary": needed(user("member"), field="member"),
            "entitlement": _REPOSITORY,
            "outcome": text("changes.permission.to"),
        },
    ),
    rights(
        "organization",
        {"member_added": "provisioned", "member_removed": "revoked"},
        {
            "beneficiary": needed(user("membership.user"), field="membership.user"),
            "entitlement": entitlement(
                text("organization.login"),
                type=constant("organization"),
                criticality=if_known("membership.role", {"admin": "critical"}),
            ),
            "outcome": text("membership.role"),
        },
    ),
    rights(
        "team",
        {"added_to_repository": "provisioned", "removed_from_repository": "revoked"},
        {"beneficiary": needed(team("team"), field="team"), "entitlement": _REPOSITORY},
    ),
    rights(
        "installation",
        {
            "created": "provisioned",
            "new_permissions_accepted": "provisioned",
            "unsuspend": "provisioned",
            "suspend": "revoked",
            "deleted": "revoked",
        },
        {
            "beneficiary": needed(
                party(
                    digits("installation.app_id"),
                    kind=constant("service"),
                    namespace=constant("app"),
                    name=text("installation.app_slug"),
                ),
                field="installation.app_id",
            ),
            "entitlement": entitlement(
                tagged("installation", digits("installation.id")),
                type=text("installation.target_type"),
                system=tagged("github", text("installation.account.login")),
            ),
            "scope": computed("installation.permissions", _permissions),
            "outcome": text("action"),
        },
    ),
    rights(
        "deploy_key",
        {"created": "credential_issued", "deleted": "credential_revoked"},
        {
            "occurred_at": DELIVERED_AT,
            "entitlement": entitlement(
                tagged("deploy-key", digits("key.id")),
                type=constant("deploy_key"),
                name=text("key.title"),
                system=text("repository.full_name"),
            ),
        },
    ),
    rights(
        "branch_protection_rule",
        dict.fromkeys(_PUBLISHED, "workflow_published"),
        _definition("rule", "branch protection"),
    ),
    rights(
        "repository_ruleset",
        dict.fromkeys(_PUBLISHED, "workflow_published"),
        _definition("repository_ruleset", "ruleset"),
    ),
    rights(
        # The hook that told us of everything else was removed: nothing comes after it.
        "meta",
        {"deleted": "source_gap"},
        {"stage": tagged("hook", digits("hook_id"))},
    ),
)
