"""What goes wrong that day in what carries access: workflows, scripts, machine accounts, pairs."""

from datetime import datetime, timedelta
from typing import Any

from stream.demo.company import Person
from stream.demo.feed import clock
from stream.demo.scene import Scene, Story
from stream.demo.vendors import accessdesk
from stream.demo.vendors.accessdesk import Desk
from stream.demo.vendors.gateway import GATEWAY, log_call, new_call
from stream.demo.words import HOOKS

_FUEL_CARDS = {"id": "wf-fuel-cards", "owner": "team-engineering"}
_BADGES = {"extension": "print-badge", "version": "5"}


def _versioned(number: int) -> dict[str, str]:
    return {**_FUEL_CARDS, "version": str(number)}


def _decided(scene: Scene, at: datetime, version: int, who: Person, *stages: str) -> None:
    """Decide about a fuel card, one person for each stage."""
    desk, right = scene.desk(at, _versioned(version)), scene.company.right("Fuel order clerk")
    scene.ask(desk, at, asks=who, right=right)
    deciders = [scene.company.head("Engineering"), scene.company.head("Finance")]
    for stage, decider in zip(stages, deciders, strict=False):
        at += timedelta(minutes=4)
        desk.tell("approved", at, actor=accessdesk.person(decider), stage=stage)
    scene.give(desk, at + timedelta(minutes=1), who, right)


def _made_easier(scene: Scene, at: datetime) -> None:
    """Who keeps a workflow takes its second stage out, alone, and asks (CHG-001, CHG-002)."""
    author, *others = scene.chance.some(scene.company.members("Engineering"), 4)
    _version_of(scene, at, 6, author, approved_by=scene.company.head("Engineering"))
    for number, who in enumerate(others):
        _decided(scene, at + timedelta(minutes=20 * (number + 1)), 6, who, "manager", "finance")
    at += timedelta(hours=2)
    _version_of(scene, at, 7, author)
    _decided(scene, at + timedelta(minutes=12), 7, author, "manager")


def _version_of(
    scene: Scene, at: datetime, number: int, author: Person, approved_by: Person | None = None
) -> None:
    registry = Desk(scene.feed, f"{_FUEL_CARDS['id']}/{number}", _versioned(number))
    registry.tell("workflow_published", at, actor=accessdesk.person(author))
    if approved_by is not None:
        at += timedelta(minutes=6)
        registry.tell("workflow_approved", at, actor=accessdesk.person(approved_by))


def _untested(scene: Scene, at: datetime) -> None:
    """A script prints badges in a version that only its author has looked at (WHK-004)."""
    author = scene.chance.pick(scene.company.members("IT"))
    registry = Desk(scene.feed, "print-badge/5", accessdesk.WORKFLOW)
    registry.tell("extension_published", at, actor=accessdesk.person(author), step=_BADGES)
    at += timedelta(minutes=4)
    registry.tell("extension_approved", at, actor=accessdesk.person(author), step=_BADGES)
    at += timedelta(minutes=30)
    who, right = scene.company.members("Harbours")[0], scene.company.right("Berth planner")
    desk = scene.desk(at)
    scene.ask(desk, at, asks=who, right=right)
    at += timedelta(minutes=5)
    scene.approve(desk, at, scene.company.deciders(who, right)[0])
    scene.give(desk, at + timedelta(seconds=30), who, right)
    call = new_call(scene.chance, HOOKS[GATEWAY])
    at += timedelta(seconds=33)
    desk.call(at, call, extension=_BADGES)
    log_call(scene.feed, scene.chance, at, GATEWAY, call, extension=_BADGES)


def _left_behind(scene: Scene, at: datetime) -> None:
    """Who answers for a machine account leaves; its secret stays, and nobody takes over.

    (NHI-002 and, later, NHI-001.)
    """
    machine = next(each for each in scene.company.machines if each.account == "svc-tariffs")
    owner = scene.company.person(machine.owner)
    people = scene.chance.pick(scene.company.members("People"))
    account = {**accessdesk.machine(machine.account), "kind": machine.kind}
    about: dict[str, Any] = {"actor": accessdesk.person(people), "beneficiary": account}
    vault = Desk(scene.feed, f"{machine.account}/secret", accessdesk.WORKFLOW)
    vault.tell("credential_rotated", at, **about)
    at += timedelta(minutes=30)
    register = Desk(scene.feed, f"{machine.account}/owner", accessdesk.WORKFLOW)
    register.tell("owner_left", at, assignee=accessdesk.person(owner), **about)


def _both_hands(scene: Scene, at: datetime) -> None:
    """Somebody may set what the crews are paid, and gets to release it as well (SOD-002)."""
    who = scene.chance.pick(scene.company.members("Finance"))
    for name in ("Crew pay editor", "Crew pay release"):
        desk, right = scene.desk(at), scene.company.right(name)
        scene.ask(desk, at, asks=who, right=right)
        scene.approve(desk, at + timedelta(minutes=11), scene.company.deciders(who, right)[0])
        scene.give(desk, at + timedelta(minutes=12), who, right)
        at += timedelta(minutes=50)


STORIES: tuple[Story, ...] = (
    (_made_easier, clock(7, 15)),
    (_left_behind, clock(8, 0)),
    (_both_hands, clock(10, 20)),
    (_untested, clock(12, 40)),
)
"""Each story and when it begins, give or take; late enough before the end to be decided."""
