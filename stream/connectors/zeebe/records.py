"""What an exported record tells: its name, its time, its keys, and what a task answered."""

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import orjson

from stream.connectors.table import Record, RefusalKind, Term, Unfit, computed, reach, whole

MILLISECONDS_MAX = 7_258_118_400_000
"""The year 2200."""
INSTANCES = ("PROCESS_INSTANCE", "WORKFLOW_INSTANCE")
"""Before Camunda 8, processes were called workflows."""
USER_TASK_JOB = "io.camunda.zeebe:userTask"
ASSIGNEE = "io.camunda.zeebe:assignee"
APPROVED = {"approved": "approved", "approve": "approved", "accept": "approved"}
DENIED = {"denied": "denied", "deny": "denied", "rejected": "denied", "reject": "denied"}
ANSWERS: Mapping[str, str] = {**APPROVED, **DENIED}
DECIDED_IN = ("decision", "outcome")
"""Variables in which a completed task may carry its answer; `approved` may be true or false."""
VARIABLES: Mapping[str, str] = {
    "requester": "requested",
    "beneficiary": "amended",
    "justification": "amended",
    "reason": "amended",
    "comment": "amended",
    "ticket": "evidenced",
    "evidence": "evidenced",
}
"""Variables of a process that say something of a request, and which step each is."""


def word(record: Record) -> str | None:
    """Tell an event by what it is of and what happened: `USER_TASK COMPLETED`."""
    if record.get("recordType") != "EVENT":
        return None
    kind, intent = record.get("valueType"), record.get("intent")
    if kind in INSTANCES:
        whole_process = reach(record, ("value", "bpmnElementType")) == "PROCESS"
        return f"INSTANCE {intent}" if whole_process else None
    if kind == "JOB":
        is_task = reach(record, ("value", "type")) == USER_TASK_JOB
        return f"{'TASK ' if is_task else ''}JOB {intent}"
    if kind == "VARIABLE":
        name = reach(record, ("value", "name"))
        return f"VARIABLE {name}" if intent in ("CREATED", "UPDATED") else None
    return f"{kind} {intent}"


_PARTITION, _POSITION = whole("partitionId"), whole("position")
_KEYS = ("processInstanceKey", "workflowInstanceKey")


def event_id(record: Record) -> str:
    """Name a record by its partition and position: an exporter may write it more than once."""
    partition, position = _PARTITION.read(record), _POSITION.read(record)
    if partition is None or position is None:
        where = "partitionId" if partition is None else "position"
        raise Unfit(None, "a whole number", RefusalKind.MISSING_FIELD, field=where)
    return f"{partition}-{position}"


def moment(record: Record) -> datetime | None:
    value: Any = record.get("timestamp")
    if value is None:
        return None
    if type(value) is not int or not 0 <= value < MILLISECONDS_MAX:
        expected = "milliseconds since 1970"
        raise Unfit(value, expected, RefusalKind.BAD_TIME, field="timestamp")
    return datetime.fromtimestamp(value / 1000, UTC)


def key(*places: str) -> Term:
    """A key: a number of up to 63 bits, as text."""
    paths = [(place, tuple(place.split("."))) for place in places]

    def read(record: Record) -> str | None:
        for place, path in paths:
            found = reach(record, path)
            if found is None or found == -1:
                continue
            if type(found) is not int:
                raise Unfit(found, "a key", RefusalKind.WRONG_TYPE, field=place)
            return str(found)
        return None

    return computed(" or ".join(places), read)


def number(place: str) -> Term:
    """A version number, as text."""
    number = whole(place)

    def read(record: Record) -> str | None:
        found = number.read(record)
        return None if found is None else str(found)

    return computed(place, read)


_INSTANCE = key(*(f"value.{key}" for key in _KEYS))


def case(record: Record) -> str | None:
    key = _INSTANCE.read(record)
    return None if key is None else f"zeebe-instance:{key}"


def _answer(record: Record) -> str | None:
    """Read what a completed task answered, where its variables say so in a word we know."""
    variables = reach(record, ("value", "variables"))
    if type(variables) is not dict:
        return None
    if type(variables.get("approved")) is bool:
        return "approved" if variables["approved"] else "denied"
    for name in DECIDED_IN:
        told = variables.get(name)
        if type(told) is str and told.lower() in ANSWERS:
            return ANSWERS[told.lower()]
    return None


def decision(record: Record) -> str:
    """Tell a decision; a task was completed also where its variables do not say how."""
    return _answer(record) or "decided"


def variable(record: Record) -> str | None:
    """Read a variable's value, which is JSON in a text: only a text says something here."""
    told = reach(record, ("value", "value"))
    if type(told) is not str:
        raise Unfit(told, "JSON in a text", RefusalKind.WRONG_TYPE, field="value.value")
    try:
        value = orjson.loads(told)
    except ValueError as error:
        raise Unfit(told, f"JSON ({error})", RefusalKind.NOT_JSON, field="value.value") from error
    return value[:VALUE_CHARS_MAX] or None if type(value) is str else None


VALUE_CHARS_MAX = 1024
"""So much of a variable is read."""
