"""The native event: a CloudEvents 1.0 envelope in our own words, so that it needs no translation.

`type` is `iga.` and the action, `subject` the case; `data` holds the rest. With `iga.tick` a source
says up to when it has reported. What `data` has beyond these fields is ignored: people, proofs and
owners are stamped at intake and are not for a source to claim.
"""

from collections.abc import Mapping
from datetime import timedelta

from rules.events import Action, ActorKind
from stream.connectors.table import (
    MISSING,
    Connector,
    Form,
    Record,
    RefusalKind,
    Term,
    Unfit,
    agreed,
    duration,
    list_within,
    name,
    needed,
    one_of,
    said,
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


NATIVE = Connector(
    name="native",
    title="Native events (CloudEvents 1.0, type iga.<action>)",
    forms=(ENVELOPE,),
    told=PROGRESS,
    sort=_sorted,
    scope_fields=("type",),
    joins="By `subject`; an event without one is joined by the ids in `data.links`.",
    delay=timedelta(seconds=30),
    open_vocabulary=True,
    sequenced=True,
)
