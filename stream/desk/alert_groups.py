"""A group of alerts at one destination: what of it was told, and what waits to be."""

from collections.abc import Collection
from dataclasses import dataclass, field, replace
from datetime import datetime

from rules.finding import Finding, Severity
from stream.desk.delivery import Delivery, Kind
from stream.desk.holding import Bell, Hold
from stream.desk.routing import worst


@dataclass(slots=True, kw_only=True)
class Waiting:
    """A change that was heard and not told yet. `noted` is the hold that was last decided.

    `place` counts what was heard, so that what is told together is told in that order.
    """

    delivery: Delivery
    place: int
    since: datetime
    noted: Hold | None = None

    @property
    def finding(self) -> Finding:
        """What it says."""
        return self.delivery.finding

    @property
    def rings(self) -> bool:
        """Whether it is news that somebody is called for."""
        return self.delivery.kind is Kind.FIRING


@dataclass(slots=True, kw_only=True)
class Group:
    """Alerts that are told together: `told` are those that stand, each as bad as it was told."""

    key: str
    route: str
    opened_at: datetime
    waiting: list[Waiting] = field(default_factory=list)
    told: dict[str, Severity] = field(default_factory=dict)
    rung_at: datetime | None = None
    repeats: int = 0
    acknowledged_by: str | None = None

    @property
    def is_empty(self) -> bool:
        """Whether nothing of it stands or waits."""
        return not self.told and not self.waiting

    def ringing(self) -> list[Waiting]:
        """What waits and would ring."""
        return [each for each in self.waiting if each.rings]

    def without(self, places: Collection[int]) -> "Group":
        """The same, as if what waits at these places did not."""
        return replace(self, waiting=[each for each in self.waiting if each.place not in places])

    def held_of(self, finding: str) -> list[Waiting]:
        """What of a finding would ring and was held."""
        return [
            each
            for each in self.ringing()
            if each.finding.finding == finding and each.noted is not None
        ]

    def has_waiting(self, finding: str) -> bool:
        """Whether anything of a finding waits."""
        return any(each.finding.finding == finding for each in self.waiting)

    def take_over(self, finding: str, before: "Group") -> None:
        """Take what another group has of a finding."""
        if finding in before.told:
            self.told[finding] = before.told.pop(finding)
        moving = [each for each in before.waiting if each.finding.finding == finding]
        before.waiting = [each for each in before.waiting if each not in moving]
        self.waiting += moving

    def bell(self, rings: tuple[datetime, ...], *, escalates: bool) -> Bell:
        """How its bell stands."""
        ringing = self.ringing()
        return Bell(
            waiting=[each.finding.severity for each in ringing],
            since=min((each.since for each in ringing), default=self.opened_at),
            opened_at=self.opened_at,
            told=worst(self.told.values()) if self.told else None,
            rung_at=self.rung_at,
            rings=rings,
            escalates=escalates,
        )


def untold(group: Group) -> list[Waiting]:
    """What would ring, and what else is to be told of findings of which nobody has heard."""
    return [each for each in group.waiting if each.rings or each.finding.finding not in group.told]


def passes(group: Group, waiting: Waiting) -> bool:
    """Whether a change is told though its group is held: no bell, about what was told."""
    return not waiting.rings and waiting.finding.finding in group.told
