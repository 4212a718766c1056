"""How a host goes on after a machine has raised: repaired, or without the record by a decision."""

from collections.abc import Sequence
from dataclasses import replace

from rules.machines.contract import Machine, Output, Record
from rules.machines.set_aside import digest_of
from stream.hosts.contract import Pace, Role
from stream.hosts.setting_aside import Decision
from tests.contracts.toys import SAID, Folding, Forgiving, Ruled
from tests.contracts.world import World, all_said, settled, texts

PACE = Pace(batch_records=8, checkpoint_every_records=1000, pulse_seconds=0.05)
POISON = b"poison"
HERE = 13
VALUES = [*texts(HERE), POISON, *texts(20, start=HERE)]
DECISION = Decision(offset=HERE, digest=digest_of(POISON), entry=b"ann and bo said so")


class SettingAsideContract:
    """What a person may count on who has to mend a halted partition."""

    async def test_a_record_that_is_set_aside_is_left_out_once_and_for_all(
        self, world: World
    ) -> None:
        """The decision stands in its place, and does so again in every replay after a crash."""
        log, said = await world.log("in"), await world.log("said")
        role = await world.role("toy", log, lambda number: Forgiving(said, number))
        await world.append(log, 0, VALUES)
        digest = (await halted(world, role))[0]
        await world.decide(role, 0, DECISION)

        for _ in range(2):
            running = await world.start([role], PACE)
            await all_said(world, said, len(VALUES))
            await running.crash()
        await world.append(log, 0, texts(5, start=40))
        running = await world.start([role], PACE)
        seen = await all_said(world, said, len(VALUES) + 5)
        await running.stop()

        assert digest == digest_of(POISON)
        assert seen == without([*VALUES, *texts(5, start=40)], HERE)
        assert running.halts == []

    async def test_a_decision_about_other_bytes_is_not_carried_out(self, world: World) -> None:
        """The record is named by its digest: another one that lies there is not left out."""
        log, said = await world.log("in"), await world.log("said")
        role = await world.role("toy", log, lambda number: Forgiving(said, number))
        await world.append(log, 0, VALUES)
        await halted(world, role)
        await world.decide(role, 0, replace(DECISION, digest=digest_of(b"another")))

        _, reason = await halted(world, role)

        assert f"expected {digest_of(b'another')}" in reason
        assert len(await world.said(said, 0)) == HERE

    async def test_nothing_is_set_aside_that_could_be_judged(self, world: World) -> None:
        """A decision about a sound record is never carried out, also not by a later replay."""
        log, said = await world.log("in"), await world.log("said")
        role = await world.role("toy", log, lambda number: Forgiving(said, number))
        await world.append(log, 0, texts(10))
        await world.decide(role, 0, replace(DECISION, offset=4, digest=digest_of(texts(10)[4])))

        running = await world.start([role], PACE)
        await all_said(world, said, 10)
        await running.crash()
        await world.append(log, 0, texts(5, start=10))
        running = await world.start([role], PACE)
        seen = await all_said(world, said, 15)
        await running.stop()

        assert running.halts == []
        assert seen == [each.value for each in fed(Forgiving(SAID, 0), texts(15))]

    async def test_a_machine_that_can_not_go_on_without_it_halts_again(self, world: World) -> None:
        """What a machine does not offer, no decision can ask of it."""
        log, said = await world.log("in"), await world.log("said")
        role = await world.role("toy", log, lambda number: Folding(said, number))
        await world.append(log, 0, VALUES)
        await halted(world, role)
        await world.decide(role, 0, DECISION)

        _, reason = await halted(world, role)

        assert "expected a machine that can go on without it" in reason

    async def test_a_repaired_version_goes_on_where_the_old_one_has_halted(
        self, world: World
    ) -> None:
        """A checkpoint was left at the head before it halted: no orderly stop is needed."""
        log, said = await world.log("in"), await world.log("said")
        old = await world.role("toy", log, lambda number: Ruled(said, number, "1"))
        new = await world.role("toy", log, lambda number: Repaired(said, number, "2"))
        await world.append(log, 0, VALUES)
        await halted(world, old, is_orderly=False)

        running = await world.start([new], PACE)
        seen = await all_said(world, said, len(VALUES) + 1)
        await running.stop()

        assert running.halts == []
        assert seen[HERE] == b"2 after 1"
        assert [b"poison" in each for each in seen].index(True) == HERE + 1
        assert len(seen) == len(VALUES) + 1


class Repaired(Ruled):
    """The next release: what its predecessor raised at is a record like any other."""

    def _one(self, record: Record) -> Output:
        if record.value == POISON:
            record = record._replace(value=b"poison: understood")
        return super()._one(record)


async def halted(world: World, role: Role, *, is_orderly: bool = True) -> tuple[str | None, str]:
    """Run until the partition halts, and end; the digest and the reason that were told."""
    running = await world.start([role], PACE)

    async def look() -> int:
        return len(running.halts)

    await settled(look, lambda count: count > 0)
    (halt,) = running.halts
    assert halt.position == HERE
    await (running.stop() if is_orderly else running.crash())
    return halt.digest, halt.reason


def fed(machine: Machine, values: Sequence[bytes]) -> list[Output]:
    """What a machine says in a plain loop."""
    return machine.feed([Record(offset, value) for offset, value in enumerate(values)])


def without(values: Sequence[bytes], offset: int) -> list[bytes]:
    """What a plain loop says that leaves one record out."""
    machine = Forgiving(SAID, 0)
    said = fed(machine, values[:offset])
    said += machine.set_aside(Record(offset, values[offset]), DECISION.entry)
    said += fed(machine, values[offset + 1 :])
    return [each.value for each in said]
