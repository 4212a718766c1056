"""A machine that is slow at its records and at its state: the group never gives its worker up."""

import gc
import time
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import Any

import pytest

from rules.machines.contract import Output, Record
from stream.hosts.contract import Pace
from stream.hosts.kafka import Stage
from tests.contracts.toys import Folding, fold
from tests.contracts.world import texts
from tests.kafka.bench import LIMITS, Bench
from tests.kafka.broker import Broker
from tests.kafka.topics import administration


@pytest.fixture
def bench(broker: Broker, prefix: str) -> Bench:
    """Topics and a role that no other test has."""
    return Bench(broker.bootstrap, prefix)


class Slow(Folding):
    """A machine that holds the event loop for 10 ms a record, and as long for a row of state."""

    def feed(self, records: Sequence[Record]) -> list[Output]:
        time.sleep(0.01 * len(records))
        return super().feed(records)

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        for row in super().changes():
            time.sleep(0.01)
            yield row


async def members(bench: Bench) -> list[str]:
    """Who the broker takes for alive: a worker that it has given up comes back by another name."""
    async with administration(bench.bootstrap) as admin:
        answers: list[Any] = await admin.describe_consumer_groups([f"foureyes-{bench.role_name}"])
    return [member[0] for answer in answers for group in answer.groups for member in group[5]]


# While the loop is held a broker's answer may come too late for aiokafka, which then drops that
# connection and leaves its socket to be collected.
@pytest.mark.filterwarnings("ignore::pytest.PytestUnraisableExceptionWarning")
async def test_a_slow_machine_does_not_lose_its_session(bench: Bench) -> None:
    """Four seconds of work in one batch, four for the rows after it, and a session of two.

    The broker has not given the worker up, and it was never restored.
    """
    values = texts(401, keys=401)
    await bench.make_topics()
    await bench.write(values[:1])
    slow = bench.role(lambda number: Slow(bench.said_log, number))
    pace = Pace(batch_records=1000, checkpoint_every_records=400)
    limits = replace(LIMITS, session_seconds=2.0)

    async with bench.running(slow, pace=pace, limits=limits) as host:
        await bench.have_said(1)
        before = await members(bench)
        await bench.write(values[1:400])
        await bench.have_said(400)
        # It is said, and the checkpoint that is due is under way: this record waits behind it.
        await bench.write(values[400:])
        seen = await bench.have_said(401)
        (status,) = host.status()
        after = await members(bench)
    # Here, and not in whatever test comes next.
    gc.collect()

    assert seen == fold(values)
    assert (status.restores, status.stage) == (1, Stage.RUNNING)
    assert status.slice_seconds_max < limits.session_seconds
    assert len(before) == 1
    assert after == before
