"""What one destination's alerts are made of, and how a decision about one is noted."""

from dataclasses import dataclass, field
from datetime import datetime

from stream.desk.alert_groups import Group
from stream.desk.decisions import Decisions, Did
from stream.desk.delivery import Delivery
from stream.desk.desk import Desk
from stream.desk.group_book import GroupBook
from stream.desk.notes import InClear, Notes
from stream.desk.routing import Routes


@dataclass(slots=True, kw_only=True)
class AlertState:
    """The desk, the groups, the decisions; the routes and notes by which it is decided.

    `in_clear` reads findings by the names that people say.
    """

    destination: str
    routes: Routes
    desk: Desk
    book: GroupBook
    decisions: Decisions
    in_clear: InClear
    notes: Notes = field(default_factory=Notes)

    def decide(  # noqa: PLR0913, PLR0917 - what is told of a decision
        self,
        did: Did,
        reason: str,
        delivery: Delivery,
        now: datetime,
        group: Group | None = None,
        until: datetime | None = None,
    ) -> None:
        """Note a decision about a change of a finding."""
        route = group.route if group else self.routes.of(delivery.finding).name
        self.decisions.add(
            did,
            reason,
            at=now,
            finding=delivery.finding,
            kind=delivery.kind,
            route=route,
            group=group.key if group else "",
            until=until,
        )
