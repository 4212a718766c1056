"""XES: a trace is a case, a resource an account, and no entity is ever expanded."""

import gzip
import io
from typing import Any

import orjson
import pytest

from rules.events import Action, ActorKind, Event
from stream.connectors import MalformedEventError, Told
from stream.connectors.xes import XES, with_activities
from stream.connectors.xes.parsing import parse
from tests.connectors.reading import SAMPLES, Json, events, outcomes, refusal

LOG = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0" xmlns="http://www.xes-standard.org/">
  <global scope="event"><string key="concept:name" value="UNKNOWN"/></global>
  <string key="concept:name" value="Claims"/>
  <trace>
    <string key="concept:name" value="c-7"/>
    <string key="department" value="General"/>
    <event>
      <string key="concept:name" value="register request"/>
      <string key="org:resource" value="Ann"/>
      <date key="time:timestamp" value="2026-10-01T10:00:00.000+02:00"/>
      <string key="lifecycle:transition" value="complete"/>
      <string key="org:group" value="Group 1"/>
      <string key="concept:instance" value="task-42933"/>
      <string key="Costs" value="50"/>
      <list key="extra"><values><string key="concept:name" value="inside"/></values></list>
    </event>
    <event>
      <string key="concept:name" value="check ticket"/>
      <string key="org:resource" value="Bo"/>
      <string key="org:group" value="Group 4"/>
      <string key="concept:instance" value="task-42935"/>
      <string key="Costs" value="100"/>
      <date key="time:timestamp" value="2026-10-01T10:00:00.000+02:00"/>
    </event>
    <event>
      <string key="concept:name" value="check ticket"/>
      <string key="org:resource" value="Cy"/>
      <date key="time:timestamp" value="2026-10-01T10:05:00.000+02:00"/>
      <string key="lifecycle:transition" value="start"/>
    </event>
  </trace>
  <trace>
    <event>
      <string key="concept:name" value="pay compensation"/>
      <string key="org:resource" value="SYSTEM"/>
      <string key="lifecycle:transition" value="complete"/>
      <string key="org:group" value="Group 2"/>
      <string key="concept:instance" value="task-42940"/>
      <string key="Costs" value="200"/>
      <date key="time:timestamp" value="2026-10-02T10:00:00"/>
    </event>
  </trace>
</log>
"""


def documents(log: str | bytes) -> list[Json]:
    """Parse a log into documents."""
    body = log.encode() if isinstance(log, str) else log
    return [orjson.loads(document) for _, document in parse(io.BytesIO(body))]


EXAMPLES: tuple[Json, ...] = tuple(documents(LOG)[:2] + documents(LOG)[3:])


def read(log: str | bytes) -> list[Event]:
    """Read a log's steps; what is no step is left out."""
    found = [each for doc in documents(log) for each in outcomes(XES, orjson.dumps(doc))]
    return [each for each in found if not isinstance(each, MalformedEventError | Told)]


def event(name: str, resource: str, **more: str) -> Json:
    """Make a document as the parser gives it."""
    told = {
        "concept:name": name,
        "org:resource": resource,
        "time:timestamp": "2026-10-01T08:00:00Z",
    }
    return {
        "trace": {"concept:name": "c-1"},
        "event": {**told, **{key.replace("_", ":"): value for key, value in more.items()}},
        "number": 3,
        "index": 1,
        "of_trace": 1,
    }


def test_a_trace_is_a_case_and_a_resource_an_account() -> None:
    """The activity is the stage, and what it is in our words."""
    asked, checked, _ = read(LOG)

    assert (asked.action, checked.action) == (Action.REQUESTED, Action.APPROVED)
    assert asked.case == checked.case == "xes:c-7"
    assert asked.actor is not None
    assert (asked.actor.account, asked.stage) == ("Ann", "register request")


def test_ties_keep_the_order_of_the_file() -> None:
    """Of one moment, the first in the file was first."""
    asked, checked, _ = read(LOG)

    assert asked.occurred_at == checked.occurred_at
    assert (asked.sequence, checked.sequence) == (1, 2)


def test_only_what_was_completed_counts() -> None:
    """A log with a life cycle tells of each activity several times."""
    assert len(read(LOG)) == 3
    assert "expected a step" in refusal(XES, documents(LOG)[2])


def test_a_trace_without_a_name_is_its_place() -> None:
    """And a resource that is called system is no person."""
    paid = read(LOG)[2]

    assert (paid.case, paid.id) == ("xes:trace-2", "trace-2:0")
    assert paid.actor is not None
    assert paid.actor.kind is ActorKind.SERVICE


def test_an_attribute_inside_another_is_not_the_events() -> None:
    """Nor is what the log or its globals say."""
    first = documents(LOG)[0]

    assert first["event"]["concept:name"] == "register request"
    assert first["trace"] == {"concept:name": "c-7"}


@pytest.mark.parametrize(
    ("activity", "resource", "action", "kind"),
    [
        ("A_SUBMITTED", "112", Action.REQUESTED, ActorKind.SERVICE),
        ("A_APPROVED", "10138", Action.APPROVED, ActorKind.UNKNOWN),
        ("Permit APPROVED by SUPERVISOR", "batch_07", Action.APPROVED, ActorKind.SERVICE),
        ("Declaration REJECTED by MISSING", "bo", Action.DENIED, ActorKind.UNKNOWN),
        ("Permit FINAL_APPROVED by DIRECTOR", "bo", Action.APPROVED, ActorKind.UNKNOWN),
    ],
)
def test_published_logs_have_words_and_machines_of_their_own(
    activity: str, resource: str, action: Action, kind: ActorKind
) -> None:
    """In one of them, resource 112 is the automation."""
    (told,) = events(XES, event(activity, resource))

    assert told.actor is not None
    assert (told.action, told.actor.kind) == (action, kind)


@pytest.mark.parametrize("office", ["STAFF MEMBER", "UNKNOWN", "MISSING", ""])
def test_an_office_is_nobody(office: str) -> None:
    """Everybody in it has the same resource: read as an account, all would be one person."""
    assert events(XES, event("Permit APPROVED by SUPERVISOR", office))[0].actor is None


def test_a_log_of_another_process_brings_its_own_words() -> None:
    """And then no other log's words count."""
    own = with_activities({"Prüfung": "approved"})

    assert [each.action for each in events(own, event("Prüfung", "bo"))] == [Action.APPROVED]
    assert "expected a step" in refusal(own, event("check ticket", "bo"))


REFUSALS: dict[str, tuple[Json, str]] = {
    "an-activity-of-no-meaning": (
        event("T02 Check confirmation of receipt", "bo"),
        "acme: field 'event.concept:name' is 'T02 Check confirmation of receipt'; expected a step",
    ),
    "no-time": (
        event("check ticket", "bo", time_timestamp="later"),
        "acme: field 'event.time:timestamp' is 'later'; expected a time with a zone",
    ),
    "a-value-that-is-too-long": (
        event("check ticket", "b" * 8193),
        "acme: field 'event.org:resource' is 'bbb",
    ),
    "an-event-that-is-none": (
        {"trace": {}, "event": "check ticket"},
        "acme: field 'event' is 'check ticket'; expected an object",
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever exports the log reads what was expected."""
    assert refusal(XES, document).startswith(sentence)


def sample(name: str) -> list[Event]:
    """Read one of the published logs."""
    packed = (SAMPLES / "xes" / f"{name}.xes.gz").read_bytes()
    return read(gzip.decompress(packed))


def same_person(found: list[Event], one: str, other: str) -> tuple[int, int]:
    """Count the cases with both activities, and those where one person did both."""
    by_case: dict[str | None, dict[str | None, set[Any]]] = {}
    for each in found:
        who = each.actor.account if each.actor else None
        by_case.setdefault(each.case, {}).setdefault(each.stage, set()).add(who)
    both = [told for told in by_case.values() if {one, other} <= told.keys()]
    return len(both), sum(1 for told in both if told[one] & told[other])


@pytest.mark.skipif(not SAMPLES.is_dir(), reason="no samples beside the checkout")
@pytest.mark.parametrize(
    ("name", "one", "other", "counted"),
    [
        (
            "receipt",
            "T11 Create document X request unlicensed",
            "T12 Check document X request unlicensed",
            (40, 31),
        ),
        ("running-example", "check ticket", "pay compensation", (3, 2)),
    ],
)
def test_published_logs_show_what_another_tool_counted(
    name: str, one: str, other: str, counted: tuple[int, int]
) -> None:
    """How often both steps were done, and how often by one person."""
    assert same_person(sample(name), one, other) == counted
