"""How far a decision goes: which rights, in what scope, for how long; as asked, approved, given."""

from collections.abc import Iterable
from datetime import datetime
from typing import NamedTuple

from rules.events import Action, Entitlement, Event
from rules.lasting import end_of
from rules.path import DecisionPath, order

ASKING = (Action.REQUESTED, Action.AMENDED)
APPROVING = (Action.APPROVED, Action.AUTO_APPROVED)


class Right(NamedTuple):
    """A right as one source names it: ids mean nothing to another source."""

    source: str
    entitlement: Entitlement


class Extent(NamedTuple):
    """What was told: an empty part is one that nobody told, not one that allows everything."""

    rights: tuple[Right, ...] = ()
    scope: frozenset[str] = frozenset()
    duration: str | None = None


def told_by(events: Iterable[Event]) -> Extent:
    """Give every right that is named, and the scope and duration that were told last."""
    rights: tuple[Right, ...] = ()
    scope: frozenset[str] = frozenset()
    duration = None
    for event in events:
        if event.entitlement is not None:
            rights += (Right(event.source, event.entitlement),)
        scope = frozenset(event.scope) or scope
        duration = event.duration or duration
    return Extent(rights, scope, duration)


def approved(path: DecisionPath, approvals: Iterable[Event], about: Event) -> Extent:
    """Give what these approvals, in order, approve of what `about` is about.

    Where an approval does not say what it approves, it is what had been asked for until then.
    """
    whole = Extent()
    for approval in approvals:
        before = [
            event
            for event in path.steps(*ASKING)
            if event.action is Action.REQUESTED or order(event) < order(approval)
        ]
        asked, own = told_by(before), told_by([approval])
        rights = whole.rights + (own.rights or asked.rights)
        if is_about(approval, about):
            asked = told_by(event for event in before if is_about(event, about))
            scope, duration = own.scope or asked.scope, own.duration or asked.duration
            whole = Extent(rights, scope, duration)
        else:
            whole = whole._replace(rights=rights)
    return whole


def is_about(event: Event, other: Event) -> bool:
    """Whether two events may speak of one right: they do unless they name different ones."""
    one, two = event.entitlement, other.entitlement
    return one is None or two is None or is_one_right(one, two)


def is_one_right(one: Entitlement, other: Entitlement) -> bool:
    """Whether two names are of one right: by id, or by any name of it in one system."""
    if one.id == other.id:
        return True
    if one.system is not None and other.system is not None and one.system != other.system:
        return False
    return bool({one.id, one.name or one.id} & {other.id, other.name or other.id})


def lasts_longer(duration: str | None, than: str | None, start: datetime) -> bool:
    """Whether one duration ends later than another; what has no end is not compared."""
    end, limit = end_of(start, duration), end_of(start, than)
    return end is not None and limit is not None and end > limit
