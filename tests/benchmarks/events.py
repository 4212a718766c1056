"""The events that benchmarks run on: the shape of the common work, made here from a seed."""

import random
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import orjson

BEGIN = datetime(2026, 11, 1, tzinfo=UTC)
SOURCE = "iga/acme"
CASES_A_SECOND = 50


def raw_events(cases: int, seed: int = 7, first: int = 0, begin: datetime = BEGIN) -> list[bytes]:
    """Make five native events a case (four where evidence never comes), in order of arrival.

    Cases begin 50 to the second of event time; arrival is up to 30 s out of order; 5 % of the
    cases are approved by the one who asked or gets the access, 5 % never get their evidence.
    The cases are numbered from `first`.
    """
    return [raw for _, raw in arrivals(cases, seed, first, begin)]


def arrivals(
    cases: int, seed: int = 7, first: int = 0, begin: datetime = BEGIN
) -> list[tuple[datetime, bytes]]:
    """Make the same events, each with the moment at which it arrives."""
    rng = random.Random(seed)
    rows = [row for number in range(first, first + cases) for row in _case(number, begin, rng)]
    came = [(at + timedelta(seconds=rng.uniform(0, 30)), n, raw) for at, n, raw in rows]
    return [(at, raw) for at, _, raw in sorted(came)]


def tick(until: datetime) -> bytes:
    """Make the event with which the source says up to when it has reported."""
    told = {"specversion": "1.0", "id": f"tick-{until.isoformat()}", "source": SOURCE}
    return orjson.dumps({**told, "type": "iga.tick", "time": until})


def _case(
    number: int, begin: datetime, rng: random.Random
) -> Iterator[tuple[datetime, int, bytes]]:
    case = f"REQ-{number:08d}"
    asked = begin + timedelta(seconds=number / CASES_A_SECOND)
    who, whom, boss = (f"u{rng.randrange(5000):05d}" for _ in range(3))
    if rng.random() < 0.05:
        boss = rng.choice((who, whom))
    right = {
        "id": f"ent-{rng.randrange(800):04d}",
        "type": "role",
        "name": "Payments operator",
        "system": "SAP-PRD",
        "privileged": rng.random() < 0.1,
    }
    ticket = f"CHG-{rng.randrange(10**6):06d}"
    decided = asked + timedelta(seconds=rng.uniform(1, 600))
    steps: list[tuple[str, str, datetime, dict[str, Any]]] = [
        ("requested", who, asked, _request(whom, right, ticket)),
        ("approved", boss, decided, {"stage": "manager", "outcome": "approved"}),
        ("provisioned", "svc-provision", _later(decided, rng), {"entitlement": right}),
        ("step_invoked", "svc-workflow", _later(decided, rng), {"step": _step(rng)}),
    ]
    if rng.random() >= 0.05:
        evidence = [{"kind": "ticket", "ref": ticket, "digest": f"{rng.getrandbits(256):064x}"}]
        arrived = decided + timedelta(seconds=rng.uniform(-0.5, 1200))
        steps.append(("evidenced", who, arrived, {"evidence": evidence}))
    for position, (action, actor, at, more) in enumerate(steps):
        yield at, number * 8 + position, _event(case, action, actor, at, more)


def _event(case: str, action: str, actor: str, at: datetime, more: dict[str, Any]) -> bytes:
    raw = orjson.dumps(
        {
            "specversion": "1.0",
            "id": f"{case}-{action}",
            "source": SOURCE,
            "type": f"iga.{action}",
            "subject": case,
            "time": at,
            "data": {
                "case": case,
                "action": action,
                "tenant": "acme",
                "actor": {"account": actor, "kind": "human" if actor[0] == "u" else "service"},
                "workflow": {"id": "wf-access", "version": "17", "step": action},
                **more,
            },
        },
        option=orjson.OPT_UTC_Z,
    )
    # orjson's bytes keep the 4 KiB that they were written in, and these are kept by the 100,000.
    return bytes(memoryview(raw))


def _request(whom: str, right: dict[str, Any], ticket: str) -> dict[str, Any]:
    return {
        "beneficiary": {"account": whom, "kind": "human"},
        "entitlement": right,
        "justification": f"Quarter end close, see ticket {ticket}",
    }


def _step(rng: random.Random) -> dict[str, Any]:
    return {
        "invocation": f"{rng.getrandbits(128):032x}",
        "extension": "notify-hr",
        "destination": "https://hooks.acme.example/hr",
    }


def _later(at: datetime, rng: random.Random) -> datetime:
    return at + timedelta(seconds=rng.uniform(1, 120))
