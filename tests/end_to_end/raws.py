"""One raw file for each of several sources, and what has to be compared of what comes of it."""

import json
from collections.abc import Iterator
from copy import deepcopy
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import orjson

from tests.benchmarks.events import SOURCE, raw_events, tick
from tests.connectors.entra_examples import APPROVED, GRAPH
from tests.connectors.sailpoint_examples import ANN, DECIDED
from tests.connectors.test_teleport import CREATED, REVIEWED
from tests.end_to_end.replayed import replay

CASES = 60
GATEWAY = "iga/gateway"
POLICY = f"""
[policy]
version = "same-findings"
owner = "tests"

[sources."{SOURCE}"]
progress = "told"

[sources."{GATEWAY}"]
progress = "told"
"""


def raws(now: datetime) -> dict[str, list[bytes]]:
    """The lines of each source's file, by connector; all of it happened in the hours before `now`.

    What becomes due by the clock does so later than a test takes. So findings come only of what a
    source tells of its own progress, which reaches no further than an hour ago: what the others
    report is younger, and nobody's word makes its evidence due.
    """
    begin = now - timedelta(minutes=5)
    return {
        "native": list(native(now - timedelta(hours=4))),
        "sailpoint": [orjson.dumps(sailpoint(number)) for number in range(3)],
        "teleport": [orjson.dumps(each) for each in teleport(begin)],
        "entra": [orjson.dumps(each) for each in entra(begin)],
    }


def native(begin: datetime) -> Iterator[bytes]:
    """The common work, with its workflow's calls as the gateway logs them: by execution id alone.

    One call the gateway has not logged, and it logged one that no workflow has made. In the end
    both sources say that they have told everything.
    """
    calls: list[dict[str, Any]] = []
    for line in raw_events(CASES, begin=begin):
        event = json.loads(line)
        if event["type"] == "iga.step_invoked":
            number = len(calls)
            event["data"]["links"] = [f"execution:{number}"]
            calls.append(call(event, number))
        yield orjson.dumps(event)
    yield from (orjson.dumps(each) for each in calls if each["id"] != "call-0")
    stray = deepcopy(calls[0]) | {"id": "call-stray"}
    stray["data"]["links"] = ["execution:nobody's"]
    yield orjson.dumps(stray)
    for source in (SOURCE, GATEWAY):
        yield tick(begin + timedelta(hours=3)).replace(SOURCE.encode(), source.encode())


def call(event: dict[str, Any], number: int) -> dict[str, Any]:
    """The other side of a call, as the gateway logs it."""
    told = {"tenant": "acme", "links": [f"execution:{number}"], "step": event["data"]["step"]}
    return {
        "specversion": "1.0",
        "id": f"call-{number}",
        "source": GATEWAY,
        "type": "iga.step_recorded",
        "time": event["time"],
        "data": {**told, "actor": {"account": "svc-workflow", "kind": "service"}},
    }


def sailpoint(number: int) -> dict[str, Any]:
    """A decision in which one identity asks, gets and approves. It tells no time."""
    decided = deepcopy(DECIDED) | {"accessRequestId": f"req-{number}", "requestedFor": ANN}
    info = decided["requestedItemsStatus"][0]["approvalInfo"][:1]
    info[0] |= {"approverName": "Bo.Berg", "approver": ANN}
    decided["requestedItemsStatus"][0]["approvalInfo"] = info
    return decided


def teleport(begin: datetime) -> Iterator[dict[str, Any]]:
    """Requests, each reviewed; the first by who made it."""
    for number, reviewer in enumerate(["ann", "bo", "cy"]):
        of = {"id": f"tele-{number}", "time": said(begin + timedelta(seconds=number))}
        yield {**CREATED, **of, "uid": f"made-{number}"}
        yield {**REVIEWED, **of, "uid": f"seen-{number}", "reviewer": reviewer}


def entra(begin: datetime) -> Iterator[dict[str, Any]]:
    """Activations, each approved; the first by who asked for it."""
    for number in range(3):
        details = deepcopy(GRAPH["additionalDetails"])
        details[0]["value"] = f"pim-{number}"
        at = {"activityDateTime": said(begin + timedelta(seconds=number))}
        own = {"additionalDetails": details, **at}
        yield {**GRAPH, **own, "id": f"asked-{number}"}
        by = GRAPH["initiatedBy"] if number == 0 else APPROVED["initiatedBy"]
        yield {**APPROVED, **own, "id": f"approved-{number}", "initiatedBy": by}


def said(at: datetime) -> str:
    """A time as the vendors write it."""
    return at.astimezone(UTC).isoformat().replace("+00:00", "Z")


def write(lines: list[bytes], path: Path) -> Path:
    """Write a file of JSON lines."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def comparable(lines: list[bytes]) -> list[bytes]:
    """Findings, sorted; those about payloads that tell no time without the time.

    What SailPoint's triggers send is taken as of its arrival, which is another moment each way.
    """
    return sorted(_comparable(line) for line in lines)


def _comparable(line: bytes) -> bytes:
    finding = orjson.loads(line)
    if finding["source"] != "sailpoint":
        return line
    return orjson.dumps({key: value for key, value in finding.items() if key != "at"})


def replayed(of_sources: dict[str, list[bytes]], directory: Path) -> list[bytes]:
    """What `foureyes replay` finds in these files, one after the other; comparable."""
    policy = directory / "policy.toml"
    policy.write_text(POLICY)
    found: list[bytes] = []
    for name, lines in of_sources.items():
        done = replay(write(lines, directory / name), "--source", name, "--policy", policy)
        assert done.code == 0, done.err
        found += done.out.splitlines()
    return comparable(found)
