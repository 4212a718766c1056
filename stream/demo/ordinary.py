"""The healthy part of the day: requests that are decided as they should be."""

from collections.abc import Callable
from datetime import datetime, timedelta

from stream.demo.company import Person, Right
from stream.demo.feed import clock
from stream.demo.scene import Scene
from stream.demo.vendors import accessdesk, entra, gateway, sailpoint, teleport
from stream.demo.words import (
    ACCESSDESK,
    BIRTHRIGHT,
    ENGINEERS,
    ENTRA,
    KEPT_APART,
    SAILPOINT,
    TELEPORT,
)

HOURS = (2, 8, 14, 16, 14, 12, 8, 12, 14, 12, 10, 5, 3, 2)
"""How busy each hour is, from six in the morning on."""
SHIFTS = [clock(6, 30) + timedelta(minutes=20 * number) for number in range(30)]
"""When the harbours hand over their shifts; each time a badge is made at the port authority."""

AFTER_REQUEST = 2, 50
"""Minutes until somebody decides."""


def write_ordinary(scene: Scene) -> None:
    """Write all of it: as many stories of each kind as the company is large."""
    people = len(scene.company.people)
    kinds: tuple[tuple[Callable[[Scene, datetime], None], int], ...] = (
        (_at_the_desk, people * 13 // 10),
        (_at_sailpoint, people // 2),
        (_at_teleport, people * 2 // 5),
        (_at_entra, people * 7 // 20),
        (_by_hr, people // 9),
    )
    for tell, count in kinds:
        for at in sorted(_some_time(scene) for _ in range(count)):
            tell(scene, at)
    for at in SHIFTS:
        _shift(scene, at + scene.chance.minutes(0, 4))
    for _ in range(max(3, people // 25)):
        _joiner(scene, clock(7, 30) + scene.chance.minutes(0, 100))


def _some_time(scene: Scene) -> datetime:
    hour = 6 + scene.chance.weighed(HOURS)
    return clock(hour) + scene.chance.minutes(0, 60)


def _rights(scene: Scene, source: str, *, privileged: bool | None = None) -> list[Right]:
    return [
        each
        for each in scene.company.rights
        if each.source == source
        and each.name not in (*BIRTHRIGHT, *KEPT_APART)
        and privileged in (None, each.privileged)
    ]


# --- the access desk --------------------------------------------------------------------------


def _at_the_desk(scene: Scene, at: datetime) -> None:
    chance, company = scene.chance, scene.company
    gets = chance.pick(company.members())
    lead = company.person(gets.manager or "")
    right = chance.pick(_rights(scene, ACCESSDESK))
    asks = lead if chance.happens(15) and lead in company.members() else gets
    deciders = company.deciders(asks, right)
    desk = scene.desk(at)
    backed = chance.happens(55)
    scene.ask(desk, at, asks=asks, gets=gets, right=right, backed=backed)
    at += chance.minutes(*AFTER_REQUEST)
    if right.criticality == "low" and chance.happens(70):
        desk.tell("auto_approved", at, actor=accessdesk.machine("svc-lowrisk"), outcome="low risk")
    elif chance.happens(9):
        desk.tell("denied", at, actor=accessdesk.person(deciders[0]), outcome="denied")
        return
    else:
        for decider in deciders:
            scene.approve(desk, at, decider)
            if not backed and decider is deciders[0]:
                scene.back(desk.case, asks, at)
            at += chance.minutes(1, 4) if decider is not deciders[-1] else timedelta(0)
    at += chance.seconds(5, 90)
    scene.give(desk, at, gets, right)
    if chance.happens(60):
        scene.call(desk, at + chance.seconds(1, 5))


def _shift(scene: Scene, at: datetime) -> None:
    """Hand over at a harbour: access for the shift, and a badge from the port authority."""
    who = scene.chance.pick(scene.company.members("Harbours"))
    right = scene.company.right("Berth planner")
    desk = scene.desk(at)
    scene.ask(desk, at, asks=who, right=right, reason="Takes over the shift")
    at += scene.chance.minutes(1, 5)
    scene.approve(desk, at, scene.company.deciders(who, right)[0])
    at += scene.chance.seconds(5, 40)
    scene.give(desk, at, who, right)
    scene.call(desk, at + scene.chance.seconds(1, 5), stream=gateway.PORTSIDE)


def _joiner(scene: Scene, at: datetime) -> None:
    """Begin to work there: what everybody gets is asked of nobody."""
    who = scene.chance.pick(scene.company.members())
    for name in BIRTHRIGHT:
        desk = scene.desk(at, accessdesk.JOINER)
        scene.give(desk, at, who, scene.company.right(name))
        at += scene.chance.seconds(2, 20)


def _by_hr(scene: Scene, at: datetime) -> None:
    """Let the HR feed correct a right directly, which policy sanctions."""
    whose = scene.chance.pick(scene.company.members())
    right = scene.chance.pick(_rights(scene, ACCESSDESK, privileged=False))
    feed, person = accessdesk.machine("svc-hr-feed"), accessdesk.person(whose)
    accessdesk.change_outside(scene.feed, at, feed, person, right)


# --- the others -------------------------------------------------------------------------------


def _at_sailpoint(scene: Scene, at: datetime) -> None:
    chance, company = scene.chance, scene.company
    who = chance.pick(company.members())
    right = chance.pick(_rights(scene, SAILPOINT))
    reason = scene.reason()
    request = sailpoint.Request(scene.feed, chance, asks=who, gets=who, right=right)
    request.submitted(at, reason)
    at += chance.minutes(4, 50)
    deciders = company.deciders(who, right)
    if chance.happens(8):
        request.decided(at, reason, deciders[0], decision="DENIED")
        return
    request.decided(at, reason, *deciders)
    scene.back(request.case, who, at)
    request.provisioned(at + chance.minutes(3, 9))


def _at_teleport(scene: Scene, at: datetime) -> None:
    chance = scene.chance
    engineers = scene.company.members(*ENGINEERS)
    right = chance.pick(_rights(scene, TELEPORT))
    who, *reviewers = chance.some(engineers, 3 if right.privileged else 2)
    request = teleport.Request(scene.feed, chance, who, right)
    request.created(at, scene.reason())
    at += chance.minutes(1, 25)
    if chance.happens(7):
        request.reviewed(at, reviewers[0], decision="DENIED")
        return
    scene.back(request.case, who, at)
    for reviewer in reviewers:
        request.reviewed(at, reviewer)
        at += chance.seconds(20, 200)
    at += chance.seconds(20, 300)
    request.granted(at)
    request.expired(at + teleport.LASTS)


def _at_entra(scene: Scene, at: datetime) -> None:
    chance = scene.chance
    who = chance.pick(scene.company.members())
    right = chance.pick(_rights(scene, ENTRA, privileged=False))
    activation = entra.Activation(scene.feed, chance, who, right)
    told = {"Justification": scene.reason(), "TicketNumber": scene.number()}
    activation.tell(entra.REQUESTED, at, details=told)
    activation.tell(entra.WAITING, at + chance.seconds(1, 4))
    at += chance.minutes(1, 40)
    by = manager(scene, who)
    if chance.happens(6):
        activation.tell(entra.DENIED, at, by)
        return
    activation.tell(entra.APPROVED, at, by)
    at += chance.seconds(2, 9)
    activation.tell(entra.COMPLETED, at, by)
    activation.tell(entra.ENDED, at + timedelta(hours=chance.between(1, 4)))


def manager(scene: Scene, who: Person) -> Person:
    """Find somebody's manager, or whoever decides where there is none."""
    return scene.company.person(who.manager or scene.company.people[1].id)
