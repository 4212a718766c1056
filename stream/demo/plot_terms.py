"""What goes wrong that day in the terms of access: how far it goes, how long, who looked again."""

from datetime import datetime, timedelta

from stream.demo.company import Person, Right
from stream.demo.feed import clock
from stream.demo.scene import Scene, Story
from stream.demo.vendors import accessdesk
from stream.demo.vendors.accessdesk import Desk
from stream.demo.vendors.gateway import GATEWAY, log_call, new_call

_CONTRACTORS = {"id": "wf-contractor", "version": "2", "owner": "team-people"}
_NOBODYS = {"id": "wf-wallboard", "version": "1", "owner": ""}
"""A workflow that somebody built and nobody owns: the desk says so, with an empty name."""
_ELSEWHERE = "https://pastebin.example/api/new"
_LIMITED = {"scope": ["route:aisla"], "duration": "P14D"}


def _members(scene: Scene, *departments: str) -> Person:
    return scene.chance.pick(scene.company.members(*departments))


def _limited(scene: Scene, at: datetime, who: Person, right: Right) -> Desk:
    """Ask for a right on one route and for two weeks, with the ticket at hand."""
    desk = scene.desk(at)
    desk.tell(
        "requested",
        at,
        actor=accessdesk.person(who),
        beneficiary=accessdesk.person(who),
        entitlement=accessdesk.right_of(right),
        justification=scene.reason(),
        evidence=accessdesk.ticket(scene.number()),
        **_LIMITED,
    )
    return desk


def _asked_for_more_later(scene: Scene, at: datetime) -> None:
    """Approved for one route; then the request is changed to all of them, and given (APR-010)."""
    who, right = _members(scene, "Ticketing"), scene.company.right("Timetable editor")
    desk = _limited(scene, at, who, right)
    at += timedelta(minutes=6)
    scene.approve(desk, at, scene.company.deciders(who, right)[0])
    more = {**_LIMITED, "scope": ["route:*"]}
    about = {"entitlement": accessdesk.right_of(right), **more}
    desk.tell("amended", at + timedelta(minutes=3), actor=accessdesk.person(who), **about)
    scene.give(desk, at + timedelta(minutes=5), who, right, **more)


def _given_for_longer(scene: Scene, at: datetime) -> None:
    """Two weeks are approved, and a year is given (APR-011)."""
    who, right = _members(scene, "Freight"), scene.company.right("Freight manifest viewer")
    desk = _limited(scene, at, who, right)
    at += timedelta(minutes=9)
    scene.approve(desk, at, scene.company.deciders(who, right)[0])
    scene.give(
        desk, at + timedelta(minutes=1), who, right, scope=_LIMITED["scope"], duration="P365D"
    )


def _past_its_review(scene: Scene, at: datetime) -> None:
    """An administrator pushes a colleague's request on, past its reviewers (APR-015)."""
    admin, who = _members(scene, "IT"), _members(scene, "Harbours")
    desk, right = scene.desk(at), scene.company.right("Berth planner")
    scene.ask(desk, at, asks=who, right=right)
    at += timedelta(minutes=14)
    desk.tell("bypassed", at, actor=accessdesk.person(admin, admin.second), outcome="forced")


def _certified_by_who_approved(scene: Scene, at: datetime) -> None:
    """Who approved in the morning certifies in the evening that it was right (SOD-001)."""
    who, right = _members(scene, "Finance"), scene.company.right("Ledger viewer")
    desk = scene.desk(at)
    scene.ask(desk, at, asks=who, right=right)
    decider = scene.company.deciders(who, right)[0]
    scene.approve(desk, at + timedelta(minutes=8), decider)
    scene.give(desk, at + timedelta(minutes=9), who, right)
    certified_at = at + timedelta(hours=7)
    desk.tell("certified", certified_at, actor=accessdesk.person(decider), outcome="keep")


def _exception_for_good(scene: Scene, at: datetime) -> None:
    """Somebody is let off a control, and it does not say until when or what helps (EXC-001)."""
    head = scene.company.head("Engineering")
    whose, right = _members(scene, "Engineering"), scene.company.right("Fuel order clerk")
    desk = scene.desk(at)
    desk.tell(
        "exception_granted",
        at,
        actor=accessdesk.person(head),
        beneficiary=accessdesk.person(whose),
        entitlement=accessdesk.right_of(right),
        justification=scene.reason(),
    )


def _never_taken_back(scene: Scene, at: datetime) -> None:
    """Access for four hours is not taken back when they are over (EXC-002)."""
    who, right = _members(scene, "Crew"), scene.company.right("Crew hours clerk")
    desk = scene.desk(at)
    scene.ask(desk, at, asks=who, right=right)
    at += timedelta(minutes=5)
    scene.approve(desk, at, scene.company.deciders(who, right)[0])
    scene.give(desk, at + timedelta(minutes=1), who, right, duration="PT4H")


def _looked_at_own_emergency(scene: Scene, at: datetime) -> None:
    """Emergency access is reviewed by whoever used it (EXC-003)."""
    who = _members(scene, "IT")
    desk, right = scene.desk(at), scene.company.right("Mailbox")
    about = {"actor": accessdesk.person(who), "entitlement": accessdesk.right_of(right)}
    desk.tell("emergency_activated", at, justification=scene.reason(), **about)
    desk.tell("emergency_ended", at + timedelta(minutes=25), **about)
    desk.tell("reviewed", at + timedelta(minutes=40), outcome="in order", **about)


def _machine_for_good(scene: Scene, at: datetime) -> None:
    """A service account gets a powerful right without an end (NHI-003)."""
    head, right = scene.company.head("Engineering"), scene.company.right("Fuel release")
    desk, machine = scene.desk(at), accessdesk.machine("svc-fuelcards")
    desk.tell(
        "requested",
        at,
        actor=accessdesk.person(head),
        beneficiary=machine,
        entitlement=accessdesk.right_of(right),
        justification=scene.reason(),
        evidence=accessdesk.ticket(scene.number()),
    )
    for minutes, decider in enumerate(scene.company.deciders(head, right), start=7):
        scene.approve(desk, at + timedelta(minutes=minutes), decider)
    desk.tell(
        "provisioned",
        at + timedelta(minutes=11),
        actor=accessdesk.machine("svc-provision"),
        beneficiary=machine,
        entitlement=accessdesk.right_of(right),
        outcome="ok",
    )


def _nobodys_workflow(scene: Scene, at: datetime) -> None:
    """A workflow that nobody owns takes a right away by itself (OWN-001)."""
    whose, right = _members(scene, "Harbours"), scene.company.right("Berth planner")
    desk = scene.desk(at, _NOBODYS)
    desk.tell(
        "revoked",
        at,
        actor={**accessdesk.machine("svc-wallboard"), "kind": "service"},
        beneficiary=accessdesk.person(whose),
        entitlement=accessdesk.right_of(right),
    )


def _called_elsewhere(scene: Scene, at: datetime) -> None:
    """A workflow sends what it knows to a place that is on no list (WHK-003)."""
    who, right = _members(scene, "Ticketing"), scene.company.right("Refund clerk")
    desk = scene.desk(at)
    scene.ask(desk, at, asks=who, right=right)
    at += timedelta(minutes=4)
    scene.approve(desk, at, scene.company.deciders(who, right)[0])
    scene.give(desk, at + timedelta(seconds=20), who, right)
    call = new_call(scene.chance, _ELSEWHERE)
    at += timedelta(seconds=24)
    desk.call(at, call)
    log_call(scene.feed, scene.chance, at + timedelta(milliseconds=300), GATEWAY, call)


def _never_ends(scene: Scene, at: datetime) -> None:
    """A contractor's access is approved and then the case stands still (EVD-003)."""
    who, right = _members(scene, "Engineering"), scene.company.right("Fuel order clerk")
    desk = scene.desk(at, _CONTRACTORS)
    scene.ask(desk, at, asks=who, right=right)
    scene.approve(desk, at + timedelta(minutes=20), scene.company.deciders(who, right)[0])


def _too_fast(scene: Scene, at: datetime) -> None:
    """A head clears a queue of seven requests in under a minute (APR-013)."""
    head, right = scene.company.head("Freight"), scene.company.right("Freight manifest viewer")
    queue = scene.chance.some(scene.company.members("Freight", "Harbours", "Crew"), 7)
    for number, who in enumerate(queue):
        asked_at = at + timedelta(seconds=20 * number)
        approved_at = at + timedelta(minutes=31, seconds=6 * number)
        desk = scene.desk(asked_at)
        scene.ask(desk, asked_at, asks=who, right=right)
        scene.approve(desk, approved_at, head)
        scene.give(desk, approved_at + timedelta(seconds=40), who, right)


STORIES: tuple[Story, ...] = (
    (_machine_for_good, clock(7, 20)),
    (_never_ends, clock(7, 50)),
    (_given_for_longer, clock(8, 10)),
    (_certified_by_who_approved, clock(8, 50)),
    (_never_taken_back, clock(9, 40)),
    (_past_its_review, clock(10, 15)),
    (_exception_for_good, clock(10, 40)),
    (_called_elsewhere, clock(11, 5)),
    (_looked_at_own_emergency, clock(12, 10)),
    (_asked_for_more_later, clock(13, 0)),
    (_too_fast, clock(14, 50)),
    (_nobodys_workflow, clock(16, 20)),
)
"""Each story and when it begins, give or take; late enough before the end to be decided."""
