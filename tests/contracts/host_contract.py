"""What every host owes a machine: one suite, subclassed once per host.

A subclass is called `Test…` and has a fixture `world`, which yields a `World`: the logs of one
test and a way to run the host over them. Everything is compared with a plain loop over the same
records (`tests.contracts.toys.fold`), so lost, doubled and out of order all show as unequal.
"""

from collections.abc import Callable

from rules.machines.contract import Record
from stream.hosts.contract import Halt, Pace, Role
from tests.contracts.toys import (
    SAID,
    Folding,
    Forgetting,
    Guessing,
    PuttingAside,
    Ruled,
    Stamping,
    Taking,
    fold,
)
from tests.contracts.world import Running, World, all_said, settled, texts

QUICK = Pace(batch_records=8, checkpoint_every_records=30, pulse_seconds=0.05)


class HostContract:
    """What a machine may count on, whatever the host."""

    async def test_what_a_machine_says_is_committed_in_order(self, world: World) -> None:
        """The plain case: two partitions, two machines, each says what a plain loop would say."""
        log, said = await world.log("in", 2), await world.log("said", 2)
        role = await world.role("toy", log, lambda number: Folding(said, number), partitions=2)
        await world.append(log, 0, texts(40))
        await world.append(log, 1, texts(25, start=1000))

        running = await world.start([role], QUICK)
        first, second = await all_said(world, said, 40), await all_said(world, said, 25, 1)
        await running.stop()

        assert first == fold(texts(40))
        assert second == fold(texts(25, start=1000))
        assert running.halts == []

    async def test_an_orderly_stop_leaves_nothing_to_replay(self, world: World) -> None:
        """The next host goes on where this one stood, with the same state."""
        log, said = await world.log("in"), await world.log("said")
        built: list[Folding] = []
        role = await world.role("toy", log, remembering(built, said))
        await world.append(log, 0, texts(40))

        await (await self._run(world, role, said, 40)).stop()
        await world.append(log, 0, texts(7, start=40))
        running = await world.start([role], QUICK)
        seen = await all_said(world, said, 47)
        await running.stop()

        assert seen == fold(texts(47))
        assert built[-1].fed == 7

    async def test_after_a_crash_everything_is_there_once(self, world: World) -> None:
        """The host dies at whatever moment; what it had not committed is fed again, once."""
        log, said = await world.log("in"), await world.log("said")
        role = await world.role("toy", log, lambda number: Folding(said, number))
        await world.append(log, 0, texts(300))

        for count in (2, 60, 170):
            running = await world.start([role], QUICK)
            await all_said(world, said, count)
            await running.crash()
        running = await world.start([role], QUICK)
        seen = await all_said(world, said, 300)
        await running.stop()

        assert seen == fold(texts(300))

    async def test_a_restore_replays_only_what_came_after_the_checkpoint(
        self, world: World
    ) -> None:
        """State is loaded, the rest is replayed with outputs off, and the head agrees."""
        log, said = await world.log("in"), await world.log("said")
        built: list[Folding] = []
        role = await world.role("toy", log, remembering(built, said))
        await world.append(log, 0, texts(100))

        await (await self._run(world, role, said, 100)).crash()
        await world.append(log, 0, texts(5, start=100))
        running = await world.start([role], QUICK)
        seen = await all_said(world, said, 105)
        await running.stop()

        assert seen == fold(texts(105))
        # A checkpoint is due after 30 records and written with the batch (8) that reaches them.
        assert 5 < built[-1].fed < 5 + 30 + 8
        assert running.halts == []

    async def test_state_that_is_gone_stays_gone(self, world: World) -> None:
        """A row that a machine takes back does not come to life in the next one."""
        log, said = await world.log("in"), await world.log("said")
        role = await world.role("toy", log, lambda number: Forgetting(said, number))

        for start in range(0, 60, 20):
            await world.append(log, 0, texts(20, start=start))
            await (await self._run(world, role, said, start + 20)).stop()

        assert await world.said(said, 0) == fold(texts(60), make=Forgetting)

    async def test_what_is_put_away_is_found_again_by_name(self, world: World) -> None:
        """Crashes and orderly stops: it is never handed over, and what is gone stays gone."""
        log, said = await world.log("in"), await world.log("said")
        built: list[PuttingAside] = []

        def build(number: int) -> PuttingAside:
            built.append(PuttingAside(said, number))
            return built[-1]

        role = await world.role("toy", log, build)
        for start in range(0, 150, 50):
            await world.append(log, 0, texts(50, start=start))
            running = await self._run(world, role, said, start + 50)
            await (running.stop() if start else running.crash())

        assert await world.said(said, 0) == fold(texts(150), make=Forgetting)
        assert {name for each in built for name in each.handed} == {"chain"}

    async def test_how_records_are_cut_does_not_show(self, world: World) -> None:
        """One record a batch or all of them: the same outputs."""
        log = await world.log("in")
        one, many = await world.log("one"), await world.log("many")
        await world.append(log, 0, texts(30))
        roles = [
            await world.role("one", log, lambda number: Folding(one, number), batch_records=1),
            await world.role("many", log, lambda number: Folding(many, number), batch_records=64),
        ]

        running = await world.start(roles, QUICK)
        seen = await all_said(world, one, 30), await all_said(world, many, 30)
        await running.stop()

        assert seen[0] == seen[1] == fold(texts(30))

    async def test_a_record_says_when_the_log_took_it(self, world: World) -> None:
        """`at_ms` is there, and offsets and times go up."""
        log, said = await world.log("in"), await world.log("said")
        role = await world.role("toy", log, lambda number: Stamping(said, number))
        for number in range(3):
            await world.append(log, 0, texts(1, start=number))

        running = await world.start([role], QUICK)
        seen = await all_said(world, said, 3)
        await running.stop()

        stamps = [tuple(map(int, value.split())) for value in seen]
        assert stamps == sorted(stamps)
        assert len({offset for offset, _ in stamps}) == 3
        assert all(at_ms > 1_500_000_000_000 for _, at_ms in stamps)

    async def test_a_machine_that_raises_halts_its_partition_alone(self, world: World) -> None:
        """What came before is committed, the halt says where and why, the others go on."""
        log, said = await world.log("in", 2), await world.log("said", 2)
        role = await world.role("toy", log, lambda number: Folding(said, number), partitions=2)
        await world.append(log, 0, [*texts(13), b"poison", *texts(5, start=13)])
        await world.append(log, 1, texts(40))

        running = await world.start([role], QUICK)
        others = await all_said(world, said, 40, 1)
        await world.append(log, 1, texts(9, start=40))
        others = await all_said(world, said, 49, 1)
        halts = await told(running, 1)
        await running.stop()

        assert others == fold(texts(49))
        assert await world.said(said, 0) == fold(texts(13))
        assert [(halt.role, halt.partition) for halt in halts] == [(role.name, 0)]
        assert "Poison" in halts[0].reason

    async def test_a_halted_partition_halts_again_and_says_nothing_twice(
        self, world: World
    ) -> None:
        """Starting again does not step over the record, nor repeat those before it."""
        log, said = await world.log("in"), await world.log("said")
        role = await world.role("toy", log, lambda number: Folding(said, number))
        await world.append(log, 0, [*texts(4), b"poison"])

        positions = []
        for _ in range(2):
            running = await world.start([role], QUICK)
            halts = await told(running, 1)
            await running.stop()
            positions.append([halt.position for halt in halts])

        assert await world.said(said, 0) == fold(texts(4))
        assert positions[0] == positions[1]
        assert len(positions[0]) == 1

    async def test_a_machine_with_chance_in_it_is_found_out(self, world: World) -> None:
        """A restored machine must stand where the old one stood; if not, nothing more is said."""
        log, said, fine = await world.log("in"), await world.log("said"), await world.log("fine")
        guessing = await world.role("guess", log, lambda number: Guessing(said, number))
        folding = await world.role("fold", log, lambda number: Folding(fine, number))
        await world.append(log, 0, texts(12))

        await (await self._run(world, guessing, said, 12)).stop()
        await world.append(log, 0, texts(3, start=12))
        running = await world.start([guessing, folding], QUICK)
        seen = await all_said(world, fine, 15)
        halts = await told(running, 1)
        await running.stop()

        assert seen == fold(texts(15))
        assert await world.said(said, 0) == fold(texts(12))
        assert [halt.role for halt in halts] == [guessing.name]
        assert "head" in halts[0].reason

    async def test_other_rules_take_over_at_the_head_and_say_so_once(self, world: World) -> None:
        """An orderly stop leaves a checkpoint there: version 2 goes on, and later version 2 again.

        And from there back to version 1, in the same way.
        """
        log, said = await world.log("in"), await world.log("said")
        expected, records = Ruling(), 0
        for version in ("1", "2", "2", "1"):
            role = await world.role("toy", log, ruled(said, version))
            await world.append(log, 0, texts(20, start=records))
            expected.go_on(version, texts(20, start=records))
            records += 20

            await (await self._run(world, role, said, len(expected.said))).stop()

        assert await world.said(said, 0) == expected.said
        assert expected.said.count(b"2 after 1") == expected.said.count(b"1 after 2") == 1

    async def test_other_rules_do_not_replay_what_they_have_not_judged(self, world: World) -> None:
        """After a crash version 2 halts and says what to do; that done, it takes over."""
        log, said = await world.log("in"), await world.log("said")
        old = await world.role("toy", log, ruled(said, "1"))
        new = await world.role("toy", log, ruled(said, "2"))
        expected = Ruling()
        expected.go_on("1", texts(20))
        await world.append(log, 0, texts(20))
        await (await self._run(world, old, said, 20)).crash()

        running = await world.start([new], QUICK)
        halts = await told(running, 1)
        await running.stop()
        meanwhile = await world.said(said, 0)
        old_again = await world.start([old], QUICK)
        await old_again.is_at_work()
        await old_again.stop()
        await world.append(log, 0, texts(5, start=20))
        expected.go_on("2", texts(5, start=20))
        await (await self._run(world, new, said, len(expected.said))).stop()

        assert "start version 1 once more" in halts[0].reason.lower()
        assert meanwhile == expected.said[:20]
        assert await world.said(said, 0) == expected.said

    async def test_what_others_have_adopted_is_not_adopted_twice(self, world: World) -> None:
        """Killed right after the take-over, whose checkpoint came with it: nothing is repeated."""
        log, said = await world.log("in"), await world.log("said")
        expected = Ruling()
        expected.go_on("1", texts(10))
        expected.go_on("2", [])
        old = await world.role("toy", log, ruled(said, "1"))
        new = await world.role("toy", log, ruled(said, "2"))
        await world.append(log, 0, texts(10))
        await (await self._run(world, old, said, 10)).stop()

        for _ in range(2):
            await (await self._run(world, new, said, 11)).crash()
        await world.append(log, 0, texts(5, start=10))
        expected.go_on("2", texts(5, start=10))
        await (await self._run(world, new, said, 16)).stop()

        assert await world.said(said, 0) == expected.said

    async def test_intake_is_never_replayed(self, world: World) -> None:
        """Its state goes with every batch: after a crash it numbers on and is fed nothing twice."""
        log, said = await world.log("in"), await world.log("said")
        built: list[Taking] = []
        role = await world.role("take", log, taking(built, said), replayed=False)
        pace = Pace(batch_records=8, checkpoint_every_records=1000, pulse_seconds=1000)
        await world.append(log, 0, texts(50))

        running = await world.start([role], pace)
        await all_said(world, said, 50)
        await running.crash()
        await world.append(log, 0, texts(5, start=50))
        running = await world.start([role], pace)
        seen = await all_said(world, said, 55)
        await running.stop()

        numbered = enumerate(texts(55), start=1)
        assert seen == [b"took %d %s" % (number, text) for number, text in numbered]
        assert built[-1].fed == 5

    async def test_a_quiet_log_still_pulses(self, world: World) -> None:
        """Nothing is written and time goes on: the pulses' outputs are committed."""
        log, said = await world.log("in"), await world.log("said")
        role = await world.role("take", log, lambda number: Taking(said, number), replayed=False)

        running = await world.start([role], QUICK)
        seen = await all_said(world, said, 3)
        await running.stop()

        assert len(seen) >= 3
        assert set(seen) == {b"pulse 0 all"}

    async def test_a_pulse_says_whether_records_wait(self, world: World) -> None:
        """As long as something waits, intake is not told that it has caught up."""
        log, said = await world.log("in"), await world.log("said")
        role = await world.role(
            "take", log, lambda number: Taking(said, number), replayed=False, batch_records=1
        )
        await world.append(log, 0, texts(60))

        running = await world.start([role], Pace(pulse_seconds=0.002))
        seen = await settled(
            lambda: world.said(said, 0), lambda seen: seen[-1:] == [b"pulse 60 all"]
        )
        await running.stop()

        pulses = [value for value in seen if value.startswith(b"pulse")]
        assert {value for value in pulses if value.endswith(b"all")} == {b"pulse 60 all"}
        assert [value for value in pulses if value.endswith(b"more")]

    async def _run(self, world: World, role: Role, said: str, count: int) -> Running:
        """Run a host until so much was said."""
        running = await world.start([role], QUICK)
        await all_said(world, said, count)
        return running


async def told(running: Running, count: int) -> list[Halt]:
    """The halts once there are so many, or when patience ends."""

    async def look() -> list[Halt]:
        return list(running.halts)

    return await settled(look, lambda seen: len(seen) >= count)


class Ruling:
    """What machines of several versions must have said, one after the other, as a plain loop."""

    def __init__(self) -> None:
        self.said: list[bytes] = []
        self._toy: Ruled | None = None
        self._offset = 0

    def go_on(self, version: str, values: list[bytes]) -> None:
        """Have a version take over, if it is another one, and take these values."""
        if self._toy is None:
            self._toy = Ruled(SAID, 0, version)
        elif self._toy.version != version:
            before, self._toy.version = self._toy.version, version
            self.said += [output.value for output in self._toy.adopt(before)]
        for value in values:
            self.said += [each.value for each in self._toy.feed([Record(self._offset, value)])]
            self._offset += 1


def ruled(said: str, version: str) -> Callable[[int], Ruled]:
    """Build toys that go by a version of the rules."""
    return lambda number: Ruled(said, number, version)


def remembering(built: list[Folding], said: str) -> Callable[[int], Folding]:
    """Build toys, and keep hold of them."""

    def build(number: int) -> Folding:
        built.append(Folding(said, number))
        return built[-1]

    return build


def taking(built: list[Taking], said: str) -> Callable[[int], Taking]:
    """Build intakes, and keep hold of them."""

    def build(number: int) -> Taking:
        built.append(Taking(said, number))
        return built[-1]

    return build
