"""n8n: the log tells that somebody decided, the execution's data what and by whom it is claimed."""

from datetime import UTC, datetime
from typing import Any

import orjson
import pytest

from rules.events import Action, ActorKind
from stream.connectors import MalformedEventError
from stream.connectors.n8n import N8N
from tests.connectors.n8n_examples import (
    ACTIVATED,
    ASKED,
    AT,
    BEN,
    CALLS,
    DATA,
    DELETED,
    EXECUTION,
    INVITED,
    PUBLISHED,
    RESUMED,
    RUN_BY_HAND,
    SAVED,
    STARTED,
    UPDATED,
    WAITING,
    WORKFLOW,
    data,
    flatted,
    message,
    run,
    webhook,
)
from tests.connectors.reading import Json, events, outcomes, refusal


def test_a_time_is_spelled_two_ways_in_one_file() -> None:
    """(a) `+00:00` shortly after a start, `Z` later."""
    (later,) = events(N8N, STARTED)
    (early,) = events(N8N, {**STARTED, "ts": "2026-10-01T08:00:00.123+00:00"})

    assert early == later
    assert early.occurred_at == datetime(2026, 10, 1, 8, 0, 0, 123000, tzinfo=UTC)


def test_the_order_of_files_does_not_matter() -> None:
    """(b) The file with the higher number is the older: each message has its own time and id."""
    newer, older = (
        events(N8N, RESUMED)[0],
        events(N8N, {**WAITING, "ts": "2026-10-01T07:59:00Z"})[0],
    )

    assert sorted([newer, older], key=lambda event: event.occurred_at) == [older, newer]


def test_a_resume_is_no_second_request() -> None:
    """(c) It writes a second `executed`, no second `started`: only the start asks."""
    executed = message("Audit", "n8n.audit.workflow.executed", executionId="14", **WORKFLOW)

    assert [event.action for event in events(N8N, STARTED)] == [Action.REQUESTED]
    assert "expected a step" in refusal(N8N, executed)


def test_a_run_by_hand_is_known_by_its_user_and_not_by_is_manual() -> None:
    """(d) The log says `isManual: false` of a manual run."""
    (started,) = events(N8N, {**STARTED, "payload": {**STARTED["payload"], "mode": "manual"}})
    (by_hand,) = events(N8N, RUN_BY_HAND)

    assert started.outcome == "manual"
    assert by_hand.actor is not None
    assert (by_hand.actor.account, by_hand.actor.name) == ("u-ben", "ben@acme.example")


def test_an_execution_cut_off_ends_in_its_row_only() -> None:
    """(e) The log never ends it; the row says crashed, and both are one case."""
    (begun,), (cut_off,) = events(N8N, STARTED), events(N8N, EXECUTION)

    assert (cut_off.action, cut_off.outcome) == (Action.CANCELLED, "crashed")
    assert begun.case == cut_off.case == "n8n-execution:14"


def test_one_node_is_one_report_however_often_it_called() -> None:
    """(f) Items and retries are under one message; a Code node may call and is no calling node."""
    (call,) = events(N8N, CALLS)
    code = {**CALLS, "payload": {**CALLS["payload"], "nodeType": "n8n-nodes-base.code"}}

    assert call.step is not None
    assert (call.action, call.step.extension, call.step.destination) == (
        Action.STEP_INVOKED,
        "Provision",
        None,
    )
    assert "expected a step" in refusal(N8N, code)


def test_a_workflow_that_failed_is_no_failed_grant() -> None:
    """(g) The target may have acted and answered 500: what the log calls failed tells nothing."""
    failed = message("Workflow", "n8n.workflow.failed", executionId="14", success=False, **WORKFLOW)

    assert "field 'eventName' is 'n8n.workflow.failed'" in refusal(N8N, failed)


def test_a_deleted_execution_names_each_case_and_who_deleted_it() -> None:
    """(h) The rows are gone; the log keeps the executions, and the deletion joins their cases."""
    one, two = events(N8N, DELETED)

    assert (one.action, one.case, two.case) == (
        Action.AUDIT_RECORD_REMOVED,
        "n8n-execution:14",
        "n8n-execution:15",
    )
    assert one.actor is not None
    assert (one.actor.account, one.id != two.id) == ("u-ben", True)


def test_a_change_of_settings_counts_at_once() -> None:
    """(i) Unpublished, on an active workflow: what was switched off is told."""
    (event,) = events(N8N, UPDATED)

    assert (event.action, event.scope) == (
        Action.WORKFLOW_PUBLISHED,
        ("saveDataSuccessExecution: None → none",),
    )


def test_a_row_says_which_version_an_execution_began_with() -> None:
    """(j) A waiting request runs the version it started with, whatever was published since."""
    requested, approved, _ = events(N8N, {**DATA, "workflowId": "wf-1"})

    assert requested.workflow is not None
    assert requested.workflow == approved.workflow
    assert requested.workflow.version == "v-1"


def test_a_restart_publishes_nothing() -> None:
    """(k) It writes `activated` for every active workflow, by nobody."""
    payload = {**WORKFLOW, "activeVersionId": "v-1", "activationMode": "init"}
    (by_ben,) = events(N8N, ACTIVATED)

    assert by_ben.actor is not None
    assert by_ben.actor.account == "u-ben"
    assert "expected a step" in refusal(N8N, {**ACTIVATED, "payload": payload})


def test_publishing_goes_through_a_deactivation() -> None:
    """(k) Both are changes of the definition; neither says that it was switched off for good."""
    payload = {**WORKFLOW, **BEN, "deactivatedVersionId": "v-0"}
    off = message("Audit", "n8n.audit.workflow.deactivated", **payload)

    told = [events(N8N, each)[0] for each in (off, ACTIVATED)]

    assert [(each.action, each.outcome) for each in told] == [
        (Action.WORKFLOW_PUBLISHED, "deactivated"),
        (Action.WORKFLOW_PUBLISHED, "activated"),
    ]


def test_execution_numbers_carry_the_engines_name() -> None:
    """(l) A number that a call carries may be forged, or another engine's: never a bare number."""
    (event,) = events(N8N, STARTED)

    assert event.links == ("n8n-execution:14",)


def test_the_log_tells_that_somebody_decided_and_not_what() -> None:
    """Four eyes can not be told from it: no approver, no answer, no evidence."""
    (waiting,), (resumed,) = events(N8N, WAITING), events(N8N, RESUMED)

    assert (waiting.action, resumed.action) == (Action.ASSIGNED, Action.DECIDED)
    assert (resumed.actor, resumed.evidence, resumed.justification) == (None, (), None)


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


def test_a_confirmation_is_no_record() -> None:
    """n8n's receipt for a message of its own: it tells of nothing and is not refused."""
    confirmation = {"__type": "$$EventMessageConfirm", "confirm": "x", "ts": "2026-10-01T08:00:00Z"}
    body = b"\n".join(orjson.dumps(each) for each in (STARTED, confirmation, WAITING, confirmation))

    assert [getattr(each, "action", each) for each in outcomes(N8N, body)] == [
        Action.REQUESTED,
        Action.ASSIGNED,
    ]


def test_each_invitation_is_a_request_for_an_account() -> None:
    """By whoever invites; who signs up later is the same case."""
    one, two = events(N8N, INVITED)

    assert (one.case, two.case) == ("n8n-user:u-cleo", "n8n-user:u-dan")
    assert one.beneficiary is not None
    assert one.beneficiary.account == "u-cleo"


def test_rows_tell_who_changed_which_version() -> None:
    """Who put it in force by id, who wrote it by name: the two do not compare."""
    (published,), (saved,) = events(N8N, PUBLISHED), events(N8N, SAVED)

    assert published.actor is not None
    assert saved.actor is not None
    assert (published.actor.account, published.actor.namespace) == ("u-ben", None)
    assert (saved.actor.account, saved.actor.namespace) == ("Ben Builder", "name")
    assert saved.workflow is not None
    assert (saved.workflow.version, saved.outcome) == ("v-2", "saved")


def row(text: str) -> dict[str, Any]:
    """Make a row of execution_data with any data."""
    return {"executionId": 14, "workflowVersionId": "v-1", "data": text}


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


REFUSALS: dict[str, tuple[Json, str]] = {
    "a-login": (
        message("Audit", "n8n.audit.user.login.success", **BEN),
        "acme: field 'eventName' is 'n8n.audit.user.login.success'; expected a step",
    ),
    "no-execution": (
        message("Audit", "n8n.audit.workflow.resumed", workflowId="wf-1"),
        "acme: field 'payload.executionId' is missing; expected text that is not empty",
    ),
    "data-that-is-no-json": (row("[{"), "acme: field 'data' is '[{'; expected JSON ("),
    "data-of-another-form": (
        row("{}"),
        "acme: field 'data' is '{}'; expected a list of items (flatted)",
    ),
    "an-execution-that-succeeded": (
        {**EXECUTION, "status": "success"},
        "acme: field 'status' is 'success'; expected a step",
    ),
    "a-row-of-another-table": (
        {"id": "u-1", "email": "ann@acme.example"},
        "acme: the record is",
    ),
    "no-time": ({**STARTED, "ts": None}, "acme: field 'ts' is missing; expected a time"),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever exports the log or the rows reads what was expected."""
    assert refusal(N8N, document).startswith(sentence)
