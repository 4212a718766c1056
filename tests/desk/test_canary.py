"""The desk and the canary: it comes through to every destination's desk, and to nobody beyond."""

import asyncio
from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from rules.canary import TENANT
from rules.finding import Change, Finding
from stream.canary.sighting import Lookout, Sighting, read_sighting
from stream.desk.alerts import Alerts
from stream.desk.embedded import DeskHooks
from tests.desk.findings import NOON, OPENED, changed, line, lives
from tests.desk.flaky import Flaky, MemoryCursors, MemoryLog, down
from tests.desk.test_embedded import running, until

CANARY = replace(OPENED, finding="APR-001-00ca7a00", tenant=TENANT, case="canary-1")
LATER = replace(CANARY, finding="APR-001-00ca7a01", case="canary-2", at=NOON + timedelta(hours=1))
SECOND = timedelta(seconds=1)


def alerts() -> Alerts:
    """A desk that reminds, without routes."""
    return Alerts("alertmanager", resends=True)


@given(lives(), st.sampled_from(Change))
def test_nothing_of_a_canary_is_ever_told(findings: list[Finding], change: Change) -> None:
    """Whatever becomes of it, what is told, listed and kept standing is as if it had not been."""
    desk, plain = alerts(), alerts()
    for finding in findings:
        desk.take(line(replace(CANARY, change=change)), NOON)
        desk.take(line(replace(CANARY, rule="EVD-002")), NOON)
        for each in (desk, plain):
            each.take(line(finding), NOON)
    told = [desk.due(NOON), plain.due(NOON)]
    for each in (desk, plain):
        each.settle([], NOON)

    assert told[0] == told[1]
    assert desk.standing(NOON) == plain.standing(NOON)
    assert {**dict(desk.changes()), "canary": b""} == {**dict(plain.changes()), "canary": b""}


def test_it_counts_as_seen_when_all_before_it_was_delivered() -> None:
    """A desk that can not deliver is as blind as one that does not hear."""
    desk = alerts()
    desk.take(line(OPENED), NOON)
    desk.take(line(CANARY), NOON)
    desk.due(NOON)
    before = desk.sighting
    desk.due(NOON + SECOND)
    desk.settle([], NOON + SECOND)

    assert (before, desk.sighting) == (None, Sighting(NOON, NOON + SECOND))


def test_an_older_one_and_another_finding_of_it_move_nothing() -> None:
    """What is told again after a restart is no new sign of life; nor is a withdrawal."""
    desk = alerts()
    for finding in (LATER, CANARY, changed(LATER, Change.WITHDRAWN), replace(LATER, rule="X")):
        desk.take(line(finding), NOON)
        desk.settle([], NOON)

    assert desk.sighting == Sighting(LATER.at, NOON)


def test_the_latest_sighting_outlives_the_desk() -> None:
    """It is a row like all else that a desk remembers, and is written once."""
    desk, next_desk = alerts(), alerts()
    desk.take(line(CANARY), NOON)
    desk.settle([], NOON + SECOND)
    rows = dict(desk.changes())
    next_desk.restore([(name, row) for name, row in rows.items() if row is not None])

    assert next_desk.sighting == desk.sighting
    assert dict(desk.changes()) == {}


@given(st.timedeltas(timedelta(0), timedelta(days=400)))
def test_a_sighting_is_read_back_as_it_was_written(later: timedelta) -> None:
    """To the microsecond."""
    lookout = Lookout()
    lookout.see(NOON, NOON + later)
    (row,) = [row for _, row in lookout.changes()]

    assert read_sighting(row) == lookout.sighting
    assert read_sighting(row).round_trip == later


async def test_one_that_is_down_stays_blind_and_the_others_see() -> None:
    """The embedded desk says so by destination, also of what was seen before a restart."""
    log, cursors = MemoryLog(), MemoryCursors()
    seen: list[tuple[str, Sighting]] = []
    hooks = DeskHooks(on_sighting=lambda name, sighting: seen.append((name, sighting)))
    log.write(line(OPENED), line(CANARY))
    up, ill = Flaky("up"), Flaky("ill", [down()] * 1_000)
    async with running(log, cursors, up, ill, hooks=hooks):
        await until(lambda: bool(seen))
        await asyncio.sleep(0.05)
    first = list(seen)
    async with running(log, cursors, Flaky("up"), Flaky("ill"), hooks=hooks):
        await until(lambda: {name for name, _ in seen} == {"up", "ill"})

    assert first == [("up", Sighting(NOON, NOON))]
    assert [each.finding.finding for each in up.arrived] == [OPENED.finding]
    assert seen.count(("up", Sighting(NOON, NOON))) == 2
