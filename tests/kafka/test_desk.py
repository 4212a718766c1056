"""The desk's Faust worker on a real broker: it rings for what was committed, and loses nothing."""

import asyncio
import signal
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from rules.finding import Change
from rules.machines.contract import FINDINGS
from stream.desk.faust_app import EXIT_DEFECT, EXIT_STUCK, EXIT_USAGE
from tests.desk.findings import OPENED, changed, line
from tests.desk.receivers import Answer, receiver
from tests.kafka.broker import Broker
from tests.kafka.desk_running import (
    OPERATED,
    SECONDS_MAX,
    as_operated,
    committed,
    findings,
    first_heard,
    posted,
    producer,
    standing,
    to_webhook,
    told_by,
    until,
    worker,
    write,
    written,
)
from tests.kafka.desk_worker import SESSION_SECONDS
from tests.kafka.topics import create_topics
from tests.servers import LOOPBACK, free_ports


@pytest.fixture
def broker(tmp_path: Path) -> Iterator[Broker]:
    """A broker of its own: the desk's topics and groups have fixed names."""
    with Broker(tmp_path / "kafka") as running:
        yield running


async def test_what_was_never_committed_never_rings(broker: Broker, tmp_path: Path) -> None:
    """Transactions, many of them aborted, the last one too: only the committed findings arrive.

    The cursor gets past every marker, so that a second run reads nothing again; and it stops in
    good order when it is told to.
    """
    await create_topics(broker.bootstrap, FINDINGS)
    file, log = tmp_path / "findings.jsonl", tmp_path / "worker.log"
    kept: list[str] = []
    end = 0
    async with producer(broker, transactional_id="judge-0") as sender:
        for number in range(21):
            is_kept = number % 3 != 2
            await sender.begin_transaction()
            for each in findings(5, start=5 * number):
                sent = await sender.send_and_wait(FINDINGS, line(each), partition=0)
                if is_kept:
                    kept.append(each.finding)
                    end = sent.offset + 1
            await (sender.commit_transaction() if is_kept else sender.abort_transaction())

    for runs in (1, 2):
        with worker(log, *OPERATED, **as_operated(broker, file)) as process:
            await until(lambda count=runs: log.read_text().count("desk ready") == count)  # type: ignore[misc]
            await until(lambda: len(written(file)) >= len(kept))
            await asyncio.sleep(2)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, SECONDS_MAX) == 0
        assert await committed(broker, "stdout") == end

    assert written(file) == kept


async def test_a_killed_worker_tells_again_under_the_same_ids(
    broker: Broker, tmp_path: Path
) -> None:
    """By SIGKILL, again and again, while findings come in: each arrives, in order."""
    await create_topics(broker.bootstrap, FINDINGS)
    told = findings(60)
    async with receiver() as other_end:
        writing = asyncio.create_task(write(broker, told))
        for kills in range(1, 4):
            with worker(tmp_path / "worker.log", *to_webhook(broker, other_end)):
                await until(lambda count=kills: len(first_heard(other_end)) >= 15 * count)  # type: ignore[misc]
        with worker(tmp_path / "worker.log", *to_webhook(broker, other_end)):
            await until(lambda: len(first_heard(other_end)) == len(told))
        await writing
        heard = posted(other_end)

    assert first_heard(other_end) == [f"{each.finding} 1" for each in told]
    assert len(set(heard)) == len(told)


async def test_a_destination_that_is_down_is_waited_for(broker: Broker, tmp_path: Path) -> None:
    """Down for several sessions: the worker keeps its place, skips nothing, and another is told.

    While the receiver refuses, hangs and is gone, nothing is committed; when it is back, all of it
    arrives in order, without a repeat.
    """
    await create_topics(broker.bootstrap, FINDINGS)
    told, file = findings(10), tmp_path / "findings.jsonl"
    await write(broker, told)
    async with receiver() as other_end:
        other_end.otherwise = Answer(503)
        log = tmp_path / "worker.log"
        with (
            worker(log, *to_webhook(broker, other_end)) as process,
            worker(tmp_path / "other.log", *OPERATED, **as_operated(broker, file)),
        ):
            await until(lambda: len(other_end.heard) > 3)
            other_end.otherwise = Answer(hangs=True)
            await asyncio.sleep(SESSION_SECONDS)
            await other_end.stop()
            await asyncio.sleep(2 * SESSION_SECONDS)
            before = await committed(broker, "webhook")
            other_end.heard.clear()
            other_end.otherwise = Answer()
            await other_end.start()
            await until(lambda: len(other_end.heard) >= len(told))
            await until(lambda: len(written(file)) == len(told))
            await asyncio.sleep(1)
            assert process.poll() is None

        assert [finding for _, finding in posted(other_end)] == [
            f"{each.finding} 1" for each in told
        ]
        assert before is None
        assert await committed(broker, "webhook") == len(told)


async def test_it_stops_when_told_to_and_outlives_the_broker(
    broker: Broker, tmp_path: Path
) -> None:
    """Told to stop while its destination is down, it stops at once and has committed nothing.

    The next one delivers, sees the broker killed, and goes on where it was when it is back.
    """
    await create_topics(broker.bootstrap, FINDINGS)
    log, told = tmp_path / "worker.log", findings(6)
    await write(broker, told[:3])
    async with receiver() as other_end:
        other_end.otherwise = Answer(503)
        with worker(log, *to_webhook(broker, other_end)) as process:
            await until(lambda: len(other_end.heard) > 2)
            process.send_signal(signal.SIGTERM)
            assert await asyncio.to_thread(process.wait, SECONDS_MAX) == 0
        assert await committed(broker, "webhook") is None
        other_end.otherwise = Answer()
        with worker(log, *to_webhook(broker, other_end)) as process:
            await until(lambda: len(first_heard(other_end)) == 3)
            await asyncio.to_thread(broker.kill)
            await asyncio.sleep(SESSION_SECONDS)
            await asyncio.to_thread(broker.start)
            await write(broker, told[3:])
            await until(lambda: len(first_heard(other_end)) == len(told))
            assert process.poll() is None

    assert first_heard(other_end) == [f"{each.finding} 1" for each in told]


async def test_standing_alerts_are_told_again_by_whoever_takes_over(
    broker: Broker, tmp_path: Path
) -> None:
    """Killed, restarted, nothing new on the log: the new worker knows what stands and reminds.

    After the withdrawal it is told once that it is over, and then nothing.
    """
    await create_topics(broker.bootstrap, FINDINGS, partitions=2)
    log = tmp_path / "worker.log"
    other = replace(OPENED, finding="f-other", case="REQ-8")
    await write(broker, [OPENED, other], partitions=2)
    async with receiver() as other_end:
        arguments = told_by(broker, "alertmanager", f"http://{other_end.address}", partitions=2)
        with worker(log, *arguments):
            await until(lambda: len(standing(other_end)) >= 6)
            while await committed(broker, "alertmanager") is None:
                await asyncio.sleep(0.1)
        other_end.heard.clear()
        with worker(log, *arguments):
            await until(lambda: len(standing(other_end)) >= 4)
            assert set(standing(other_end)) == {OPENED.finding, "f-other"}
            await write(broker, [changed(OPENED, Change.WITHDRAWN, because="found")])
            await until(lambda: b'"because"' in b"".join(each.body for each in other_end.heard))
            other_end.heard.clear()
            await until(lambda: len(standing(other_end)) >= 3)

        assert set(standing(other_end)) == {"f-other"}


async def test_workers_that_come_and_go_lose_nothing(broker: Broker, tmp_path: Path) -> None:
    """A second joins, the first is told to stop, a third joins, the second freezes and thaws.

    All the while findings come in on four partitions, and the receiver refuses for a time: each is
    told, in its partition's order (a worker that thaws may say again what others have said). What
    Faust drops around a rebalance is read again.
    """
    await create_topics(broker.bootstrap, FINDINGS, partitions=4)
    told = findings(800)
    async with receiver() as other_end:
        arguments = to_webhook(broker, other_end, partitions=4)
        writing = asyncio.create_task(write(broker, told, partitions=4))
        with worker(tmp_path / "1.log", *arguments) as first:
            await until(lambda: len(first_heard(other_end)) >= 40)
            with worker(tmp_path / "2.log", *arguments) as second:
                await until(lambda: len(first_heard(other_end)) >= 100)
                first.send_signal(signal.SIGTERM)
                other_end.otherwise = Answer(503)
                with worker(tmp_path / "3.log", *arguments):
                    await asyncio.to_thread(first.wait, SECONDS_MAX)
                    await asyncio.sleep(1)
                    other_end.otherwise = Answer()
                    await until(lambda: len(first_heard(other_end)) >= 300)
                    before = first_heard(other_end)
                    second.send_signal(signal.SIGSTOP)
                    await asyncio.sleep(1.5 * SESSION_SECONDS)
                    second.send_signal(signal.SIGCONT)
                    await writing
                    await until(lambda: len(first_heard(other_end)) == len(told))
                    heard = posted(other_end)

    assert first.returncode == 0
    assert len(set(heard)) == len(told)
    for number in range(4):
        own = [f"{each.finding} 1" for each in told[number::4]]
        in_order = [each for each in before if each in set(own)]
        assert in_order == own[: len(in_order)]


async def test_a_finding_nobody_can_read_stops_the_worker(broker: Broker, tmp_path: Path) -> None:
    """It ends with a code that says so and passes nothing over; neither does the next one."""
    await create_topics(broker.bootstrap, FINDINGS)
    file, log = tmp_path / "findings.jsonl", tmp_path / "worker.log"
    before, after = findings(2)
    async with producer(broker) as sender:
        for value in (line(before), b"no finding", line(after)):
            await sender.send_and_wait(FINDINGS, value, partition=0)

    for _ in range(2):
        with worker(log, *OPERATED, **as_operated(broker, file)) as process:
            assert await asyncio.to_thread(process.wait, SECONDS_MAX) == EXIT_DEFECT

    assert set(written(file)) == {before.finding}
    assert await committed(broker, "stdout") in {None, 1}
    assert "no finding" in log.read_text()


async def test_a_worker_without_brokers_ends(tmp_path: Path) -> None:
    """Whoever supervises it starts it again; told to stop before it was ready, it ends soundly."""
    (port,) = free_ports(1)
    variables = {"FOUREYES_KAFKA_BOOTSTRAP": f"{LOOPBACK}:{port}"}

    with worker(tmp_path / "worker.log", *OPERATED, **variables) as process:
        assert await asyncio.to_thread(process.wait, SECONDS_MAX) == EXIT_STUCK


async def test_a_worker_that_is_set_up_wrongly_says_so(broker: Broker, tmp_path: Path) -> None:
    """The wrong number of partitions, or a destination nobody set up: exit, and a sentence."""
    await create_topics(broker.bootstrap, FINDINGS, partitions=3)
    await write(broker, findings(1))
    file, log = tmp_path / "findings.jsonl", tmp_path / "worker.log"
    variables = as_operated(broker, file)

    with worker(log, *OPERATED, **variables) as process:
        assert await asyncio.to_thread(process.wait, SECONDS_MAX) == EXIT_USAGE
    with worker(log, OPERATED[0], "--destination", "webhook", **variables) as process:
        assert await asyncio.to_thread(process.wait, SECONDS_MAX) == EXIT_USAGE

    told = log.read_text()
    assert "has 3 partitions; the settings say 1" in told
    assert "webhook: it is not set up; expected one of stdout" in told
    assert written(file) == []
