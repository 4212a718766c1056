"""Payloads and audit entries as GitHub documents them, written by us."""

from typing import Any


def user(number: int, login: str, kind: str = "User") -> dict[str, Any]:
    """Write a user as GitHub does."""
    return {"login": login, "id": number, "node_id": f"U_{number}", "type": kind}


ANN, BO, CY = user(1, "ann"), user(2, "bo"), user(3, "cy")
COMMON: dict[str, Any] = {
    "repository": {"id": 77, "name": "infra", "full_name": "acme/infra", "private": True},
    "organization": {"login": "acme", "id": 5},
    "sender": ANN,
    "installation": {"id": 9},
}
RUN = {
    "id": 5453,
    "name": "Deploy",
    "path": ".github/workflows/deploy.yml",
    "head_sha": "c0ffee",
    "run_attempt": 1,
    "actor": ANN,
    "triggering_actor": ANN,
}
ASKED: dict[str, Any] = {
    **COMMON,
    "action": "requested",
    "workflow_run": RUN,
    "workflow_job_run": {"id": 99, "environment": "production", "status": "waiting"},
    "since": "2026-10-01T08:00:00Z",
    "environment": "production",
    "requestor": ANN,  # codespell:ignore requestor
    "reviewers": [
        {"type": "Team", "reviewer": {"id": 3, "name": "Admins", "slug": "admins"}},
        {"type": "User", "reviewer": CY},
    ],
}
APPROVED: dict[str, Any] = {
    **COMMON,
    "action": "approved",
    "workflow_run": RUN,
    "workflow_job_runs": [{"id": 99, "environment": "production"}],
    "since": "2026-10-01T08:00:00Z",
    "environment": "production",
    "approver": CY,
    "comment": "ship it",
    "reviewers": ASKED["reviewers"],
    "sender": CY,
}
REVIEW: dict[str, Any] = {
    **COMMON,
    "action": "submitted",
    "review": {
        "id": 2378,
        "user": BO,
        "body": "fine",
        "commit_id": "c0ffee",
        "submitted_at": "2026-10-01T09:00:00Z",
        "state": "approved",
    },
    "pull_request": {
        "id": 2791,
        "number": 12,
        "title": "Loosen the rule",
        "user": ANN,
        "created_at": "2026-10-01T08:30:00Z",
        "merged_at": None,
    },
}
MEMBERSHIP: dict[str, Any] = {
    "action": "added",
    "scope": "team",
    "member": BO,
    "sender": ANN,
    "team": {"id": 3, "name": "Admins", "slug": "admins"},
    "organization": COMMON["organization"],
}
MEMBER: dict[str, Any] = {
    **COMMON,
    "action": "edited",
    "member": BO,
    "changes": {"permission": {"from": "read", "to": "admin"}},
}
ADMIN: dict[str, Any] = {
    "action": "member_added",
    "membership": {"role": "admin", "state": "active", "user": BO},
    "organization": COMMON["organization"],
    "sender": ANN,
}
TEAM: dict[str, Any] = {
    **COMMON,
    "action": "added_to_repository",
    "team": MEMBERSHIP["team"],
}
RULE: dict[str, Any] = {
    **COMMON,
    "action": "edited",
    "rule": {
        "id": 21,
        "name": "main",
        "updated_at": "2026-10-01T12:00:00.000-04:00",
        "required_approving_review_count": 1,
        "admin_enforced": False,
    },
    "changes": {
        "required_approving_review_count": {"from": 2},
        "admin_enforced": {"from": False},
    },
}
RULESET: dict[str, Any] = {
    **COMMON,
    "action": "deleted",
    "repository_ruleset": {"id": 4, "name": "release", "updated_at": "2026-10-01T12:00:00Z"},
}
APP: dict[str, Any] = {
    "action": "created",
    "installation": {
        "id": 9,
        "app_id": 42,
        "app_slug": "deploy-bot",
        "target_type": "Organization",
        "account": {"login": "acme", "id": 5, "type": "Organization"},
        "permissions": {"contents": "write", "administration": "read"},
    },
    "repositories": [{"id": 77, "full_name": "acme/infra"}],
    "sender": ANN,
}
KEY: dict[str, Any] = {
    **COMMON,
    "action": "created",
    "key": {"id": 100, "title": "ci", "read_only": False, "created_at": "2026-10-01T08:00:00Z"},
}
HOOK_GONE: dict[str, Any] = {
    **COMMON,
    "action": "deleted",
    "hook_id": 7,
    "hook": {"type": "Repository", "id": 7, "name": "web", "events": ["*"], "active": True},
}
ENTRY: dict[str, Any] = {
    "@timestamp": 1790845200123,
    "created_at": 1790845200123,
    "_document_id": "doc-1",
    "action": "org.update_member",
    "actor": "ann",
    "actor_id": 1,
    "org": "acme",
    "user": "bo",
    "user_id": 2,
    "permission": "admin",
    "business": "acme-inc",
}
OVERRIDE: dict[str, Any] = {
    **{key: ENTRY[key] for key in ("@timestamp", "actor", "org")},
    "_document_id": "doc-2",
    "action": "protected_branch.policy_override",
    "repo": "acme/infra",
    "branch": "main",
}
LOOSENED: dict[str, Any] = {
    **OVERRIDE,
    "_document_id": "doc-3",
    "action": "protected_branch.update_required_approving_review_count",
    "name": "main",
}
TOKEN: dict[str, Any] = {
    **ENTRY,
    "_document_id": "doc-4",
    "action": "personal_access_token.access_granted",
    "user_programmatic_access_name": "ci-token",
}
HOOK: dict[str, Any] = {
    **OVERRIDE,
    "_document_id": "doc-5",
    "action": "hook.config_changed",
    "name": "web",
    "config": {"url": "https://hooks.acme.example/ci"},
}
EXAMPLES = (
    ASKED, APPROVED, REVIEW, MEMBERSHIP, MEMBER, ADMIN, TEAM, RULE, RULESET, APP, KEY, HOOK_GONE,
    ENTRY, OVERRIDE, LOOSENED, TOKEN, HOOK,
)  # fmt: skip
