"""Real time for properties: two intakes, each with a clock of its own, and the judge they feed."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from rules.machines.contract import FINDINGS, HEALTH, JOURNAL, LINKS, Record
from rules.machines.judge import Judge
from rules.machines.linker import Linker
from rules.machines.records import write_policy
from rules.machines.routing import Layout
from rules.policy import EvidencePolicy, Policy, SourcePolicy
from stream.canonical import CODEC
from stream.clock import FixedClock
from stream.connectors import connector
from stream.intake.intake import Intake
from stream.intake.lane import Lane

SOURCE = "iga/acme"
BEGIN = datetime(2026, 11, 2, 9, tzinfo=UTC)
APPROVED_AT = BEGIN + timedelta(minutes=10)
DUE_WITHIN = timedelta(minutes=15)
GRACE = timedelta(minutes=2)
DEADLINE = APPROVED_AT + DUE_WITHIN + GRACE
STEP = timedelta(seconds=60)
DELAY = timedelta(seconds=100)
"""What is declared: nothing arrives later than that, clocks and transport together."""
SKEW = timedelta(seconds=20)
"""How far any clock may be from the true time."""
TRANSPORT = timedelta(seconds=40)
LANES = ("raw/0", "raw/1")
LAYOUT = Layout(journal=1, links=1)
RULE = "EVD-002"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sent:
    """A native event on its way: what its source's clock said, and when it truly arrives."""

    action: str
    case: str
    occurred_at: datetime
    arrives_at: datetime
    lane: int = 0

    def line(self) -> bytes:
        """As the source sends it."""
        data: dict[str, Any] = {"actor": {"account": "bo", "kind": "human"}}
        if self.action == "requested":
            data = {"actor": {"account": "ann", "kind": "human"}, "justification": "Quarter end"}
        return orjson.dumps(
            {
                "specversion": "1.0",
                "id": f"{self.case}-{self.action}-{self.occurred_at.isoformat()}",
                "source": SOURCE,
                "type": f"iga.{self.action}",
                "subject": self.case,
                "time": self.occurred_at,
                "data": data,
            }
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Down:
    """From when until when the process of a lane is not there."""

    begin: datetime
    end: datetime

    def holds(self, now: datetime) -> bool:
        """Whether it is down now."""
        return self.begin <= now < self.end


@dataclass(slots=True)
class InTime:
    """Both lanes and the judge, moved through the true time step by step.

    `skews` is how far each intake's clock is ahead; `chunk` is how many records an intake takes
    at a step.
    """

    sent: Sequence[Sent]
    skews: tuple[timedelta, timedelta]
    down: tuple[Down, Down]
    chunk: int = 1000
    silent_after: timedelta | None = None
    changes: list[tuple[datetime, str]] = field(default_factory=list)
    """When what was said of the evidence rule: the true time, and the change."""
    untold: list[datetime] = field(default_factory=list)
    """When the judge said that it can not tell."""
    _judge: Judge = field(default_factory=lambda: Judge(0, CODEC))
    _linker: Linker = field(default_factory=lambda: Linker(0, LAYOUT, CODEC))
    _clocks: list[FixedClock] = field(default_factory=list)
    _intakes: list[Intake] = field(default_factory=list)
    _now: datetime = BEGIN
    _taken: list[int] = field(default_factory=lambda: [0, 0])

    def __post_init__(self) -> None:
        """Begin with the policy in the journal."""
        policy = Policy(
            evidence=EvidencePolicy(due_within=DUE_WITHIN, grace=GRACE),
            sources=(SourcePolicy(name=SOURCE, delay=DELAY, silent_after=self.silent_after),),
        )
        self._judge.feed([Record(0, write_policy(CODEC, policy))])
        for name in LANES:
            lane = Lane(
                name=name,
                source="native",
                connector=connector("native"),
                lanes=LANES,
                layout=LAYOUT,
                policy=policy,
                delay=DELAY,
            )
            clock = FixedClock(BEGIN)
            self._clocks.append(clock)
            self._intakes.append(Intake(lane, clock, lambda _: None))

    def run(self, until: datetime, step: timedelta = STEP) -> None:
        """Go on until the true time is `until`."""
        while self._now <= until:
            for number in range(len(LANES)):
                if not self.down[number].holds(self._now):
                    self._lane(number, self._now)
            self._now += step

    def _lane(self, number: int, now: datetime) -> None:
        clock, intake = self._clocks[number], self._intakes[number]
        clock.advance(now + self.skews[number] - clock.now())
        waiting = sorted(
            (each for each in self.sent if each.lane == number and each.arrives_at <= now),
            key=lambda each: each.arrives_at,
        )[self._taken[number] :]
        taken = waiting[: self.chunk]
        self._taken[number] += len(taken)
        records = [
            Record(n, each.line(), int(each.arrives_at.timestamp() * 1000))
            for n, each in enumerate(taken)
        ]
        said = [*intake.feed(records), *intake.pulse(caught_up=len(taken) == len(waiting))]
        # Straight, and through the linker, whose ticks are waited for as well.
        asked = [Record(0, each.value) for each in said if each.log == LINKS]
        said += self._linker.feed(asked)
        fed = [Record(0, each.value) for each in said if each.log == JOURNAL]
        for output in self._judge.feed(fed):
            told = orjson.loads(output.value)
            if output.log == FINDINGS and told["rule"] == RULE:
                self.changes.append((now, told["change"]))
            if output.log == HEALTH and told.get("untold") == RULE:
                self.untold.append(now)
