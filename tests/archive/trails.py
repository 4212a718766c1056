"""A small company's trail, as the judge itself writes it: the archive's tests read this."""

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from rules.events import (
    UNLINKED_CASE,
    Action,
    ActorKind,
    Entitlement,
    Event,
    Evidence,
    Party,
    Workflow,
)
from rules.machines.contract import TRAIL, Output, Record
from rules.machines.joining import Joined, write_joined
from rules.machines.judge import Judge
from rules.machines.keeping import Act, Keeping, write_keeping
from rules.machines.late import write_facts
from rules.machines.lying import Telling
from rules.machines.parting import Parted, write_parted
from rules.machines.records import (
    EVERY_SOURCE,
    Refusal,
    SourceDeclared,
    write_events,
    write_policy,
    write_refusal,
    write_source,
    write_ticks,
)
from rules.machines.set_aside import SetAside, write_set_aside
from rules.policy import Policy
from stream.archive.trail import Parts
from stream.canonical import CODEC, write

NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LANE = "iga/0"
TENANT = "acme"
HUMAN = ActorKind.HUMAN
ANN = Party(account="ann", kind=HUMAN, person="P-1", proof="hr")
BO = Party(account="bo", kind=HUMAN, person="P-2", proof="hr")
CY = Party(account="cy", kind=HUMAN)
WIKI = Entitlement(id="wiki", name="Wiki readers", privileged=False, criticality="low")
PAY = Entitlement(id="pay", name="Payments operator", system="SAP", privileged=True)
TICKET = Evidence(kind="ticket", ref="CHG-1234")
EVERY_FIELD = ("actor", "beneficiary", "entitlement", "evidence", "justification", "on_behalf_of")


@dataclass
class Company:
    """Writes a journal and lets the judge of one partition read it; `trail` is what it says."""

    partition: int = 0
    trail: list[Record] = field(default_factory=list)
    said: int = 0

    def __post_init__(self) -> None:
        self.judge = Judge(self.partition, CODEC)
        self.tell(write_policy(CODEC, Policy(version="2026-11", owner="ciso")))
        self.tell(
            write_source(
                CODEC,
                SourceDeclared(
                    source="iga",
                    connector="native",
                    carries=tuple(sorted(Action)),
                    tells=EVERY_FIELD,
                    lanes=(LANE,),
                ),
            )
        )

    def tell(self, value: bytes) -> None:
        """Let the judge read one record of the journal."""
        self._hear(self.judge.feed([Record(self.said, value)]))
        self.said += 1

    def decide(self, act: Act, **more: Any) -> None:
        """Let two people decide what is kept."""
        words = {"reason": "court order", "author": "ann", "approver": "bo", "decided_at": NINE}
        self.tell(write_keeping(CODEC, Keeping(act=act, **{**words, **more})))

    def upgrade(self) -> None:
        """Let the present rules take over from those of a release before."""
        self._hear(self.judge.adopt("0"))

    def _hear(self, said: Sequence[Output]) -> None:
        for output in said:
            if output.log == TRAIL:
                self.trail.append(Record(len(self.trail), output.value))

    def tick(self, at: datetime) -> None:
        """Say that everybody has reported up to then."""
        self.tell(write_ticks(CODEC, LANE, {EVERY_SOURCE: at}))

    def refuse(self, number: int) -> None:
        """Something could not be read."""
        refusal = Refusal(
            source="iga", place=f"{LANE}@{number}", kind="shape", reason="no id", digest="sha256:0"
        )
        self.tell(write_refusal(CODEC, refusal))

    def join(self, gone: int, into: int) -> None:
        """One case is the same as another."""
        tenant = TENANT if gone % 2 else None
        one, other = (f"REQ-{self.partition}-{number}" for number in (gone, into))
        told = Joined(tenant, one, other, self.partition, self.partition, "a record carries both")
        self.tell(write_joined(CODEC, told))

    def part(self, number: int) -> None:
        """What was given may be another case's."""
        tenant = TENANT if number % 2 else None
        case = f"REQ-{self.partition}-{number}"
        gone = Telling("iga", f"{case}-2", ())
        own = f"{UNLINKED_CASE}execution:1/{gone.id}"
        because = "another case carries execution:1 too"
        self.tell(write_parted(CODEC, Parted(tenant, case, own, because, (gone,))))

    def set_aside(self) -> None:
        """A machine could not take a record, and two people went on without it."""
        decision = SetAside(
            role="linker",
            partition=0,
            offset=7,
            digest="sha256:0",
            reason="torn in a restore",
            author="ann",
            approver="bo",
            decided_at=NINE,
        )
        self.tell(write_set_aside(CODEC, decision))

    def learn(self) -> None:
        """It becomes known who stands behind an account."""
        known = [[None, {"person": "P-late", "proof": "hr"}]]
        ways = [{"source": EVERY_SOURCE, "since": known}]
        self.tell(write_facts(CODEC, [{"account": "late-link", "ways": ways}]))

    def happen(self, events: Sequence[Event]) -> None:
        """Report events, a few in a frame."""
        for at in range(0, len(events), 7):
            self.tell(write_events(CODEC, LANE, [write(each) for each in events[at : at + 7]]))


@dataclass
class ToldTrail:
    """A trail that is told a few records at a time, as a log that is still being written is."""

    records: Sequence[Record]
    partitions: Sequence[int] = (0,)
    seconds: float = 0.0
    """How long it takes to the next few."""

    async def read(self, partition: int, position: int, *, follow: bool) -> Parts:
        """Give what there is, and then nothing any more."""
        assert partition in self.partitions
        for at in range(position, len(self.records), 3):
            yield self.records[at : at + 3]
            await asyncio.sleep(self.seconds)
        while follow:
            yield []
            await asyncio.sleep(self.seconds)

    def close(self) -> None:
        """There is nothing to let go of."""


def case_events(number: int, at: datetime, partition: int = 0) -> Iterator[Event]:
    """One decision: every fourth is approved by who asked, every fifth never gets its evidence."""
    case = f"REQ-{partition}-{number}"
    asker, right = (ANN, PAY) if number % 3 else (CY, WIKI)
    decider = asker if number % 4 == 0 else BO
    with_evidence = () if number % 5 == 0 else (TICKET,)
    steps = (
        (Action.REQUESTED, asker, ()),
        (Action.APPROVED, decider, with_evidence),
        (Action.PROVISIONED, None, ()),
    )
    for step, (action, actor, evidence) in enumerate(steps):
        yield Event(
            id=f"{case}-{step}",
            source="iga",
            action=action,
            tenant=TENANT if number % 2 else None,
            case=case,
            links=(f"execution:{partition}-{number}",) if step == 0 else (),
            occurred_at=at + timedelta(minutes=step),
            observed_at=at + timedelta(minutes=step, seconds=3),
            actor=actor,
            beneficiary=asker,
            entitlement=right,
            justification="Quarter end close" if action is Action.REQUESTED else None,
            evidence=evidence,
            workflow=Workflow(id=f"wf-{number % 2}", version="7", owner="team-iam"),
        )


def company(cases: int = 12, *, partition: int = 0, days: int = 4) -> Company:
    """Cases a quarter of an hour apart, then some days of silence; the last few stay open."""
    told = Company(partition)
    for number in range(cases):
        at = NINE + timedelta(minutes=15 * number)
        told.happen(list(case_events(number, at, partition)))
        told.tick(at)
    told.refuse(1)
    told.set_aside()
    told.learn()
    told.upgrade()
    told.decide(Act.HOLD, case=f"REQ-{partition}-2")
    # Told twice, and late evidence that takes a finding back.
    told.happen(list(case_events(0, NINE, partition)))
    end = NINE + timedelta(days=days)
    told.tick(end)
    told.happen(list(case_events(cases, end, partition)))
    told.happen([late_evidence(5, end, partition)] if cases > 5 else [])
    # Two cases that turn out to be one.
    told.happen(list(case_events(cases + 2, end, partition)))
    told.join(cases + 2, cases)
    # An event that turns out not to be known to be of its case.
    told.part(cases)
    told.tick(end + timedelta(minutes=5))
    return told


def late_evidence(number: int, at: datetime, partition: int = 0) -> Event:
    """Evidence for a case that was found to have none."""
    case = f"REQ-{partition}-{number}"
    return Event(
        id=f"{case}-late",
        source="iga",
        action=Action.EVIDENCED,
        tenant=TENANT if number % 2 else None,
        case=case,
        occurred_at=at - timedelta(days=4),
        actor=BO,
        evidence=(TICKET,),
    )
