"""GitHub: what a payload is stands in a header, so it is told by its fields."""

from datetime import UTC, datetime

import pytest

from rules.events import Action, ActorKind
from stream.connectors.github import GITHUB
from tests.connectors.github_examples import (
    ADMIN,
    ANN,
    APP,
    APPROVED,
    ASKED,
    ENTRY,
    HOOK,
    HOOK_GONE,
    KEY,
    LOOSENED,
    MEMBER,
    MEMBERSHIP,
    OVERRIDE,
    REVIEW,
    RULE,
    RULESET,
    TEAM,
    TOKEN,
    user,
)
from tests.connectors.reading import NOON, Json, events, refusal


def test_a_deployment_is_asked_for_and_two_are_asked_to_decide() -> None:
    """The run joins them, with the repository before its number."""
    requested, *asked = events(GITHUB, ASKED)

    assert (requested.action, requested.case) == (Action.REQUESTED, "github:acme/infra:run:5453")
    assert requested.actor is not None
    assert (requested.actor.account, requested.actor.name) == ("1", "ann")
    assert [(each.action, each.case) for each in asked] == [
        (Action.ASSIGNED, "github:acme/infra:run:5453")
    ] * 2
    assert [
        each.assignee and (each.assignee.account, each.assignee.namespace) for each in asked
    ] == [
        ("3", "team"),
        ("3", None),
    ]


def test_a_team_and_a_user_of_one_number_are_not_one() -> None:
    """Numbers of teams and of users are counted separately."""
    _, of_team, of_user = events(GITHUB, ASKED)

    assert of_team.assignee != of_user.assignee


def test_whoever_approves_a_deployment_is_told_and_when_is_not() -> None:
    """The workflow is the file at one commit: a version that can be looked up."""
    (event,) = events(GITHUB, APPROVED)

    assert (event.action, event.justification, event.occurred_at) == (
        Action.APPROVED,
        "ship it",
        NOON,
    )
    assert event.actor is not None
    assert event.workflow is not None
    assert (event.actor.account, event.workflow.version) == ("3", "c0ffee")
    assert event.workflow.id == "acme/infra:.github/workflows/deploy.yml"


def test_the_sender_of_a_request_is_its_requestor() -> None:
    """GitHub's own sample: whoever pushed asked, and may be among the reviewers."""
    (event,) = events(GITHUB, {**APPROVED, "approver": None, "sender": ANN})

    assert event.actor is not None
    assert event.actor.account == events(GITHUB, ASKED)[0].actor.account  # type: ignore[union-attr]


def test_a_review_of_code_also_tells_who_wrote_it() -> None:
    """The pull request is the same event in every review of it."""
    opened, reviewed = events(GITHUB, REVIEW)
    another = {**REVIEW, "review": {**REVIEW["review"], "id": 1, "state": "CHANGES_REQUESTED"}}

    assert (opened.action, reviewed.action) == (Action.REQUESTED, Action.APPROVED)
    assert opened.case == reviewed.case == "github:acme/infra:pull:12"
    assert events(GITHUB, another)[0] == opened
    assert events(GITHUB, another)[1].action is Action.DENIED


@pytest.mark.parametrize(
    ("document", "action"),
    [
        (MEMBERSHIP, Action.PROVISIONED),
        (MEMBERSHIP | {"action": "removed"}, Action.REVOKED),
        (MEMBER, Action.PROVISIONED),
        (ADMIN, Action.PROVISIONED),
        (TEAM, Action.PROVISIONED),
        (APP, Action.PROVISIONED),
        (APP | {"action": "suspend"}, Action.REVOKED),
        (KEY, Action.CREDENTIAL_ISSUED),
        (RULE, Action.WORKFLOW_PUBLISHED),
        (RULESET, Action.WORKFLOW_PUBLISHED),
        (HOOK_GONE, Action.SOURCE_GAP),
        (ENTRY, Action.PROVISIONED),
        (OVERRIDE, Action.BYPASSED),
        (LOOSENED, Action.WORKFLOW_PUBLISHED),
        (TOKEN, Action.CREDENTIAL_ISSUED),
        (HOOK, Action.EXTENSION_PUBLISHED),
    ],
)
def test_rights_rules_keys_and_hooks_are_told_apart(document: Json, action: Action) -> None:
    """By the fields that only one kind of payload has together."""
    (event,) = events(GITHUB, document)

    assert event.action is action


def test_an_owner_of_the_organization_is_critical() -> None:
    """Everybody else is a member."""
    (event,) = events(GITHUB, ADMIN)

    assert event.entitlement is not None
    assert event.entitlement.criticality == "critical"


def test_a_loosened_rule_says_what_it_asked_before() -> None:
    """Two approvals became one; what stayed is left out."""
    (event,) = events(GITHUB, RULE)

    assert event.scope == ("required_approving_review_count: 2 → 1",)
    assert event.occurred_at == datetime(2026, 10, 1, 16, tzinfo=UTC)


def test_an_app_is_a_machine_with_permissions() -> None:
    """An installation names the app by number."""
    (event,) = events(GITHUB, APP)

    assert event.beneficiary is not None
    assert (event.beneficiary.account, event.beneficiary.kind) == ("42", ActorKind.SERVICE)
    assert event.scope == ("administration:read", "contents:write")


def test_automation_dressed_as_a_user_is_a_bot() -> None:
    """A bot has a login and a number like anybody."""
    bot = user(41898282, "github-actions[bot]", "Bot")
    (hook,) = events(GITHUB, {**MEMBERSHIP, "sender": bot})
    (entry,) = events(GITHUB, {**ENTRY, "actor": "github-actions[bot]"})

    for event in (hook, entry):
        assert event.actor is not None
        assert event.actor.kind is ActorKind.SERVICE


def test_an_older_entry_knows_a_login_only() -> None:
    """A login can be renamed and given to another: it never compares with a number."""
    (event,) = events(GITHUB, OVERRIDE)

    assert event.actor is not None
    assert (event.actor.account, event.actor.namespace) == ("ann", "login")


def test_a_delivery_of_the_api_has_an_id_and_a_time() -> None:
    """So the same payload twice is two events; from the webhook alone it would be one."""
    delivery = {
        "guid": "0b989ba4",
        "delivered_at": "2026-10-01T08:00:01Z",
        "event": "membership",
        "request": {"headers": {}, "payload": MEMBERSHIP},
    }
    (event,) = events(GITHUB, delivery)
    (again,) = events(GITHUB, {**delivery, "guid": "1c000000"})

    assert (event.id, event.occurred_at) == ("0b989ba4", datetime(2026, 10, 1, 8, 0, 1, tzinfo=UTC))
    assert again.id != event.id


REFUSALS: dict[str, tuple[Json, str]] = {
    "only-a-comment": (
        {**REVIEW, "review": {**REVIEW["review"], "state": "commented"}},
        (
            "acme: field 'review.state' is 'commented'; expected a step of an access decision; "
            "'foureyes sources github' lists them"
        ),
    ),
    "a-check": (
        {"action": "completed", "check_run": {"id": 1}, "sender": ANN},
        (
            "acme: field 'action' is 'completed'; expected a step of an access decision; "
            "'foureyes sources github' lists them"
        ),
    ),
    "no-member": (
        {**MEMBERSHIP, "member": {}},
        "acme: field 'member' is missing; expected text that is not empty",
    ),
    "number-as-text": (
        {**APPROVED, "workflow_run": {**APPROVED["workflow_run"], "id": "5453"}},
        "acme: field 'workflow_run.id' is '5453'; expected a whole number",
    ),
    "a-rule-without-a-name": (
        {**RULE, "rule": {"id": 1}},
        "acme: field 'rule.name' is missing; expected text that is not empty",
    ),
    "an-entry-without-a-time": (
        {**ENTRY, "@timestamp": None, "created_at": None},
        "acme: field '@timestamp or created_at' is missing; expected a time",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever forwards the webhooks reads what was expected."""
    assert refusal(GITHUB, document) == sentence
