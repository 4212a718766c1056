"""The native event: a CloudEvents 1.0 envelope in our own words, so that it needs no translation.

`type` is `iga.` and the action, `subject` the case; `data` holds the rest. With `iga.tick` a source
says up to when it has reported. What `data` has beyond these fields is ignored: people, proofs and
owners are stamped at intake and are not for a source to claim.
"""

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Literal

import msgspec

from rules.events import Action, ActorKind
from stream.connectors.table import (
    MISSING,
    UNSPEAKABLE,
    YEAR_MAX,
    YEAR_MIN,
    Connector,
    Form,
    Record,
    RefusalKind,
    Term,
    Tree,
    Unfit,
    agreed,
    an_object,
    duration,
    list_within,
    name,
    needed,
    one_of,
    said,
    shape_of,
    shapes_within,
    text,
    texts,
    truth,
    utc_time,
    whole,
    within,
)

PREFIX = "iga."
TICK = "iga.tick"
TYPES = {f"{PREFIX}{action.value}": action.value for action in Action}
ACTIONS = {action.value: action.value for action in Action}
KINDS = {kind.value: kind.value for kind in ActorKind}

PARTY: Mapping[str, Term] = {
    "account": name("account"),
    "kind": one_of("kind", KINDS),
    "namespace": text("namespace"),
    "name": text("name"),
}
ENTITLEMENT: Mapping[str, Term] = {
    "id": name("id"),
    "type": text("type"),
    "name": text("name"),
    "system": text("system"),
    "privileged": truth("privileged"),
    "criticality": text("criticality"),
}
EVIDENCE: Mapping[str, Term] = {
    "kind": name("kind"),
    "ref": text("ref"),
    "digest": text("digest"),
}
WORKFLOW: Mapping[str, Term] = {
    "id": name("id"),
    "version": text("version"),
    "step": text("step"),
    # An empty name says that nobody owns it, which OWN-001 is about.
    "owner": said("owner"),
}
STEP: Mapping[str, Term] = {
    "invocation": text("invocation"),
    "extension": text("extension"),
    "version": text("version"),
    "digest": text("digest"),
    "destination": text("destination"),
}
EVENT: Mapping[str, Term] = {
    "id": needed(name("id")),
    "source": needed(name("source")),
    "action": needed(agreed(one_of("type", TYPES), one_of("data.action", ACTIONS))),
    "case": agreed(name("subject"), name("data.case")),
    "occurred_at": utc_time("time"),
    "tenant": name("data.tenant"),
    "sequence": whole("data.sequence"),
    "links": texts("data.links"),
    "actor": within("data.actor", PARTY, needs="account"),
    "on_behalf_of": within("data.on_behalf_of", PARTY, needs="account"),
    "beneficiary": within("data.beneficiary", PARTY, needs="account"),
    "assignee": within("data.assignee", PARTY, needs="account"),
    "stage": text("data.stage"),
    "entitlement": within("data.entitlement", ENTITLEMENT, needs="id"),
    "scope": texts("data.scope"),
    "duration": duration("data.duration"),
    "justification": text("data.justification"),
    "evidence": list_within("data.evidence", EVIDENCE, needs="kind"),
    "workflow": within("data.workflow", WORKFLOW, needs="id"),
    "step": within("data.step", STEP),
    "outcome": text("data.outcome"),
}


ENVELOPE = Form(
    title="CloudEvents envelope",
    recognised_by="type iga.<action>",
    rows=EVENT,
)
PROGRESS = Form(
    title="Report of progress",
    recognised_by="type iga.tick",
    rows={"source": needed(name("source")), "until": needed(utc_time("time"), "a time")},
)


def _sorted(record: Record) -> tuple[Form, ...]:
    """Find what a CloudEvent tells; nothing where it is not of our vocabulary. Raises Unfit."""
    version = record.get("specversion")
    if version != "1.0":
        found = MISSING if version is None else version
        kind = RefusalKind.MISSING_FIELD if version is None else RefusalKind.UNKNOWN_VALUE
        raise Unfit(found, "'1.0', as CloudEvents have it", kind, field="specversion")
    if "data_base64" in record:
        found = record["data_base64"]
        raise Unfit(found, "JSON in 'data'", RefusalKind.WRONG_TYPE, field="data_base64")
    kind_of_event = record.get("type")
    if kind_of_event == TICK:
        return (PROGRESS,)
    # What is no text is for the table to refuse.
    is_ours = type(kind_of_event) is not str or kind_of_event.startswith(PREFIX)
    return (ENVELOPE,) if is_ours else ()


_TOLD = an_object(
    {
        "specversion": Literal["1.0"],
        "id": shape_of(EVENT["id"]),
        "source": shape_of(EVENT["source"]),
        "type": str,
        "subject": shape_of(EVENT["case"]),
        "time": str,
        "data": an_object(shapes_within(EVENT, "data")),
        "data_base64": UNSPEAKABLE,
    },
    needed=frozenset({"specversion", "id", "source", "type", "time", "data"}),
)
_decode = msgspec.json.Decoder(_TOLD).decode


def _quick(line: bytes) -> Tree | None:
    """Read an event of which everything is plainly sound; None: the table says what it is.

    It gives what the table gives, in a third of the time. One thing is not seen here: a number
    too large for anybody, in a field that nobody reads.
    """
    try:
        told = _decode(line.decode())
        at = datetime.fromisoformat(told["time"])
    except (msgspec.MsgspecError, ValueError):
        return None
    action = TYPES.get(told["type"])
    tree: Tree = told["data"]
    case = told.get("subject")
    if (
        action is None
        or tree.setdefault("action", action) != action
        or (case is not None and tree.setdefault("case", case) != case)
        or at.tzinfo is not UTC
        or not YEAR_MIN <= at.year <= YEAR_MAX
        # An empty part is left out.
        or ("step" in tree and not tree["step"])
    ):
        return None
    tree["id"], tree["source"], tree["occurred_at"] = told["id"], told["source"], at
    return tree


NATIVE = Connector(
    name="native",
    title="Native events (CloudEvents 1.0, type iga.<action>)",
    forms=(ENVELOPE,),
    told=PROGRESS,
    sort=_sorted,
    quick=_quick,
    scope_fields=("type",),
    joins="By `subject`; an event without one is joined by the ids in `data.links`.",
    delay=timedelta(seconds=30),
    open_vocabulary=True,
    sequenced=True,
)
