"""Whatever is too large for a record halts its partition: nothing is cut, nothing is left out."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import pytest

from rules.machines.contract import Output, Record
from tests.contracts.toys import Folding, fold
from tests.contracts.world import texts
from tests.kafka.bench import LIMITS, Bench
from tests.kafka.broker import Broker


@pytest.fixture
def bench(broker: Broker, prefix: str) -> Bench:
    """Topics and a role that no other test has."""
    return Bench(broker.bootstrap, prefix)


class Hoarding(Folding):
    """A machine whose state or words outgrow a record at the thirteenth record."""

    def __init__(self, said: str, partition: int, *, in_words: bool) -> None:
        super().__init__(said, partition)
        self._in_words = in_words
        self._known = 0

    def feed(self, records: Sequence[Record]) -> list[Output]:
        said = super().feed(records)
        self._known += len(records)
        for number, record in enumerate(records):
            if self._in_words and record.offset == 12:
                said[number] = said[number]._replace(value=b"x" * 2500)
        return said

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        yield from super().changes()
        if not self._in_words and self._known >= 12:
            yield "hoard", b"x" * 2500


async def test_a_row_that_is_too_large_halts_and_takes_nothing_with_it(bench: Bench) -> None:
    """What the machine has said is committed before its checkpoint fails."""
    await bench.make_topics()
    await bench.write(texts(50))
    role = bench.role(lambda number: Hoarding(bench.said_log, number, in_words=False))

    async with bench.running(role):
        halt = await bench.halted()

    assert await bench.said() == fold(texts(50))
    assert "row/hoard" in halt.reason
    assert "at most 2000" in halt.reason


async def test_an_output_that_is_too_large_halts_at_its_record(bench: Bench) -> None:
    """Everything before that record is committed; the halt names it and the log."""
    await bench.make_topics()
    await bench.write(texts(50))
    role = bench.role(lambda number: Hoarding(bench.said_log, number, in_words=True))

    async with bench.running(role):
        halt = await bench.halted()

    assert await bench.said() == fold(texts(12))
    assert halt.position == 12
    assert bench.said_log in halt.reason


async def test_an_output_that_the_broker_refuses_halts_at_its_record(bench: Bench) -> None:
    """The topic takes less than we were told: a commit without that record would lose it."""
    await bench.make_topics(message_bytes=2000)
    await bench.write(texts(50))
    role = bench.role(lambda number: Hoarding(bench.said_log, number, in_words=True))

    async with bench.running(role, limits=replace(LIMITS, record_bytes=1_000_000)):
        halt = await bench.halted()

    assert await bench.said() == fold(texts(12))
    assert halt.position == 12
    assert "max.message.bytes" in halt.reason
