"""The words in which the tests of the machines tell what happened: one case, a few sources."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

from rules.events import Action, ActorKind, Event, Party
from rules.machines.contract import HEALTH, Output
from rules.machines.records import SourceDeclared, write_policy, write_source, write_ticks
from rules.policy import Policy
from stream.canonical import CODEC

NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
ANN = Party(account="ann", kind=ActorKind.HUMAN, person="P-1", proof="hr")
BO = Party(account="bo", kind=ActorKind.HUMAN, person="P-2", proof="hr")
CY = Party(account="cy", kind=ActorKind.HUMAN, person="P-3", proof="hr")
FIELDS = ("actor", "beneficiary", "entitlement", "evidence", "justification")


def minutes(count: float) -> timedelta:
    """A span of minutes."""
    return timedelta(minutes=count)


def at(count: float) -> datetime:
    """So many minutes after nine."""
    return NINE + minutes(count)


def step(
    number: int, after: float, action: Action, actor: Party | None = None, **more: Any
) -> Event:
    """An event of REQ-1, so many minutes after nine."""
    fields = {"source": "iga", "case": "REQ-1", "occurred_at": at(after), "id": f"e{number}"}
    return Event(action=action, actor=actor, **{**fields, **more})


def declared(
    source: str,
    carries: Iterable[Action] = Action,
    lanes: Iterable[str] | None = None,
    *,
    tells: Iterable[str] = FIELDS,
    told: bool = False,
) -> SourceDeclared:
    """A source; its one lane is called as it is, unless told."""
    return SourceDeclared(
        source=source,
        connector="native",
        carries=tuple(carries),
        tells=tuple(tells),
        lanes=tuple(lanes) if lanes is not None else (source,),
        told=told,
    )


def source(*args: Any, **more: Any) -> bytes:
    """The record that declares a source."""
    return write_source(CODEC, declared(*args, **more))


def tick(lane: str, after: float, name: str = "*") -> bytes:
    """A lane has been heard up to so many minutes after nine."""
    return write_ticks(CODEC, lane, {name: at(after)})


def policy(**fields: Any) -> bytes:
    """The record that puts a policy in force."""
    return write_policy(CODEC, Policy(**fields))


def untold(said: Iterable[Output]) -> list[str]:
    """The rules that became unable to tell, in order."""
    told = [orjson.loads(each.value) for each in said if each.log == HEALTH]
    return [each["untold"] for each in told if "untold" in each]
