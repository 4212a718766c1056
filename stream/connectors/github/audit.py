"""GitHub's audit log, streamed or read by API: a document with an id and a time in milliseconds."""

from collections.abc import Mapping

from stream.connectors.github.terms import audited, in_repository, milliseconds
from stream.connectors.table import (
    Form,
    Record,
    Term,
    computed,
    constant,
    entitlement,
    name,
    needed,
    part,
    tagged,
    text,
)

DECISIONS: Mapping[str, str] = {
    "workflows.approve_workflow_job": "approved",
    "workflows.reject_workflow_job": "denied",
    "protected_branch.policy_override": "bypassed",
}
RIGHTS: Mapping[str, str] = {
    "org.add_member": "provisioned",
    "org.update_member": "provisioned",
    "org.remove_member": "revoked",
    "team.add_member": "provisioned",
    "team.remove_member": "revoked",
    "repo.add_member": "provisioned",
    "repo.update_member": "provisioned",
    "repo.remove_member": "revoked",
    "team.add_repository": "provisioned",
    "team.remove_repository": "revoked",
}
TOKENS: Mapping[str, str] = {
    "personal_access_token.request_created": "requested",
    "personal_access_token.request_denied": "denied",
    "personal_access_token.request_cancelled": "cancelled",
    "personal_access_token.access_granted": "credential_issued",
    "personal_access_token.access_revoked": "credential_revoked",
    "personal_access_token.credential_regenerated": "credential_rotated",
    "public_key.create": "credential_issued",
    "public_key.delete": "credential_revoked",
}
HOOKS: Mapping[str, str] = dict.fromkeys(
    ("hook.create", "hook.config_changed", "hook.events_changed", "hook.active_changed"),
    "extension_published",
)
RULES = ("protected_branch.", "repository_ruleset.", "environment.")
"""Everything that begins so changes a rule, except that a rule was overridden."""
PREFIX = "audit "
RULE_WORD = f"{PREFIX}rule"


def is_audit(record: Record) -> bool:
    """Tell an entry of the audit log from a webhook's payload."""
    return "@timestamp" in record or "_document_id" in record


def word(record: Record) -> str | None:
    """Tell an entry by its action; a change of a rule by what it begins with."""
    action = record.get("action")
    if type(action) is not str:
        return None
    if action.startswith(RULES) and action not in DECISIONS:
        return RULE_WORD
    return f"{PREFIX}{action}"


def _form(title: str, words: Mapping[str, str], rows: Mapping[str, Term]) -> Form:
    return Form(
        title=f"Audit log: {title}",
        recognised_by="@timestamp or _document_id, and action",
        words=frozenset(f"{PREFIX}{action}" for action in words),
        rows={
            "id": name("_document_id"),
            "occurred_at": needed(milliseconds("@timestamp", "created_at"), "a time"),
            "action": computed("action", lambda r: words[r["action"]], words=words),
            "actor": audited("actor", "actor_id"),
            **rows,
        },
    )


_RULE = Form(
    title="Audit log: branch protection, rulesets, environments",
    recognised_by="@timestamp or _document_id, and an action that begins so",
    words=frozenset({RULE_WORD}),
    rows={
        "id": name("_document_id"),
        "occurred_at": needed(milliseconds("@timestamp", "created_at"), "a time"),
        "action": constant("workflow_published"),
        "actor": audited("actor", "actor_id"),
        "workflow": part("id", id=text("repo", "org"), step=text("action")),
        "stage": text("name", "ruleset_name", "environment_name"),
    },
)
_SYSTEM = tagged("github", text("org"))

FORMS = (
    _form(
        "reviews of jobs, rules overridden",
        DECISIONS,
        {
            "case": in_repository("run", "workflow_run_id", "repo"),
            "entitlement": entitlement(
                text("environment_name", "branch", "repo"), type=text("action"), system=_SYSTEM
            ),
            "justification": text("comment", "reasons"),
        },
    ),
    _form(
        "members and their rights",
        RIGHTS,
        {
            "beneficiary": audited("user", "user_id"),
            "entitlement": entitlement(
                text("team", "repo", "org"), type=text("action"), system=_SYSTEM
            ),
            "outcome": text("permission", "new_repo_permission"),
        },
    ),
    _form(
        "tokens and keys",
        TOKENS,
        {
            "beneficiary": audited("user", "user_id"),
            "entitlement": entitlement(
                text("token_id", "user_programmatic_access_name", "fingerprint", "title", "action"),
                type=constant("token"),
                system=_SYSTEM,
            ),
        },
    ),
    _form(
        "webhooks",
        HOOKS,
        {
            "step": part(
                "extension",
                extension=text("name", "repo", "org"),
                destination=text("config.url"),
            ),
            "stage": text("action"),
        },
    ),
    _RULE,
)
