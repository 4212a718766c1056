"""Bodies that wait for a storage that hangs: so many and no more."""

import asyncio
import threading
from datetime import UTC, datetime
from pathlib import Path

import pytest

from rules.policy import Policy
from stream.clock import FixedClock
from stream.hosts.contract import Pace
from stream.running import embedded
from stream.running.embedded import LAYOUT, EmbeddedRun
from stream.running.roles import Plan, roles_of
from stream.web.receive import Receipt
from tests.benchmarks.events import raw_events

HANGS_SECONDS_MAX = 30.0
NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)


async def test_a_body_too_many_is_sent_away_and_the_others_are_stored(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever is sent away is told why; with the storage back, what waited is taken in."""
    monkeypatch.setattr(embedded, "BODIES_WAITING_MAX", 2)
    clock, back = FixedClock(NOON), threading.Event()
    plan = Plan(
        sources={"native": "native"},
        layout=LAYOUT,
        raw_partitions=1,
        policy=Policy(),
        stamp=lambda _: None,
        clock=clock,
    )

    def hang(*_: object) -> None:
        back.wait(HANGS_SECONDS_MAX)

    async with EmbeddedRun(tmp_path, plan, roles_of(plan), pace=Pace(), clock=clock) as running:
        hanging = asyncio.create_task(running.inspect(hang))
        sent = [asyncio.create_task(running.accept("native", each)) for each in raw_events(5)]
        refused, _ = await asyncio.wait(sent, return_when=asyncio.FIRST_COMPLETED)
        back.set()
        await hanging
        told = await asyncio.gather(*sent, return_exceptions=True)
    receipts = [each for each in told if isinstance(each, Receipt)]
    assert all("2 bodies wait to be stored" in str(each.exception()) for each in refused)
    assert len(receipts) >= 2
    assert {each.offset for each in receipts} == set(range(len(receipts)))
