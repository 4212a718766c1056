"""GitHub: reviews of deployments and pull requests, members, apps, rules, hooks; the audit log."""

from datetime import timedelta

from stream.connectors.github import audit, payloads, reviews, rights
from stream.connectors.table import Connector, Record


def word(record: Record) -> str | None:
    """Tell what a record is, which only a header would say."""
    return audit.word(record) if audit.is_audit(record) else payloads.word(record)


GITHUB = Connector(
    name="github",
    title="GitHub webhooks and audit log",
    forms=(*reviews.FORMS, *rights.FORMS, *audit.FORMS),
    word=word,
    scope_fields=("review.state", "action"),
    opened=payloads.delivered,
    joins=(
        "Deployment reviews by the workflow run, reviews of code by the pull request, both with "
        "the repository before them, since numbers repeat. Memberships, keys and rules name no "
        "case."
    ),
    delay=timedelta(minutes=15),
    never={
        "id and occurred_at (webhooks)": "Both are in a delivery's headers. Over HTTP the id is "
        "kept; a payload without it is named by its content, and two equal ones are one.",
        "whose an account is": "Memberships name logins and ids, and no person; SCIM documents do.",
        "occurred_at (deployment review)": "When it was asked for is told, when it was decided is "
        "not.",
        "beneficiary (reviews)": "A deployment is for nobody in particular.",
        "evidence": "Comments only; checks are other events.",
        "step.destination (deployments)": "What a job calls is not reported.",
    },
)
