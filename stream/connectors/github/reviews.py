"""Reviews of deployments and of pull requests."""

from collections.abc import Mapping

from stream.connectors.github.payloads import DELIVERED_AT, event_id, form
from stream.connectors.github.terms import beside, digits, in_repository, user
from stream.connectors.table import (
    Record,
    Term,
    computed,
    constant,
    entitlement,
    first,
    needed,
    one_of,
    part,
    party,
    tagged,
    text,
    utc_time,
)

STATES = {"approved": "approved", "changes_requested": "denied"}
"""A review that only comments decides nothing."""
_RUN = in_repository("run", "workflow_run.id")
_PULL = in_repository("pull", "pull_request.number")
_ENVIRONMENT = entitlement(
    beside("environment"), type=constant("environment"), name=text("environment")
)
_DEPLOYMENT: Mapping[str, Term] = {
    "case": needed(_RUN, field="workflow_run.id"),
    "entitlement": _ENVIRONMENT,
    # The file at one commit: a definition with a version that can be looked up.
    "workflow": part(
        "id",
        id=beside("workflow_run.path"),
        version=text("workflow_run.head_sha"),
        step=text("environment"),
    ),
}


def _review_id(record: Record) -> str:
    """Name the request of one run and attempt for one environment, whoever tells of it."""
    run = record["workflow_run"]
    attempt = run.get("run_attempt") if type(run) is dict else None
    return f"{_RUN.read(record)}:{attempt}:{record.get('environment')}:requested"


DEPLOYMENTS = (
    form(
        "deployment_review requested: the request",
        ("deployment_review.requested",),
        {
            **_DEPLOYMENT,
            "id": computed("repository, run, attempt and environment", _review_id),
            "action": constant("requested"),
            "occurred_at": first(utc_time("since"), DELIVERED_AT),
            "actor": first(user("requestor"), user("sender")),  # codespell:ignore requestor
        },
    ),
    form(
        "deployment_review requested: whoever is asked",
        ("deployment_review.requested",),
        {
            **_DEPLOYMENT,
            "id": event_id(":asked"),
            "action": constant("assigned"),
            "occurred_at": first(utc_time("since"), DELIVERED_AT),
            "assignee": party(
                digits("asked.reviewer.id"),
                namespace=computed(
                    "asked.type, of a team",
                    lambda r: "team" if r["asked"].get("type") == "Team" else None,
                ),
                name=text("asked.reviewer.login", "asked.reviewer.slug"),
            ),
        },
        each=(("asked", "reviewers"),),
        keeps=lambda scope: type(scope["asked"]) is dict,
    ),
    form(
        "deployment_review approved, rejected",
        ("deployment_review.approved", "deployment_review.rejected"),
        {
            **_DEPLOYMENT,
            "action": one_of("action", {"approved": "approved", "rejected": "denied"}),
            "actor": needed(first(user("approver"), user("sender")), field="approver"),
            "justification": text("comment"),
        },
    ),
)


def _state(record: Record) -> str | None:
    """Tell a review's state, which older payloads write in capitals."""
    review = record["review"]
    state = review.get("state") if type(review) is dict else None
    return state.lower() if type(state) is str else None


REVIEWS = (
    form(
        "pull_request_review: the pull request",
        ("pull_request_review.submitted",),
        {
            "id": tagged("opened", _PULL),
            "case": needed(_PULL, field="pull_request.number"),
            "action": constant("requested"),
            "occurred_at": needed(utc_time("pull_request.created_at"), "a time"),
            "actor": needed(user("pull_request.user"), field="pull_request.user"),
        },
        fits=lambda record: _state(record) in STATES,
    ),
    form(
        "pull_request_review submitted",
        ("pull_request_review.submitted",),
        {
            "id": tagged("review", digits("review.id")),
            "case": needed(_PULL, field="pull_request.number"),
            "action": computed("review.state", lambda r: STATES[_state(r) or ""], words=STATES),
            "occurred_at": utc_time("review.submitted_at"),
            "actor": needed(user("review.user"), field="review.user"),
            "justification": text("review.body"),
            "workflow": part(
                "id", id=text("repository.full_name"), version=text("review.commit_id")
            ),
            "outcome": text("review.state"),
        },
        fits=lambda record: _state(record) in STATES,
    ),
)


FORMS = (*DEPLOYMENTS, *REVIEWS)
