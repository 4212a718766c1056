"""Ten times what can be taken at once: it waits its turn, nothing is lost, and nothing piles up."""

import asyncio
import json
import time
from collections import Counter
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path

import pytest
from aiokafka import AIOKafkaProducer

from rules.machines.contract import JOURNAL
from tests.benchmarks.events import BEGIN, raw_events, tick
from tests.contracts.world import settled
from tests.end_to_end.asked import send
from tests.faults.flow import Program
from tests.faults.judges import EVENTS_A_FRAME, PARTITIONS, Judges
from tests.faults.table import draw, plain_fold
from tests.faults.test_embedded_run import hold
from tests.hosts.judged import journal
from tests.kafka.broker import Broker
from tests.kafka.workers import Worker
from tests.programs import Run

TIMES = 10
"""How much more comes than can be taken."""
PLACES = 4
"""Bodies that may be taken in at the same time."""
EVENTS_A_BODY = 50
PAUSE_SECONDS = 0.1
"""A sender comes back sooner than it is asked to, or the test would take longer than it must."""
BEFORE_IT = 5
"""Records that are judged before the burst comes."""
HELD_MB_MAX = 32
"""What may wait in a process that can not follow: some megabytes for each partition."""


def resident_mb(pid: int) -> float:
    """The memory that a process holds."""
    status = Path(f"/proc/{pid}/status").read_text()
    (kib,) = (line.split()[1] for line in status.splitlines() if line.startswith("VmRSS:"))
    return int(kib) / 1024


def insist(run: Run, bodies: Sequence[Sequence[bytes]]) -> Counter[int]:
    """Send each body until it is taken in; how often which answer came."""
    answers: Counter[int] = Counter()
    for body in bodies:
        while (answer := send(run, body)).status != 202:
            assert int(answer.headers["Retry-After"]) > 0
            answers[answer.status] += 1
            time.sleep(PAUSE_SECONDS)
        answers[answer.status] += 1
    return answers


def test_more_senders_than_places(tmp_path: Path) -> None:
    """Forty senders for four places: sent away with a time to come back, and all taken in at last.

    What waits is bodies that nobody has read yet: the process holds no more than before.
    """
    each = draw(short=4, full=40) * EVENTS_A_BODY
    lines = raw_events(TIMES * PLACES * each // 5)
    shares = [lines[at : at + each] for at in range(0, len(lines), each)]
    cut = [[s[at : at + EVENTS_A_BODY] for at in range(0, len(s), EVENTS_A_BODY)] for s in shares]
    program = Program({"FOUREYES_HTTP_IN_FLIGHT_MAX": str(PLACES)}, tmp_path)
    try:
        program.start()
        assert program.process is not None
        run = Run(program.url, program.process, program.log)
        with ThreadPoolExecutor(TIMES * PLACES) as senders:
            answers = sum(senders.map(partial(insist, run), cut), Counter[int]())
        insist(run, [[tick(BEGIN + timedelta(days=1))]])
        program.stop()
    finally:
        program.kill()
    assert answers[202] == sum(map(len, cut))
    assert answers.keys() <= {202, 429, 503}
    assert answers[429] > answers[202]
    told = [json.loads(line)["id"] for line in lines]
    hold(f"{TIMES} times as many senders as places", 1, tmp_path / "data", told)


@pytest.mark.kafka
async def test_a_journal_that_grows_ten_times_as_fast_as_it_is_judged(tmp_path: Path) -> None:
    """It makes lag and nothing else: read as it is judged, never held in memory.

    As long as nineteen parts in twenty of it wait, the worker holds at most `HELD_MB_MAX` more than
    before, what it has judged included; in the full draw those nineteen parts are more.
    """
    frames, slow_seconds = draw(short=60, full=1500), draw(short=60, full=20) / 1000
    records = journal(frames * EVENTS_A_FRAME // 5, events_a_frame=EVENTS_A_FRAME)
    awaited = PARTITIONS * plain_fold(0, records, {}).records
    with Broker(tmp_path / "broker") as broker, Judges(broker.bootstrap, tmp_path) as judges:
        await judges.make_topics()
        judges.order = replace(judges.order, slow_seconds=slow_seconds)
        worker = judges.start()
        await write(broker.bootstrap, records[:BEFORE_IT])
        assert all(await settled(judges.said, all))
        before = resident_mb(worker.pid)
        seconds = await write(broker.bootstrap, records[BEFORE_IT:])
        held = [await seen(judges, worker)]
        assert len(records) * PARTITIONS / seconds > TIMES / slow_seconds
        while held[-1][0] < awaited:
            await asyncio.sleep(PAUSE_SECONDS)
            held.append(await seen(judges, worker))
            assert worker.is_running
        assert held[0][0] < awaited / TIMES
        early = [held[0], *(each for each in held if each[0] < awaited / 20)]
        assert max(mb for _, mb in early) < before + HELD_MB_MAX
        await judges.hold(f"a burst of {TIMES} times what a worker can take", 1)


async def seen(judges: Judges, worker: Worker) -> tuple[int, float]:
    """How many records are judged, and the memory that the worker held a little before that."""
    resident = resident_mb(worker.pid)
    return sum(await judges.said()), resident


async def write(bootstrap: str, records: Sequence[bytes]) -> float:
    """Write records to each partition as fast as the broker takes them; the seconds it took."""
    began = time.monotonic()
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        for record in records:
            for number in range(PARTITIONS):
                await producer.send(JOURNAL, record, partition=number)
        await producer.flush()
    return time.monotonic() - began
