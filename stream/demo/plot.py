"""What goes wrong that day, at the access desk and with its webhooks; one story a function."""

from datetime import datetime, timedelta

from stream.demo.company import Person, Right
from stream.demo.feed import clock
from stream.demo.scene import Scene, Story
from stream.demo.vendors import accessdesk, gateway
from stream.demo.vendors.accessdesk import Desk
from stream.demo.words import ENGINEERS, HOOKS


def _somebody(scene: Scene, *departments: str) -> Person:
    return scene.chance.pick(scene.company.members(*departments))


def _begin(
    scene: Scene, at: datetime, who: Person, right: str, *, reason: str | None = None
) -> tuple[Desk, Right]:
    """Ask for a right at the desk, as everybody does."""
    desk, wanted = scene.desk(at), scene.company.right(right)
    scene.ask(desk, at, asks=who, right=wanted, reason=reason)
    return desk, wanted


def _own_request(scene: Scene, at: datetime) -> None:
    """A planner approves what she asked for herself (APR-001)."""
    who = _somebody(scene, "Crew")
    desk, right = _begin(scene, at, who, "Crew roster editor")
    scene.approve(desk, at + timedelta(minutes=3), who)
    scene.give(desk, at + timedelta(minutes=4), who, right)


def _own_request_excused(scene: Scene, at: datetime) -> None:
    """The same in an office of one, which policy knows of: a recorded exception."""
    who = lone_clerk(scene)
    desk, right = _begin(scene, at, who, "Customs declarations")
    scene.approve(desk, at + timedelta(minutes=2), who)
    scene.give(desk, at + timedelta(minutes=3), who, right)


def lone_clerk(scene: Scene) -> Person:
    """Find who is alone in their office."""
    return scene.company.members("Freight")[-1]


def _second_account(scene: Scene, at: datetime) -> None:
    """An administrator asks as himself and approves with his other account (APR-002)."""
    who = _somebody(scene, "IT")
    desk, right = _begin(scene, at, who, "Invoice clerk")
    scene.approve(desk, at + timedelta(minutes=1), who, who.second)
    scene.give(desk, at + timedelta(minutes=2), who, right)


def _deputy(scene: Scene, at: datetime) -> None:
    """A lead asks, and her deputy approves in her name (APR-003)."""
    deputy = _somebody(scene, "Ticketing")
    lead = scene.company.head("Ticketing")
    desk, right = _begin(scene, at, lead, "Refund clerk")
    desk.tell(
        "approved",
        at + timedelta(minutes=9),
        actor=accessdesk.person(deputy),
        on_behalf_of=accessdesk.person(lead),
        stage="manager",
    )
    scene.give(desk, at + timedelta(minutes=10), lead, right)


def _handed_on(scene: Scene, at: datetime) -> None:
    """Somebody passes the decision about his own request to a colleague (APR-003)."""
    who, colleague = scene.chance.some(scene.company.members("Freight")[:-1], 2)
    desk, right = _begin(scene, at, who, "Customs declarations")
    at += timedelta(minutes=6)
    giver, taker = accessdesk.person(who), accessdesk.person(colleague)
    desk.tell("delegated", at, actor=giver, assignee=taker)
    scene.approve(desk, at + timedelta(minutes=11), colleague)
    scene.give(desk, at + timedelta(minutes=12), who, right)


def _bot(scene: Scene, at: datetime) -> None:
    """A bot approves what its owner asks for (APR-005)."""
    bot = next(each for each in scene.company.machines if each.account == "svc-rosterbot")
    owner = scene.company.person(bot.owner)
    desk, right = _begin(scene, at, owner, "Crew hours clerk")
    at += timedelta(seconds=8)
    desk.tell("approved", at, actor=accessdesk.machine(bot.account), stage="assistant")
    scene.give(desk, at + timedelta(seconds=20), owner, right)


def _one_person_twice(scene: Scene, at: datetime) -> None:
    """Two people are asked for, and one approves with both of her accounts (APR-007)."""
    approver = _somebody(scene, *ENGINEERS)
    who = _somebody(scene, "Finance")
    desk, right = _begin(scene, at, who, "Payments operator")
    scene.approve(desk, at + timedelta(minutes=12), approver)
    scene.approve(desk, at + timedelta(minutes=14), approver, approver.second)
    scene.give(desk, at + timedelta(minutes=15), who, right)


def _denied_and_given(scene: Scene, at: datetime) -> None:
    """A request is denied, and access is given all the same (APR-008)."""
    who = _somebody(scene, "Harbours")
    desk, right = _begin(scene, at, who, "Remote lock control")
    decider = scene.company.deciders(who, right)[0]
    desk.tell("denied", at + timedelta(minutes=7), actor=accessdesk.person(decider))
    scene.give(desk, at + timedelta(minutes=16), who, right)


def _approved_afterwards(scene: Scene, at: datetime) -> None:
    """Access is given in a hurry and approved when somebody has time (APR-009)."""
    who = _somebody(scene, "Engineering")
    desk, right = _begin(scene, at, who, "Fuel order clerk")
    scene.give(desk, at + timedelta(minutes=2), who, right)
    scene.approve(desk, at + timedelta(minutes=21), scene.company.deciders(who, right)[0])


def _no_reason(scene: Scene, at: datetime) -> None:
    """Somebody writes n/a where a reason belongs, and it is approved (EVD-001)."""
    who = _somebody(scene, "Ticketing")
    desk, right = scene.desk(at), scene.company.right("Timetable editor")
    scene.ask(desk, at, asks=who, right=right, reason="n/a", backed=False)
    at += timedelta(minutes=5)
    scene.approve(desk, at, scene.company.deciders(who, right)[0])
    scene.back(desk.case, who, at)
    scene.give(desk, at + timedelta(minutes=1), who, right)


def _unbacked(scene: Scene, at: datetime) -> tuple[Desk, Person, datetime]:
    who = _somebody(scene, "Freight", "Finance")
    desk, right = scene.desk(at), scene.company.right("Invoice clerk")
    scene.ask(desk, at, asks=who, right=right, backed=False)
    at += timedelta(minutes=4)
    scene.approve(desk, at, scene.company.deciders(who, right)[0])
    scene.give(desk, at + timedelta(minutes=1), who, right)
    return desk, who, at


def _never_backed(scene: Scene, at: datetime) -> None:
    """The ticket that was promised never comes (EVD-002)."""
    _unbacked(scene, at)


def _backed_too_late(scene: Scene, at: datetime) -> None:
    """The ticket is filed long after it was due (EVD-002, and then it is updated)."""
    desk, who, approved_at = _unbacked(scene, at)
    scene.tickets.file(desk.case, who, scene.number(), approved_at + timedelta(minutes=155))


def _told_too_late(scene: Scene, at: datetime) -> None:
    """The ticket was there in time; the ticket desk tells of it after lunch (withdrawn)."""
    desk, who, approved_at = _unbacked(scene, at)
    filed_at = approved_at + timedelta(minutes=24)
    scene.tickets.file(
        desk.case, who, scene.number(), filed_at, reported=timedelta(hours=3, minutes=10)
    )


def _told_twice(scene: Scene, at: datetime) -> None:
    """A request is sent again in the afternoon, and now it had asked for more (EVD-005)."""
    who = _somebody(scene, "Freight")
    right = scene.company.right("Freight manifest viewer")
    desk = scene.desk(at)
    fields = {
        "actor": accessdesk.person(who),
        "beneficiary": accessdesk.person(who),
        "entitlement": accessdesk.right_of(right),
        "justification": scene.reason(),
        "evidence": accessdesk.ticket(scene.number()),
    }
    told = desk.tell("requested", at, scope=["route:aisla"], duration="P7D", **fields)
    at += timedelta(minutes=8)
    scene.approve(desk, at, scene.company.deciders(who, right)[0])
    scene.give(desk, at + timedelta(minutes=1), who, right)
    altered = {**told, "data": {**told["data"], "scope": ["route:*"], "duration": "P365D"}}
    desk.send(altered, at + timedelta(hours=5))


def _unknown_call(scene: Scene, at: datetime) -> None:
    """The gateway sees a call that no workflow has made (WHK-001)."""
    call = gateway.new_call(scene.chance, HOOKS[gateway.GATEWAY])
    gateway.log_call(scene.feed, scene.chance, at, gateway.GATEWAY, call)


def _unseen_call(scene: Scene, at: datetime) -> None:
    """A workflow says that it called, and no gateway saw it (WHK-001)."""
    _lone_call(scene, at, HOOKS[gateway.GATEWAY])


def _call_into_silence(scene: Scene, at: datetime) -> None:
    """A workflow calls the port authority, whose gateway has gone quiet: nobody can tell."""
    _lone_call(scene, at, HOOKS[gateway.PORTSIDE])


def _lone_call(scene: Scene, at: datetime, destination: str) -> None:
    who = _somebody(scene, "Harbours")
    desk, right = _begin(scene, at, who, "Berth planner")
    at += timedelta(minutes=3)
    scene.approve(desk, at, scene.company.deciders(who, right)[0])
    scene.give(desk, at + timedelta(seconds=40), who, right)
    desk.call(at + timedelta(seconds=43), gateway.new_call(scene.chance, destination))


def _outside(scene: Scene, at: datetime) -> None:
    """Somebody changes access at the ledger itself (WHK-002)."""
    by = _somebody(scene, "IT")
    whose = _somebody(scene, "Finance")
    right = scene.company.right("Payments operator")
    accessdesk.change_outside(
        scene.feed, at, accessdesk.person(by, by.second), accessdesk.person(whose), right
    )


STORIES: tuple[Story, ...] = (
    (_own_request, clock(7, 5)),
    (_no_reason, clock(7, 40)),
    (_bot, clock(8, 20)),
    (_told_twice, clock(8, 25)),
    (_unknown_call, clock(8, 40)),
    (_deputy, clock(9, 0)),
    (_second_account, clock(9, 20)),
    (_told_too_late, clock(9, 35)),
    (_denied_and_given, clock(10, 50)),
    (_approved_afterwards, clock(12, 25)),
    (_never_backed, clock(13, 10)),
    (_backed_too_late, clock(13, 30)),
    (_unseen_call, clock(13, 45)),
    (_handed_on, clock(14, 0)),
    (_one_person_twice, clock(14, 15)),
    (_outside, clock(15, 5)),
    (_own_request_excused, clock(15, 40)),
    (_call_into_silence, clock(17, 25)),
)
"""Each story and when it begins, give or take; late enough before the end to be decided."""
