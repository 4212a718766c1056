"""Cases judged by the real judge and told: what the tests of `explain` begin with."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

from rules.events import Action, ActorKind, Entitlement, Event, Party, Workflow
from rules.explain import Story, explain
from rules.machines.contract import Record
from rules.machines.judge import Judge
from rules.machines.records import (
    SourceDeclared,
    write_events,
    write_policy,
    write_source,
    write_ticks,
)
from rules.policy import Policy
from stream.canonical import CODEC
from stream.case_reading import CaseRecord, History, case_record
from stream.case_search import CaseName

NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
EVERYTHING = (
    "actor",
    "assignee",
    "beneficiary",
    "duration",
    "entitlement",
    "evidence",
    "justification",
    "on_behalf_of",
    "outcome",
    "scope",
    "stage",
    "step",
    "workflow",
)

ANN = Party(account="ann", kind=ActorKind.HUMAN, name="Ann Ames", person="P-100", proof="hr")
BO = Party(account="bo", kind=ActorKind.HUMAN, name="Bo Berg", person="P-200", proof="hr")
CY = Party(account="cy", kind=ActorKind.HUMAN, person="P-300", proof="sso")
PROVISIONER = Party(account="svc-prov", kind=ActorKind.SERVICE, owner="P-900")
OPERATOR = Entitlement(
    id="ent-12",
    type="role",
    name="Payments operator",
    system="SAP-PRD",
    privileged=True,
    criticality="high",
)
POLICY = Policy(version="2026-11", owner="Ina Lopez")


def minutes(count: float) -> timedelta:
    """A span of minutes."""
    return timedelta(minutes=count)


def hours(count: float) -> timedelta:
    """A span of hours."""
    return timedelta(hours=count)


def step(number: int, at: timedelta, action: Action, actor: Party | None, **more: Any) -> Event:
    """One event of REQ-7 at acme, so long after nine o'clock."""
    fields = {"source": "iga/acme", "tenant": "acme", "case": "REQ-7"}
    return Event(
        id=f"REQ-7-{number}",
        action=action,
        occurred_at=NINE + at,
        actor=actor,
        **{**fields, **more},
    )


def wf(part: str) -> Workflow:
    """A step of the workflow that grants access."""
    return Workflow(id="wf-access", version="17", step=part, owner="team-iam")


Part = Event | timedelta | Policy
"""What is fed: an event, a tick of every source so long after nine, a policy."""


def judged(
    *parts: Part,
    sources: Iterable[str] = ("iga/acme",),
    tells: Iterable[str] = EVERYTHING,
    carries: Iterable[Action] = Action,
) -> CaseRecord:
    """Feed the judge in this order, and take the case out of it."""
    judge, history = Judge(0, CODEC), History()

    def feed(value: bytes) -> None:
        for output in judge.feed([Record(0, value)]):
            history.take(output)

    for source in sources:
        declared = SourceDeclared(
            source=source,
            connector="native",
            carries=tuple(carries),
            tells=tuple(tells),
            lanes=("lane",),
        )
        feed(write_source(CODEC, declared))
    name = CaseName(None, "")
    for part in parts:
        match part:
            case Policy():
                feed(write_policy(CODEC, part))
            case timedelta():
                feed(write_ticks(CODEC, "lane", {"*": NINE + part}))
            case _:
                name = CaseName(part.tenant, part.case or "")
                feed(write_events(CODEC, "lane", [CODEC.write(part)]))
    record = case_record(judge, name, history)
    assert record is not None
    return record


def story_of(record: CaseRecord) -> Story:
    """Tell a case."""
    return explain(record.file, record.said, record.history)
