"""A real run of n8n: what the connector shows of the facts that were computed beside it."""

import json
import re
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import orjson
import pytest

from rules.events import Action, Event, Party
from stream.cli import main
from stream.connectors import MalformedEventError, Told
from stream.connectors.gateway import GATEWAY
from stream.connectors.n8n import N8N
from tests.connectors.reading import SAMPLES, events, outcomes

RUN = SAMPLES / "n8n"
DATA = RUN / "db" / "execution_data.jsonl"
AFTER = "2026-12-25T00:00:00Z"
pytestmark = pytest.mark.skipif(not RUN.is_dir(), reason="no samples beside the checkout")


def read(*names: str) -> list[Event]:
    """Read files of the run as intake does; what is no step is left out."""
    found = [each for name in names for each in outcomes(N8N, (RUN / name).read_bytes())]
    return [each for each in found if not isinstance(each, MalformedEventError | Told)]


def log() -> list[Event]:
    """Read the event log, in whatever order its files are given."""
    return read("n8nEventLog.log", "n8nEventLog-1.log")


def facts() -> Any:
    """Load what was computed independently."""
    return json.loads((RUN / "facts.json").read_text())


def executions(found: Iterable[Event], *actions: Action) -> set[str]:
    """Collect the numbers of the executions with one of these steps."""
    return {
        (event.case or "").removeprefix("n8n-execution:")
        for event in found
        if event.action in actions and (event.case or "").startswith("n8n-execution:")
    }


def account(party: Party | None) -> str | None:
    """Take the text that compares."""
    return party.account if party else None


def test_every_execution_of_the_log_is_a_request() -> None:
    """68 in the log, whether or not a row is left of them."""
    assert len(executions(log(), Action.REQUESTED)) == facts()["executions"]["in the event log"]


def test_executions_without_a_row_are_still_in_the_log() -> None:
    """Deleted, or never saved."""
    rows = {
        str(orjson.loads(line)["id"])
        for line in (RUN / "db" / "execution_entity.jsonl").read_bytes().splitlines()
    }
    gone = executions(log(), Action.REQUESTED) - rows

    assert sorted(gone) == sorted(facts()["executions"]["in the log, not in the database"])


def test_who_deleted_which_execution_is_told() -> None:
    """Number 64, by Ben, two seconds after it."""
    (removed,) = [event for event in log() if event.action is Action.AUDIT_RECORD_REMOVED]

    assert removed.actor is not None
    assert (removed.case, removed.actor.name) == ("n8n-execution:64", "ben@acme.example")


def test_approvals_of_the_data_are_counted_once_each() -> None:
    """Two of them are refusals; what a Code node approved is not among them."""
    decided = [e for e in read("db/execution_data.jsonl") if e.action in _DECIDED]

    assert len(decided) == facts()["approvals seen in execution data"]
    assert executions(decided, Action.DENIED) == {"47", "48"}
    by_node = executions(read("db/execution_data.jsonl"), Action.AUTO_APPROVED)
    assert by_node == {"18", "19", "20", "21", "22", "23"}


_DECIDED = (Action.APPROVED, Action.DENIED)


def test_self_approvals_are_those_whose_accounts_are_equal() -> None:
    """All but one that wrote an address in place of a name: that needs a declared link."""
    told: dict[str | None, set[str | None]] = {}
    for event in read("db/execution_data.jsonl"):
        if event.action is Action.REQUESTED:
            told[event.case] = {account(event.actor), account(event.beneficiary)}
    own = {
        (event.case or "").removeprefix("n8n-execution:")
        for event in read("db/execution_data.jsonl")
        if event.action is Action.APPROVED and account(event.actor) in told[event.case]
    }

    assert own == set(facts()["self approvals by what the approval claims"]) - {"44"}


def test_approved_without_evidence_are_told() -> None:
    """Evidence comes with the decision, or not at all."""
    found = read("db/execution_data.jsonl")
    bare = executions(found, Action.APPROVED) - executions(found, Action.EVIDENCED)

    assert sorted(bare) == facts()["approved without evidence"]


def test_the_workflow_that_was_brought_in_was_never_created() -> None:
    """It appears by being activated."""
    published = [e for e in log() if e.action is Action.WORKFLOW_PUBLISHED and e.workflow]
    created = {e.workflow and e.workflow.id for e in published if e.outcome == "created"}
    activated = {e.workflow and e.workflow.id for e in published if e.outcome == "activated"}

    assert activated - created == {"importedChange01"}


def test_what_is_asked_of_a_workflow_is_answered_with_where_it_came_from(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """Who changed which version; and that nobody told how the one that was brought in began."""
    files = [str(RUN / name) for name in ("n8nEventLog-1.log", "n8nEventLog.log")]
    changes = [each for each in facts()["workflow changes in the event log"] if each["by"]]
    (change,) = [each for each in changes if each["workflowId"] == "importedChange01"]
    born = next(each["workflowId"] for each in changes if each["what"] == "created")
    told = {}
    for workflow in ("importedChange01", born):
        words = ("review", workflow, "--source", "n8n", "--until", AFTER, "--from", *files)
        main([*words])
        told[workflow] = capsys.readouterr().out

    unborn = "the first word of it is that it was activated: nobody told that it was created"
    assert unborn in told["importedChange01"]
    assert (
        f"activated {change['ts'][:16].replace('T', ' ')}Z by {change['by']}"
        in told["importedChange01"]
    )
    assert unborn not in told[born]


def test_who_changed_which_workflow_is_told_and_a_restart_changed_none() -> None:
    """Everything but what the restart wrote."""
    told = []
    for event in log():
        if event.action is Action.WORKFLOW_PUBLISHED:
            which = event.workflow.id if event.workflow else None
            who = event.actor.name if event.actor else None
            told.append((event.occurred_at.isoformat(), event.outcome, which, who))
    expected = [
        (each["ts"].replace("Z", "+00:00"), each["what"], each["workflowId"], each["by"])
        for each in facts()["workflow changes in the event log"]
        if each["by"]
    ]

    assert sorted((at[:19], what, which, who) for at, what, which, who in told) == sorted(
        (at[:19], what, which, who) for at, what, which, who in expected
    )


def calls() -> list[Event]:
    """Read the other side's calls."""
    return [event for entry in entries() for event in events(GATEWAY, entry)]


def entries() -> list[dict[str, Any]]:
    """Write the other side's calls as our gateway would."""
    found = []
    for line in (RUN / "stub_calls.jsonl").read_bytes().splitlines():
        call = orjson.loads(line)
        body = call["body"] if type(call["body"]) is dict else {}
        entry = {
            "id": f"stub-{call['seq']}",
            "time": call["time"],
            "method": call["method"],
            "url": f"http://target.acme.example{call['path']}",
            "engine": "n8n",
            "execution": call["headers"].get("x-correlation-id"),
            "request": body.get("requestId"),
            "status": call["answered"],
        }
        found.append({key: value for key, value in entry.items() if value is not None})
    return found


def test_calls_are_joined_by_execution_or_request_and_some_by_neither() -> None:
    """What carries no id can not be joined: no time is taken for one."""
    counted = facts()["stub calls"]
    known = {link for e in [*log(), *read("db/execution_data.jsonl")] for link in e.links}
    joined = {int(c.id.removeprefix("stub-")) for c in calls() if set(c.links) & known}
    bare = {int(c.id.removeprefix("stub-")) for c in calls() if not c.links}

    assert sorted(bare) == counted["with no id at all"]
    assert joined == {
        *counted["with a correlation id that names an execution in the event log"],
        *counted["with a request id found in execution data"],
    }
    assert 71 in bare


def opened(capsys: pytest.CaptureFixture[str], *words: str) -> set[tuple[str, str]]:
    """Replay, and collect (rule, case) of every finding that was opened."""
    assert main(["replay", *words, "--source", "n8n", "--until", AFTER, "--format", "jsonl"]) == 0
    lines = capsys.readouterr().out.splitlines()
    told = [json.loads(line) for line in lines]
    return {(each["rule"], each["case"]) for each in told if each["change"] == "opened"}


def test_with_the_data_the_findings_are_the_facts(capsys: pytest.CaptureFixture[str]) -> None:
    """Own requests, own access, and evidence that never came: no more and no less."""
    of_access = {"APR-001", "APR-004", "EVD-002"}
    found = {each for each in opened(capsys, str(DATA)) if each[0] in of_access}

    assert found == {
        *(("APR-001", f"n8n-execution:{number}") for number in (14, 15, 16, 17)),
        *(("APR-004", f"n8n-execution:{number}") for number in (45, 46)),
        *(("EVD-002", f"n8n-execution:{number}") for number in (12, 13)),
    }


def test_a_declared_link_finds_the_approval_under_another_name(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """Carol wrote an address in place of her name: that both are hers has to be declared."""
    people = tmp_path / "people.csv"
    people.write_text(
        "person,account,source,namespace,proof\n"
        "P-3,carol,n8n,claimed,declared\n"
        "P-3,Carol@ACME.EXAMPLE,n8n,claimed,declared\n"
    )
    found = opened(capsys, str(DATA), "--people", str(people))
    own = {each for each in found if each[0] in ("APR-001", "APR-002", "APR-004")}

    assert ("APR-002", "n8n-execution:44") in own
    assert sorted(case.removeprefix("n8n-execution:") for _, case in own) == sorted(
        facts()["self approvals by what the approval claims"]
    )


def test_from_the_log_alone_nobody_is_accused(capsys: pytest.CaptureFixture[str]) -> None:
    """It tells no approver: only the deleted record is a finding of an execution."""
    files = [str(RUN / name) for name in ("n8nEventLog-1.log", "n8nEventLog.log")]
    found = {each for each in opened(capsys, *files) if each[1].startswith("n8n-execution:")}

    assert found == {("EVD-005", "n8n-execution:64")}


def test_from_the_log_alone_every_decision_is_one_that_can_not_be_told(
    capsys: pytest.CaptureFixture[str],
) -> None:
    """It says that a wait has ended: neither who ended it nor with which answer."""
    case = min(executions(log(), Action.DECIDED))
    files = [str(RUN / name) for name in ("n8nEventLog-1.log", "n8nEventLog.log")]
    words = ("explain", f"n8n-execution:{case}", "--source", "n8n", "--until", AFTER)
    main([*words, "--from", *files])
    told = " ".join(capsys.readouterr().out.split())

    assert "n8n tells that somebody decided, and not what" in told
    assert "can not be told" in told


def named_by_a_shared_request() -> set[str]:
    """Collect the calls that tell nothing but a request which several executions have."""
    cases: dict[str, set[str | None]] = {}
    for event in read("db/execution_data.jsonl"):
        for link in event.links:
            cases.setdefault(link, set()).add(event.case)
    shared = {link for link, its in cases.items() if len(its) > 1 and link.startswith("request:")}
    return {call.id for call in calls() if call.links and shared.issuperset(call.links)}


def test_beside_its_gateway_the_calls_that_nothing_joins_are_the_findings(
    capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    """One run of both sources: intake, linker and judge, by `foureyes replay … --also gateway=…`.

    A call without an id, or with ids that n8n has nowhere or that two executions share, is one that
    no workflow has logged; the one that was made outside n8n is among them. A call that joined its
    execution is no finding: n8n names a node and the gateway a URL, so whether the two are one call
    can not be told.
    """
    path = tmp_path / "calls.jsonl"
    path.write_bytes(b"\n".join(orjson.dumps(each) for each in entries()))
    both_logs = [str(RUN / name) for name in ("n8nEventLog-1.log", "n8nEventLog.log")]
    words = [*both_logs, str(DATA), "--also", f"gateway={path}", "--source", "n8n"]
    assert main(["replay", *words, "--until", AFTER, "--format", "jsonl"]) == 0
    said = capsys.readouterr()
    told = [json.loads(line) for line in said.out.splitlines()]
    unlogged = {
        evidence
        for each in told
        if each["rule"] == "WHK-001" and each["summary"].startswith("gateway saw")
        for evidence in each["evidence"]
    }
    counted = facts()["stub calls"]
    nowhere = {
        *counted["with a request id found in no execution data"],
    } - {*counted["with a correlation id that names an execution in the event log"]}

    unjoined = {f"stub-{n}" for n in {*counted["with no id at all"], *nowhere}}
    assert unlogged == unjoined | named_by_a_shared_request()
    assert {f"stub-{n}" for n in counted["made directly, outside n8n"]} <= unlogged
    accused = {each["case"] for each in told if each["summary"].startswith("n8n says it called")}
    joined = {each["execution"] for each in entries() if "execution" in each}
    assert accused.isdisjoint(f"n8n-execution:{number}" for number in joined)
    # Nothing waits for its case any more, and what is undecided is counted.
    assert "waiting for their case" not in said.err
    assert re.search(r"0 still open \+ [1-9]\d* cannot tell", said.err)
