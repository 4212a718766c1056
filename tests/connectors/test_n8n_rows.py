"""n8n's rows: what a request said, what was answered, and who changed which version."""

import orjson
import pytest

from rules.events import Action, ActorKind
from stream.connectors import MalformedEventError
from stream.connectors.n8n import N8N
from tests.connectors.n8n_examples import (
    ASKED,
    AT,
    DATA,
    PUBLISHED,
    SAVED,
    STARTED,
    data,
    flatted,
    row,
    run,
    webhook,
)
from tests.connectors.reading import events


def test_the_data_tells_who_asked_for_what_and_who_answered() -> None:
    """Names in a body are claims: they compare with each other, never with a user of n8n."""
    requested, approved, evidenced = events(N8N, DATA)

    assert (requested.action, approved.action) == (Action.REQUESTED, Action.APPROVED)
    assert requested.case == approved.case == events(N8N, STARTED)[0].case
    assert requested.links == ("n8n-execution:14", "request:REQ-7")
    assert requested.actor is not None
    assert requested.beneficiary is not None
    assert requested.entitlement is not None
    assert approved.actor is not None
    assert (requested.actor.account, requested.actor.namespace) == ("ann", "claimed")
    assert (requested.beneficiary.account, requested.justification) == ("bo", "on call")
    assert (requested.entitlement.id, requested.entitlement.criticality) == ("db-admin", "high")
    assert (approved.actor.account, approved.actor.namespace) == ("cy", "claimed")
    assert [(each.kind, each.ref) for each in evidenced.evidence] == [("reference", "EV-7")]
    assert (evidenced.action, evidenced.actor) == (Action.EVIDENCED, approved.actor)
    assert (approved.occurred_at - requested.occurred_at).total_seconds() == 60


def test_nodes_pass_a_decision_on_and_it_counts_once() -> None:
    """What came in at the wait stands in every node after it."""
    assert [event.action for event in events(N8N, DATA)].count(Action.APPROVED) == 1


def test_a_waiting_execution_has_asked_and_not_decided() -> None:
    """The wait gives the request's own body on until somebody answers."""
    waiting = data(Request=run(AT, 0, ASKED), Wait=run(AT, 1, ASKED))

    assert [event.action for event in events(N8N, waiting)] == [Action.REQUESTED]


def test_a_decision_that_came_with_the_request_was_made_by_a_node() -> None:
    """A Code node approves in somebody's name: nobody was asked."""
    body = {**ASKED["body"], "approver": "ann", "decision": "approve", "note": "auto-approved"}
    _, decided = events(
        N8N, data(Request=run(AT, 0, ASKED), Approve=run(AT, 1, webhook("access", **body)))
    )

    assert decided.actor is not None
    assert decided.on_behalf_of is not None
    assert (decided.action, decided.actor.account, decided.actor.kind) == (
        Action.AUTO_APPROVED,
        "Approve",
        ActorKind.SERVICE,
    )
    assert decided.on_behalf_of.account == "ann"


@pytest.mark.parametrize(
    ("decision", "action"),
    [("approve", Action.APPROVED), ("Refuse", Action.DENIED), ("later", Action.DECIDED)],
)
def test_an_answer_is_told_in_words_we_know_or_is_only_decided(
    decision: str, action: Action
) -> None:
    """What nobody can tell is not called an approval."""
    answer = webhook("wait", approver="cy", decision=decision)
    told = events(N8N, data(Request=run(AT, 0, ASKED), Wait=run(AT + 1, 0, answer)))

    assert told[1].action is action


def test_a_bundle_asks_for_several_at_once() -> None:
    """None of several is the entitlement."""
    body = webhook("bundle", subject="bo", requestId="REQ-8", entitlements=["vpn", "crm"])
    (event,) = events(N8N, data(Request=run(AT, 0, body)))

    assert (event.entitlement, event.scope, event.actor) == (None, ("vpn", "crm"), None)


def test_rows_tell_who_changed_which_version() -> None:
    """Who put it in force by id, who wrote it by name: the two do not compare."""
    (published,), (saved,) = events(N8N, PUBLISHED), events(N8N, SAVED)

    assert published.actor is not None
    assert saved.actor is not None
    assert (published.actor.account, published.actor.namespace) == ("u-ben", None)
    assert (saved.actor.account, saved.actor.namespace) == ("Ben Builder", "name")
    assert saved.workflow is not None
    assert (saved.workflow.version, saved.outcome) == ("v-2", "saved")


def test_data_that_refers_to_itself_is_walked_and_not_followed() -> None:
    """A loop, a number that is none, and a chain as long as the text: nothing grows."""
    loop = (
        '[{"resultData":"1"},{"runData":"2"},{"A":"3"},["4"],'
        '{"data":"4","startTime":1,"executionIndex":0,"main":"3"}]'
    )
    nowhere = '[{"resultData":"99"}]'
    chain = orjson.dumps([{"resultData": "1"}, *([f"{n}"] for n in range(2, 10_000))]).decode()

    for text in (loop, nowhere, chain, flatted({"resultData": {"runData": 7}})):
        with pytest.raises(MalformedEventError):
            events(N8N, row(text))
