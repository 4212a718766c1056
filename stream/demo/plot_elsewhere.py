"""What goes wrong that day in the systems that others have made, and what can not be read."""

from datetime import datetime, timedelta

import orjson

from stream.demo.company import Person
from stream.demo.feed import clock, told
from stream.demo.scene import Scene, Story
from stream.demo.vendors import accessdesk, entra, gateway, sailpoint, teleport
from stream.demo.words import ACCESSDESK, ENGINEERS


def _two(scene: Scene, *departments: str) -> list[Person]:
    return scene.chance.some(scene.company.members(*departments), 2)


def _boss(scene: Scene, at: datetime) -> None:
    """An assistant asks for the boss, and the boss approves; it is found before it is given."""
    boss = scene.company.head("Finance")
    assistant = scene.company.members("Finance")[-1]
    right, reason = scene.company.right("Board papers"), scene.reason()
    request = sailpoint.Request(scene.feed, scene.chance, asks=assistant, gets=boss, right=right)
    request.submitted(at, reason)
    at += timedelta(minutes=10)
    request.decided(at, reason, boss)
    scene.back(request.case, assistant, at)


def _denied_and_given(scene: Scene, at: datetime) -> None:
    """A request is denied, and provisioned a little later (APR-008)."""
    who = scene.chance.pick(scene.company.members("Freight"))
    right, reason = scene.company.right("Freight desk"), scene.reason()
    request = sailpoint.Request(scene.feed, scene.chance, asks=who, gets=who, right=right)
    request.submitted(at, reason)
    decider = scene.company.deciders(who, right)[0]
    request.decided(at + timedelta(minutes=12), reason, decider, decision="DENIED")
    request.provisioned(at + timedelta(minutes=20))


def _native_change(scene: Scene, at: datetime) -> None:
    """A right appears at the target, and nobody says who gave it (WHK-002)."""
    whose = scene.chance.pick(scene.company.members("People"))
    right = scene.company.right("Personnel files")
    sailpoint.native_change(scene.feed, scene.chance, at, whose, right)


def _by_hand(scene: Scene, at: datetime) -> None:
    """An engineer sets the state of his own request with tctl (APR-001)."""
    who = scene.chance.pick(scene.company.members(*ENGINEERS))
    right = scene.company.right("roster-deployer")
    request = teleport.Request(scene.feed, scene.chance, who, right)
    request.created(at, scene.reason())
    at += timedelta(minutes=2)
    request.set_by_hand(at, who)
    scene.back(request.case, who, at)
    request.granted(at + timedelta(seconds=30))


def _test_reason(scene: Scene, at: datetime) -> None:
    """Somebody gives "test" as the reason to get at production (EVD-001)."""
    who, reviewer = _two(scene, *ENGINEERS)
    right = scene.company.right("harbour-cameras")
    request = teleport.Request(scene.feed, scene.chance, who, right)
    request.created(at, "test")
    at += timedelta(minutes=6)
    request.reviewed(at, reviewer)
    scene.back(request.case, who, at)
    request.granted(at + timedelta(minutes=1))


def _on_call(scene: Scene, at: datetime) -> None:
    """On call and alone: one of the two who approve is who asked (APR-001, privileged)."""
    who, other = _two(scene, *ENGINEERS)
    right = scene.company.right("bookings-writer")
    request = teleport.Request(scene.feed, scene.chance, who, right)
    request.created(at, "Incident follow-up, bookings are stuck")
    at += timedelta(minutes=2)
    request.reviewed(at, who)
    scene.back(request.case, who, at)
    request.reviewed(at + timedelta(minutes=3), other)
    request.granted(at + timedelta(minutes=4))


def _one_approver(scene: Scene, at: datetime) -> None:
    """Policy asks for two people, the role's setting in PIM for one (APR-007)."""
    who = scene.chance.pick(scene.company.members("IT"))
    right = scene.company.right("Exchange Administrator")
    _activate(scene, at, entra.Activation(scene.feed, scene.chance, who, right), who)


def _break_glass(scene: Scene, at: datetime) -> None:
    """The account for emergencies approves what its holder asks for (APR-002)."""
    who = scene.chance.pick(scene.company.members("IT"))
    right = scene.company.right("Teams Devices Administrator")
    activation = entra.Activation(scene.feed, scene.chance, who, right)
    _activate(scene, at, activation, who, account=who.break_glass)


def _activate(
    scene: Scene,
    at: datetime,
    activation: entra.Activation,
    who: Person,
    account: str | None = None,
) -> None:
    by = who if account else scene.company.person(who.manager or "")
    grounds = {"Justification": scene.reason(), "TicketNumber": scene.number()}
    activation.tell(entra.REQUESTED, at, details=grounds)
    # Longer than Entra's log may be late: the request is read before the approval.
    at += timedelta(minutes=26)
    activation.tell(entra.APPROVED, at, by, account=account)
    activation.tell(entra.COMPLETED, at + timedelta(seconds=4), by, account=account)


def _four_systems(scene: Scene, at: datetime) -> None:
    """What one asked for ends up with who approved it, and no system knows both (APR-004).

    The access desk knows the case and not who got the right; the ticket desk knows a change
    number, the gateway an execution, the rosters' system a tracking number and its own accounts.
    """
    boss = scene.company.head("Crew")
    asks = scene.company.members("Crew")[-1]
    desk, right = scene.desk(at), scene.company.right("Crew hours clerk")
    number, tracking = scene.number(), scene.chance.hex(8)
    desk.tell(
        "requested",
        at,
        actor=accessdesk.person(asks),
        entitlement=accessdesk.right_of(right),
        justification=scene.reason(),
        links=[f"change:{number}"],
    )
    scene.tickets.file_alone(asks, number, at + timedelta(minutes=3))
    at += timedelta(minutes=9)
    scene.approve(desk, at, boss)
    scene.call(desk, at + timedelta(seconds=20), f"tracking:{tracking}")
    accessdesk.entered(scene.feed, at + timedelta(seconds=50), boss, right, tracking)


STORIES: tuple[Story, ...] = (
    (_boss, clock(10, 5)),
    (_one_approver, clock(10, 30)),
    (_native_change, clock(11, 15)),
    (_four_systems, clock(13, 20)),
    (_by_hand, clock(11, 35)),
    (_denied_and_given, clock(14, 30)),
    (_test_reason, clock(15, 25)),
    (_break_glass, clock(16, 0)),
    (_on_call, clock(18, 20)),
)
"""Each story and when it begins, give or take."""


# --- what can not be read ---------------------------------------------------------------------


def write_unreadable(scene: Scene) -> None:
    """Write what every stream has now and then: words nobody knows, halves, and others' affairs."""
    who = scene.company.head("Freight")
    requested = {
        "specversion": "1.0",
        "id": "AR-19999-1",
        "source": ACCESSDESK,
        "type": "iga.requested",
        "subject": "AR-19999",
        "time": told(clock(7, 55)),
        "data": {"actor": accessdesk.person(who)},
    }
    no_zone = {**requested, "id": "AR-19999-2", "time": "13/10/2026 16:40"}
    present = {**requested, "type": "iga.request"}
    scene.feed.once(accessdesk.STREAM, orjson.dumps(present), clock(7, 56))
    cut = orjson.dumps({"event": "access_request.review", "id": scene.chance.guid()})[:-9]
    scene.feed.once(teleport.STREAM, cut, clock(9, 48))
    scene.feed.once(sailpoint.STREAM, orjson.dumps(_undecided(scene, who)), clock(11, 52))
    elsewhere = {"id": "1", "activityDisplayName": "Update user", "category": "UserManagement"}
    scene.feed.once(entra.STREAM, orjson.dumps(elsewhere), clock(14, 33))
    nowhere = {"id": "gw-1", "time": told(clock(15, 20)), "method": "POST", "status": 500}
    scene.feed.once(gateway.GATEWAY, orjson.dumps(nowhere), clock(15, 20))
    scene.feed.once(accessdesk.STREAM, orjson.dumps(no_zone), clock(16, 41))


def _undecided(scene: Scene, who: Person) -> dict[str, object]:
    """Tell of a decision in a word that the vendor does not document."""
    approval = {"approvalDecision": "MAYBE", "approver": sailpoint.identity(who)}
    right = scene.company.right("Freight desk")
    item = {"id": right.id, "name": right.name, "approvalInfo": [approval]}
    return {
        "accessRequestId": f"2c9180{scene.chance.hex(26)}",
        "requestedBy": sailpoint.identity(who),
        "requestedFor": [sailpoint.identity(who)],
        "requestedItemsStatus": [item],
    }
