"""A row of execution_data: what a request said, and what was answered while it waited.

Webhooks carry whatever their author chose. Read are bodies that say `requester`, `subject` (or
`beneficiary`), `entitlement` (or `entitlements`), `justification`, `risk` and `requestId`; and, of
what came later, bodies that say `decision` and `approver`. A decision that has come with the
request's own webhook was made by a node of the workflow: nobody was asked.
"""

from collections.abc import Iterator
from datetime import UTC, datetime

from stream.connectors.n8n.flatted import Flat
from stream.connectors.table import Record, RefusalKind, Unfit

RUNS_MAX = 2000
"""Runs of nodes of one execution that are looked at."""
MILLISECONDS_MAX = 7_258_118_400_000
"""The year 2200."""
ASKED = ("requestId", "requester", "subject", "beneficiary", "entitlement", "justification", "risk")
ANSWERED = ("approver", "decision", "evidence", "ticket", "note")


def opened(record: Record) -> Record:
    """Put what the execution's data tells in place of the data. Raises Unfit."""
    flat = Flat(record["data"])
    told = {key: value for key, value in record.items() if key != "data"}
    told["execution"] = _number(record["executionId"])
    bodies = [body for run in _runs(flat) for body in _bodies(flat, run)]
    if bodies:
        told["request"] = _request(flat, bodies[0])
        told["decisions"] = list(_decisions(flat, bodies))
    return told


def _number(told: object) -> str | None:
    """Write an execution's number as the event log does. Raises Unfit."""
    if type(told) is int or (type(told) is str and told):
        return str(told)
    raise Unfit(told, "the number of an execution", RefusalKind.WRONG_TYPE, field="executionId")


def _runs(flat: Flat) -> list[Record]:
    """List the runs of nodes in the order in which they took place."""
    by_node = flat.go("resultData", "runData")
    runs: list[Record] = []
    for node in by_node if type(by_node) is dict else ():
        for run in flat.each(flat.get(by_node, node)):
            at, order = flat.get(run, "startTime"), flat.get(run, "executionIndex")
            if type(at) is int and 0 <= at < MILLISECONDS_MAX and type(order) is int:
                runs.append({"node": node, "at": at, "order": order, "run": run})
    return sorted(runs, key=lambda run: (run["at"], run["order"]))[:RUNS_MAX]


def _bodies(flat: Flat, run: Record) -> Iterator[Record]:
    """List the bodies among the items that a run gave, with what came around each."""
    for output in flat.each(flat.get(flat.get(run["run"], "data"), "main")):
        for item in flat.each(output):
            told = flat.get(item, "json")
            body = flat.get(told, "body")
            if type(body) is dict:
                url = flat.get(told, "webhookUrl")
                yield {"node": run["node"], "at": run["at"], "body": body, "url": url}


def _texts(flat: Flat, body: Record, names: tuple[str, ...]) -> Record:
    """Take the texts that stand under these names."""
    found = ((name, flat.get(body, name)) for name in names)
    return {name: value for name, value in found if type(value) is str and value}


def _time(found: Record) -> datetime:
    return datetime.fromtimestamp(found["at"] / 1000, UTC)


def _request(flat: Flat, found: Record) -> Record:
    body = found["body"]
    several = flat.get(body, "entitlements")
    texts = [each for each in flat.each(several) if type(each) is str]
    return {
        **_texts(flat, body, ASKED),
        "entitlements": texts or None,
        "at": _time(found),
        "node": found["node"],
    }


def _decisions(flat: Flat, bodies: list[Record]) -> Iterator[Record]:
    """List what was decided; nodes pass bodies on, so each content counts once."""
    first, seen = bodies[0], set()
    for found in bodies[1:]:
        if "decision" not in found["body"]:
            continue
        told = _texts(flat, found["body"], ANSWERED)
        content = tuple(told.items())
        if "decision" not in told or content in seen:
            continue
        seen.add(content)
        yield {
            **told,
            "node": found["node"],
            "at": _time(found),
            "inside": found["url"] == first["url"],
            "number": len(seen),
        }
