"""XES event logs (IEEE 1849): a case a trace, an account a resource, a step an activity.

Events of one moment keep the order of the file. Only what was completed counts, where a log tells
the life cycle of its activities. Times without a zone are read as UTC.
"""

from collections.abc import Mapping
from datetime import timedelta
from functools import partial

from rules.events import Action, ActorKind
from stream.connectors.table import (
    Connector,
    Form,
    Record,
    Term,
    computed,
    first,
    needed,
    part,
    party,
    read_by,
    text,
    utc_time,
    whole,
)
from stream.connectors.xes.activities import KNOWN, OFFICES, PATTERNS, action_of, is_machine
from stream.connectors.xes.parsing import parse

STEP = "step"
COMPLETED = frozenset({"complete", ""})
ACTIVITY, RESOURCE = "event.concept:name", "event.org:resource"
WORDS = {**KNOWN, **{pattern.pattern: word for pattern, word in PATTERNS}}

_ACTIVITY, _RESOURCE = text(ACTIVITY), text(RESOURCE)
_LIFE = text("event.lifecycle:transition")
_TRACE = text("trace.concept:name", "trace.identity:id")


def _opened(activities: Mapping[str, str], record: Record) -> Record:
    """Put beside an event what its activity is, and how its trace is called. Raises Unfit.

    A trace without a name is called by its number in the log.
    """
    return {
        **record,
        "step": action_of(_ACTIVITY.read(record) or "", activities),
        "called": _TRACE.read(record) or f"trace-{record.get('of_trace')}",
    }


def _id(record: Record) -> str:
    """Name an event by its place in its trace: an export of more traces names it the same."""
    return f"{record['called']}:{record.get('index')}"


def _is_completed(record: Record) -> bool:
    """Leave out what was only scheduled or begun."""
    return (_LIFE.read(record) or "").lower() in COMPLETED


def _actor(record: Record) -> Record | None:
    """Take a resource for an account, unless it stands for everybody of an office."""
    resource = _RESOURCE.read(record)
    if resource is None or resource.lower() in OFFICES:
        return None
    if is_machine(_ACTIVITY.read(record) or "", resource):
        return {"account": resource, "kind": ActorKind.SERVICE.value}
    return {"account": resource}


_ACTOR = read_by(
    _actor,
    party(
        computed("event.org:resource, unless an office", lambda _: None),
        kind=computed("event.org:resource of a machine", lambda _: None, words=("service",)),
    ),
)


def _rows(words: Mapping[str, str]) -> Mapping[str, Term]:
    return {
        "id": first(text("event.identity:id"), computed("trace and place in it", _id)),
        "sequence": whole("number"),
        "case": computed("xes:<trace concept:name>", lambda record: f"xes:{record['called']}"),
        "action": computed(ACTIVITY, lambda record: record["step"], words=words),
        "occurred_at": needed(utc_time("event.time:timestamp", zone_left_out=True), "a time"),
        "actor": _ACTOR,
        "stage": _ACTIVITY,
        "workflow": part("id", id=text("trace.workflow", "trace.concept:model"), step=_ACTIVITY),
        "outcome": _LIFE,
    }


def with_activities(activities: Mapping[str, str] | None = None) -> Connector:
    """Make the connector for a log whose activities are these; None: those of published logs.

    `activities` gives one of our actions for each activity that is a step of a decision.
    """
    told = KNOWN if activities is None else {k: Action(v).value for k, v in activities.items()}
    return Connector(
        name="xes",
        title="XES event logs (IEEE 1849), for foureyes replay",
        forms=(
            Form(
                title="Event",
                recognised_by="concept:name, as listed under action, once completed",
                words=frozenset({STEP}),
                fits=_is_completed,
                rows=_rows(WORDS if told is KNOWN else told),
            ),
        ),
        opened=partial(_opened, told),
        word=lambda record: record["step"] and STEP,
        scope_fields=(ACTIVITY,),
        parse=parse,
        may_lack_case=False,
        joins=(
            "By the trace (xes:<its concept:name>). A trace without a name is a case by its place "
            "in the log."
        ),
        delay=timedelta(hours=24),
        never={
            "beneficiary": "A log names who did a step, not for whom.",
            "entitlement": "What was decided about stands in attributes of each log's own.",
            "justification": "A log has no reasons.",
            "evidence": "A log has no attachments.",
            "actor.kind": "Only resources that are called so, or are known to be, are machines.",
            "step": "A log does not tell what a step called.",
        },
    )


XES = with_activities()
