"""What keeps a group's bell still that is no hold of its route: people who said something."""

from collections.abc import Iterable
from datetime import datetime

from stream.desk.alert_groups import Group, Waiting
from stream.desk.alert_state import AlertState
from stream.desk.decisions import Did
from stream.desk.holding import Hold
from stream.desk.notes import Manner


def note_hold(
    state: AlertState, group: Group, ringing: Iterable[Waiting], hold: Hold, now: datetime
) -> None:
    """Decide to hold these, unless that was the last word already."""
    for each in ringing:
        if each.noted != hold:
            each.noted = hold
            state.decide(Did.HELD, hold.reason, each.delivery, now, group, hold.until)
            state.book.touch(group)


def hear_whose(state: AlertState, group: Group) -> None:
    """Note who looks after a group: whoever looks after one of it looks after all."""
    members = {*group.told, *(each.finding.finding for each in group.waiting)}
    named = (state.notes.looked_after_by(each) for each in sorted(members))
    by = next((each for each in named if each), None)
    if by is not None and by != group.acknowledged_by:
        group.acknowledged_by = by
        state.book.touch(group)


def silence(state: AlertState, group: Group, now: datetime) -> frozenset[int]:
    """Hold what a silence covers and drop what a suppression does; give the places held."""
    places = set()
    for each in list(group.waiting):
        found = state.notes.over(each.finding, now, state.in_clear)
        # Whoever has heard of an alert hears that it is over.
        if found is None or (not each.rings and each.finding.finding in group.told):
            continue
        if found.proposed.manner is Manner.SUPPRESSION:
            drop(state, group, [each], str(found), now)
        elif each.rings:
            note_hold(state, group, [each], Hold(until=found.until, reason=str(found)), now)
            places.add(each.place)
    return frozenset(places)


def drop(
    state: AlertState, group: Group, dropped: Iterable[Waiting], reason: str, now: datetime
) -> None:
    """Drop what waits; what was never told of it stands nowhere."""
    for each in dropped:
        finding = each.finding.finding
        state.decide(Did.DROPPED, reason, each.delivery, now, group)
        group.waiting.remove(each)
        state.book.touch(group)
        if finding not in group.told:
            state.desk.drop(finding)
            if not group.has_waiting(finding):
                state.book.leave(finding)
