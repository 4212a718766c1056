"""A record on disk, made by the embedded host from native events: what readers of one test with."""

import json
from collections.abc import Iterable, Iterator
from contextlib import closing, contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

from rules.machines.contract import Output
from rules.policy import Exemption, Policy
from stream.clock import FixedClock
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.running.embedded import LAYOUT, RAW_PARTITIONS, put_policy
from stream.running.roles import Plan, roles_of
from stream.topics import raw_topic

NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)


def event(
    case: str | None,
    number: int,
    minute: float,
    action: str,
    *,
    source: str = "iga/acme",
    **more: Any,
) -> dict[str, Any]:
    """A native event of a case (None: only its links are known), minutes after nine."""
    at = (NINE + timedelta(minutes=minute)).isoformat().replace("+00:00", "Z")
    told = {
        "specversion": "1.0",
        "id": f"{case or 'loose'}-{number}",
        "source": source,
        "type": f"iga.{action}",
        "time": at,
        "data": {"tenant": "acme", **more},
    }
    return told if case is None else {**told, "subject": case}


def human(account: str) -> dict[str, str]:
    """A person's account."""
    return {"account": account, "kind": "human"}


DAY = [
    event(
        "REQ-7",
        1,
        0,
        "requested",
        actor=human("ann"),
        justification="Quarter end",
        links=["execution:9f2c"],
    ),
    event("REQ-7", 2, 41, "approved", actor=human("ann"), stage="manager"),
    event("REQ-8", 1, 5, "requested", actor=human("cy"), justification="New in the team"),
    event(
        "REQ-8", 2, 9, "evidenced", actor=human("cy"), evidence=[{"kind": "ticket", "ref": "CHG-1"}]
    ),
    event("REQ-8", 3, 12, "approved", actor=human("bo")),
    event("REQ-8", 1, 5, "requested", actor=human("dee"), tenant="globex", justification="Holiday"),
    event(
        None,
        1,
        41.1,
        "step_recorded",
        source="gateway",
        links=["execution:9f2c"],
        step={"destination": "https://hooks.acme.example/a"},
    ),
    event(
        None,
        2,
        50,
        "step_recorded",
        source="gateway",
        links=["execution:77aa"],
        step={"destination": "https://hooks.acme.example/b"},
    ),
]
"""A self-approval, a sound case, its namesake elsewhere, a call with and one without a case."""


def lines(events: Iterable[dict[str, Any]]) -> bytes:
    """Events as JSON lines."""
    return b"\n".join(json.dumps(each).encode() for each in events)


@contextmanager
def host_at_work(
    directory: Path,
    events: Iterable[dict[str, Any]] = DAY,
    *,
    minutes: float = 200,
    exceptions: tuple[Exemption, ...] = (),
) -> Iterator[EmbeddedHost]:
    """A host that has taken these events in and stands so long after nine; it is still open."""
    clock = FixedClock(NINE)
    policy = Policy(version="2026-11", owner="Ina Lopez", exceptions=exceptions)
    plan = Plan(
        sources={"native": "native"},
        layout=LAYOUT,
        raw_partitions=RAW_PARTITIONS,
        policy=policy,
        stamp=lambda _: None,
        clock=clock,
    )
    store = Store(directory)
    with closing(EmbeddedHost(store, roles_of(plan), clock=clock)) as host:
        put_policy(store, host, policy, clock)
        host.step([Output(raw_topic("native"), 0, lines([each])) for each in events])
        for _ in range(int(minutes)):
            clock.advance(timedelta(minutes=1))
            host.step(pulse=True)
        while not host.step().is_idle:
            pass
        yield host
