"""What one destination is told when: the desk's news, routed, grouped, held and decided upon.

Pure: no I/O and no clock. Every change of a finding that is heard ends in a decision: it is told,
or dropped with the reason; one that is held is told later, or dropped when it is withdrawn.
"""

from collections.abc import Iterable, Iterator
from datetime import datetime

from stream.canary.sighting import ROW as CANARY_ROW
from stream.canary.sighting import Lookout, Sighting
from stream.desk.alert_groups import Group, Waiting, passes, untold
from stream.desk.alert_state import AlertState
from stream.desk.decisions import ROW as DECISION_ROW
from stream.desk.decisions import Decisions, Did
from stream.desk.delivery import Delivery, Kind
from stream.desk.desk import Desk, Memory
from stream.desk.group_book import GROUP_ROW, RINGS_ROW, GroupBook
from stream.desk.holding import Bell, Hold, held
from stream.desk.notes import InClear, Notes, as_recorded
from stream.desk.parcels import Parcel, packed, under_another_id
from stream.desk.routing import Route, Routes
from stream.desk.silencing import drop, hear_whose, note_hold, silence


class Alerts:
    """The desk of one destination with its routes.

    - `take` hears a finding change; `due` gives what is to be delivered now, in the order in which
      it was heard; `settle` is told when that has arrived, and what of it was refused for good.
      `due` without a `settle` after it has told nothing, and gives the same again.
    - with `folds` one delivery tells all that rings of a group.
    - `standing` and `stands` are the desk's, without what was never told.
    - `changes` and `restore` are rows, as the desk's are.
    """

    def __init__(  # noqa: PLR0913 - what it decides by has names
        self,
        destination: str,
        *,
        resends: bool,
        folds: bool = False,
        routes: Routes | None = None,
        memory: Memory | None = None,
        in_clear: InClear = as_recorded,
    ) -> None:
        routes = routes or Routes()
        remembers = resends or routes.repeats
        self._desk = Desk(destination, remembers=remembers, memory=memory)
        self._book = GroupBook(destination)
        self._state = AlertState(
            destination=destination,
            routes=routes,
            desk=self._desk,
            book=self._book,
            decisions=Decisions(destination),
            in_clear=in_clear,
        )
        self._folds = folds
        self._heard = 0
        self._parcels: list[Parcel] = []
        self._canary = Lookout()

    # --- what is heard --------------------------------------------------------------------------

    def take(self, line: bytes, now: datetime) -> None:
        """Hear one finding change. Raises UnreadableRecordError."""
        delivery = self._desk.take(line, now)
        if delivery is None:
            return
        finding = delivery.finding.finding
        group = self._group_for(delivery, now)
        if group is None:
            self._state.decide(Did.DROPPED, self._why_not(delivery), delivery, now)
            self._desk.drop(finding)
        elif delivery.kind is Kind.RESOLVED and self._was_only_held(group, finding):
            because = delivery.finding.because or "no reason was given"
            self._drop_held(group, finding, f"withdrawn before it was told: {because}", now)
            reason = f"it stands down unheard: {because}"
            self._state.decide(Did.DROPPED, reason, delivery, now, group)
            self._book.leave(finding)
        else:
            self._wait(group, delivery, now)

    def _wait(self, group: Group, delivery: Delivery, now: datetime) -> None:
        since = now
        if delivery.kind is not Kind.EVENT:
            finding = delivery.finding.finding
            since = min((each.since for each in group.held_of(finding)), default=now)
            self._drop_held(group, finding, "a later change takes its place", now)
        self._heard += 1
        group.waiting.append(Waiting(delivery=delivery, place=self._heard, since=since))
        self._book.touch(group)

    def heed(self, notes: Notes) -> None:
        """Know what people have said: who looks after what, and what is silenced."""
        self._state.notes = notes

    def _group_for(self, delivery: Delivery, now: datetime) -> Group | None:
        """The group of a finding, made if need be; None: nobody is to be told here."""
        finding = delivery.finding
        known, route = self._book.of(finding.finding), self._state.routes.of(finding)
        tells, escalates = (
            route.tells(self._state.destination),
            route.escalates_to(self._state.destination),
        )
        begins = tells or (escalates and delivery.kind is Kind.FIRING)
        if known is None and not begins:
            return None
        if known is not None and not (tells or escalates):
            return known
        return self._book.put(finding.finding, route.group_of(finding), route, now)

    def _why_not(self, delivery: Delivery) -> str:
        route = self._state.routes.of(delivery.finding)
        if route.escalates_to(self._state.destination):
            return "it was never told here"
        return f"route {route.name} tells {', '.join(route.destinations)}"

    def _was_only_held(self, group: Group, finding: str) -> bool:
        return finding not in group.told and bool(group.held_of(finding))

    # --- what is due ----------------------------------------------------------------------------

    def due(self, now: datetime) -> list[Delivery]:
        """What is to be delivered now; holds are decided on the way."""
        self._parcels = parcels = list[Parcel]()
        for group in self._book.active():
            route = self._state.routes.called(group.route)
            if group.is_empty:
                self._close_when_calm(route, group, now)
            else:
                parcels += self._parcels_of(route, group, now)
                if not group.waiting and route.repeat is None:
                    self._book.rest(group)
        parcels.sort(key=lambda each: each.place)
        return [each.delivery for each in parcels]

    def _parcels_of(self, route: Route, group: Group, now: datetime) -> Iterator[Parcel]:
        state = self._state
        escalates = route.escalates_to(state.destination)
        hear_whose(state, group)
        if escalates and group.acknowledged_by is not None:
            drop(state, group, untold(group), f"acknowledged by {group.acknowledged_by}", now)
        silenced = silence(state, group, now)
        hold = self._hold(route, group.without(silenced), now, escalates=escalates)
        if hold is not None:
            note_hold(state, group, group.without(silenced).ringing(), hold, now)
        ready = [
            each
            for each in group.waiting
            if each.place not in silenced and (hold is None or passes(group, each))
        ]
        if ready:
            reason = "nobody has acknowledged it" if escalates else f"route {route.name} tells it"
            yield from packed(group, ready, reason, folds=self._folds)
        elif not group.waiting:
            yield from self._again(route, group, now)

    def _hold(self, route: Route, group: Group, now: datetime, *, escalates: bool) -> Hold | None:
        if not group.ringing():
            return None
        return held(route, group.bell(self._rung(route, now), escalates=escalates), now)

    def _rung(self, route: Route, now: datetime) -> tuple[datetime, ...]:
        """When a route rang, with the groups that ring now."""
        groups = {
            each.group.key
            for each in self._parcels
            if each.group.route == route.name and each.delivery.kind is Kind.FIRING
        }
        return (*self._book.rung(route), *(now for _ in groups))

    def _again(self, route: Route, group: Group, now: datetime) -> Iterator[Parcel]:
        """Ring again for what stands, when nobody has acknowledged it for so long."""
        if route.repeat is None or group.acknowledged_by is not None or group.rung_at is None:
            return
        bell = Bell(
            waiting=list(group.told.values()),
            since=group.opened_at,
            opened_at=group.opened_at,
            rings=self._rung(route, now),
        )
        if now < group.rung_at + route.repeat or held(route, bell, now) is not None:
            return
        again = [
            Waiting(delivery=under_another_id(each, group), place=0, since=now)
            for each in self._desk.standing(now)
            if each.finding.finding in group.told
        ]
        reason = "it stands, and nobody has acknowledged it"
        yield from packed(group, again, reason, folds=self._folds, is_repeat=True)

    def settle(self, refused: Iterable[Delivery], now: datetime) -> None:
        """Note that what was due has arrived, except what was refused for good."""
        lost = {each.id for each in refused}
        ringing: dict[str, Group] = {}
        for parcel in self._parcels:
            self._settle(parcel, now, is_lost=parcel.delivery.id in lost)
            if parcel.delivery.kind is Kind.FIRING:
                ringing[parcel.group.key] = parcel.group
        for group in ringing.values():
            self._book.ring(self._state.routes.called(group.route), now)
        self._parcels = []
        self._canary.see(self._desk.canary_sent_at, now)

    def _settle(self, parcel: Parcel, now: datetime, *, is_lost: bool) -> None:
        group, kind = parcel.group, parcel.delivery.kind
        did = Did.REFUSED if is_lost else Did.TOLD
        reason = "the destination refused it for good" if is_lost else parcel.reason
        for each in parcel.told:
            self._state.decide(did, reason, each.delivery, now, group)
            self._keep(group, each, is_lost=is_lost)
        if kind is not Kind.EVENT:
            group.rung_at = now
        group.repeats += parcel.is_repeat
        self._book.touch(group)

    def _keep(self, group: Group, told: Waiting, *, is_lost: bool) -> None:
        finding = told.finding.finding
        if told in group.waiting:
            group.waiting.remove(told)
        if is_lost:
            self._desk.drop(finding)
        if told.rings:
            group.told[finding] = told.finding.severity
        elif told.delivery.kind is Kind.RESOLVED and not group.has_waiting(finding):
            self._book.leave(finding)

    # --- what stands ----------------------------------------------------------------------------

    def standing(self, now: datetime) -> list[Delivery]:
        """Every alert that stands and was told, a case's side by side."""
        return [each for each in self._desk.standing(now) if self._was_told(each)]

    def stands(self, delivery: Delivery) -> bool:
        """Whether this is still the last word about a finding that stands."""
        return self._desk.stands(delivery)

    def drop(self, finding: str) -> None:
        """Tell a finding no longer again."""
        self._desk.drop(finding)

    def _was_told(self, delivery: Delivery) -> bool:
        group = self._book.of(delivery.finding.finding)
        return group is None or delivery.finding.finding in group.told

    # --- rows -----------------------------------------------------------------------------------

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        """The rows that changed since this was last asked (None: gone)."""
        for finding, row in self._desk.changes():
            if row is None:
                self._book.leave(finding)
            yield finding, row
        yield from self._book.changes()
        yield from self._state.decisions.changes()
        yield from self._canary.changes()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        """Take the rows of earlier alerts. Raises UnreadableRecordError."""
        desks: list[tuple[str, bytes]] = []
        decisions: list[tuple[str, bytes]] = []
        for name, row in rows:
            if name.startswith(DECISION_ROW):
                decisions.append((name, row))
            elif name.startswith((GROUP_ROW, RINGS_ROW)):
                self._book.restore(name, row)
            elif name == CANARY_ROW:
                self._canary.restore(row)
            else:
                desks.append((name, row))
        self._desk.restore(desks)
        self._state.decisions.restore(decisions)
        places = [each.place for group in self._book.active() for each in group.waiting]
        self._heard = max(places, default=0)

    @property
    def sighting(self) -> Sighting | None:
        """The latest canary that came, once all that was due with it had arrived."""
        return self._canary.sighting

    def __len__(self) -> int:
        """How many findings are remembered."""
        return len(self._desk)

    # --- decisions ------------------------------------------------------------------------------

    def _close_when_calm(self, route: Route, group: Group, now: datetime) -> None:
        """Let an empty group go, once a reopening would be no flapping."""
        if group.rung_at is None or now >= group.rung_at + route.calm:
            self._book.close(group)

    def _drop_held(self, group: Group, finding: str, reason: str, now: datetime) -> None:
        for each in group.held_of(finding):
            group.waiting.remove(each)
            self._state.decide(Did.DROPPED, reason, each.delivery, now, group)
