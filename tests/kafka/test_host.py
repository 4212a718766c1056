"""What only the Kafka host has to answer for: fences, transactions of others, sizes, topics."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest
from aiokafka import TopicPartition
from aiokafka.admin import NewPartitions, RecordsToDelete
from aiokafka.errors import KafkaError

from rules.machines.contract import Output
from stream.hosts.contract import Pace
from stream.hosts.kafka import (
    KafkaHost,
    PartitionStatus,
    Stage,
    UnfitTopicsError,
    create_topics,
)
from stream.hosts.kafka.state import CHECKPOINT, HEAD, Head, row_key, write
from stream.hosts.kafka.writing import Writer
from stream.topics import Topic, state_topic
from tests.contracts.toys import Folding, Poison, Taking, fold
from tests.contracts.world import settled, texts
from tests.kafka.bench import LIMITS, PACE, Bench
from tests.kafka.broker import Broker
from tests.kafka.topics import administration, fetch_all


@pytest.fixture
def bench(broker: Broker, prefix: str) -> Bench:
    """Topics and a role that no other test has."""
    return Bench(broker.bootstrap, prefix)


async def test_what_others_have_given_up_is_not_fed(bench: Bench) -> None:
    """Aborted records lie between committed ones, and at the very end of the log."""
    await bench.make_topics()
    async with bench.somebody_else() as other:
        for start in (0, 10, 20):
            async with other.transaction():
                for value in texts(10, start=start):
                    await other.send(bench.log, value, partition=0)
            await other.begin_transaction()
            await other.send_and_wait(bench.log, b"given:up", partition=0)
            await other.abort_transaction()

    async with bench.running(bench.role()) as host:
        await bench.have_said(30)
        (status,) = await settled(lambda: as_told(host), lambda seen: seen[0].lag_records == 0)

    assert await bench.said() == fold(texts(30))
    assert status.lag_records == 0


async def as_told(host: KafkaHost) -> list[PartitionStatus]:
    """The host's status, for `settled`."""
    return host.status()


async def test_an_open_transaction_keeps_intake_from_having_caught_up(bench: Bench) -> None:
    """Records that are written and not yet committed wait, though nobody can read them yet."""
    await bench.make_topics()
    take = bench.role(lambda number: Taking(bench.said_log, number), replayed=False)
    async with bench.somebody_else() as other:
        await other.begin_transaction()
        await other.send_and_wait(bench.log, b"waiting", partition=0)
        async with bench.running(take):
            before = await bench.have_said(5)
            await other.commit_transaction()
            after = await settled(bench.said, lambda seen: seen[-1:] == [b"pulse 1 all"])

    assert set(before) == {b"pulse 0 more"}
    assert b"took 1 waiting" in after


async def test_state_is_written_after_so_much_input(bench: Bench) -> None:
    """However few records it was: what a new owner has to replay is bounded in bytes as well."""
    rarely = Pace(batch_records=5, checkpoint_every_records=1_000_000)
    values = [value + b" " * 100 for value in texts(40)]
    await bench.make_topics()
    await bench.write(values)

    async def checkpoints() -> list[bytes]:
        records = await fetch_all(bench.bootstrap, state_topic(bench.role_name))
        return [record.value or b"" for record in records if record.key == CHECKPOINT]

    limits = replace(LIMITS, checkpoint_bytes=2000)
    async with bench.running(bench.role(), pace=rarely, limits=limits):
        await bench.have_said(40)
        written = await settled(checkpoints, lambda seen: len(seen) > 1)

    # The first one says only where replays begin; an orderly stop writes the last one.
    assert len(written) > 1


async def test_a_writer_fences_its_predecessor(bench: Bench) -> None:
    """Two believe that they own a partition: only the later one is heard."""
    await bench.make_topics()
    role = bench.role_name
    head = Head(position=1, number=1, digest="")
    early, late = (Output(bench.said_log, 0, text) for text in (b"early", b"late"))

    async with Writer.open(bench.client, role, 0, LIMITS) as zombie:
        await zombie.commit(outputs=[early], head=head)
        async with Writer.open(bench.client, role, 0, LIMITS) as heir:
            with pytest.raises(KafkaError):
                await zombie.commit(outputs=[early], head=head)
            await heir.commit(outputs=[late], head=head)

    assert await bench.said() == [b"early", b"late"]


@pytest.mark.parametrize("damage", ["head", "row"])
async def test_state_that_was_changed_is_found_out(bench: Bench, damage: str) -> None:
    """Somebody edits the head or a row of state: the machine arrives somewhere else, and halts."""
    await bench.make_topics()
    await bench.write(texts(10))
    async with bench.running(bench.role()):
        await bench.have_said(10)
    if damage == "head":
        await bench.keep(HEAD, write(Head(position=10, number=9, digest="0" * 64)))
    else:
        await bench.keep(row_key("chain"), b"another")
    await bench.write(texts(1, start=10))

    async with bench.running(bench.role()) as host:
        halt = await bench.halted()
        (status,) = host.status()

    assert "head" in halt.reason
    assert (status.stage, status.halt, host.halts) == (Stage.HALTED, halt, [halt])
    assert await bench.said() == fold(texts(10))


async def test_state_that_nobody_can_read_halts(bench: Bench) -> None:
    """A record of a newer version, or garbage: the halt names topic, partition and offset."""
    await bench.make_topics()
    await bench.keep(HEAD, b"not json")

    async with bench.running(bench.role()):
        halt = await bench.halted()

    assert f"{state_topic(bench.role_name)}, partition 0, offset 0" in halt.reason


async def test_records_that_are_gone_are_missed(bench: Bench) -> None:
    """The input lost records that were not fed yet: to go on would be to pass over them."""
    await bench.make_topics()
    await bench.write(texts(10))
    async with bench.running(bench.role()):
        await bench.have_said(10)
    await bench.write(texts(10, start=10))
    async with administration(bench.bootstrap) as admin:
        place = TopicPartition(bench.log, 0)
        await admin.delete_records({place: RecordsToDelete(before_offset=15)})

    async with bench.running(bench.role()):
        halt = await bench.halted()

    assert "begins at 15; expected record 10" in halt.reason
    assert await bench.said() == fold(texts(10))


async def test_a_log_that_is_shorter_than_before_is_noticed(bench: Bench) -> None:
    """The topic was made anew: what was committed is further on than the log reaches."""
    await bench.make_topics()
    await bench.keep(HEAD, write(Head(position=7, number=1, digest="0" * 64)))
    await bench.keep(b"checkpoint", b'{"number":0,"position":0}')

    async with bench.running(bench.role()):
        halt = await bench.halted()

    assert "ends at 0; expected an end not before 7" in halt.reason


class Broken(Folding):
    """A machine that raises where it is told to."""

    def __init__(self, said: str, partition: int, *, where: str) -> None:
        super().__init__(said, partition)
        self._where = where

    def _pass(self, where: str) -> None:
        if where == self._where:
            raise Poison(f"in {where}")

    def changes(self) -> Iterator[tuple[str, bytes | None]]:
        self._pass("changes")
        yield from super().changes()

    def restore(self, rows: Iterable[tuple[str, bytes]]) -> None:
        self._pass("restore")
        super().restore(rows)

    def head(self) -> bytes:
        self._pass("head")
        return super().head()


@pytest.mark.parametrize("where", ["restore", "head", "changes"])
async def test_a_machine_may_not_raise_in_its_housekeeping(bench: Bench, where: str) -> None:
    """There is no record to blame and nothing to leave out: it halts, and says where it raised."""
    await bench.make_topics()
    await bench.write(texts(50))
    async with bench.running(bench.role()):
        await bench.have_said(50)
    await bench.write(texts(50, start=50))

    async with bench.running(bench.role(lambda n: Broken(bench.said_log, n, where=where))):
        halt = await bench.halted()

    seen = await bench.said()
    assert f"Poison: in {where}" in halt.reason
    # Only the checkpoint asks for changes: what was said before it is committed.
    assert seen == fold(texts(100 if where == "changes" else 50))


async def test_nothing_runs_on_topics_that_do_not_fit(bench: Bench) -> None:
    """A missing state topic, or one that forgets: every defect is told, nothing is started."""
    topics = [
        Topic(name=bench.log, partitions=3),
        Topic(name=state_topic(bench.role_name), partitions=1),
    ]
    host = KafkaHost(bench.client, [bench.role()], PACE, limits=LIMITS)

    with pytest.raises(UnfitTopicsError) as missing:
        await host.run()
    await create_topics(bench.client, topics)
    with pytest.raises(UnfitTopicsError) as unfit:
        await host.run()

    assert str(missing.value).count("missing") == 2
    assert [(each.topic, each.wrong) for each in unfit.value.defects] == [
        (bench.log, "the number of partitions"),
        (state_topic(bench.role_name), "cleanup.policy"),
    ]


async def test_partitions_that_were_added_are_not_passed_over_in_silence(bench: Bench) -> None:
    """Somebody adds a partition to an input while we run: it is told, and the old one works on."""
    await bench.make_topics()
    async with bench.running(bench.role()) as host:
        await bench.write(texts(5))
        await bench.have_said(5)
        async with administration(bench.bootstrap) as admin:
            await admin.create_partitions({bench.log: NewPartitions(2)})
        consumer = host._ownerships[bench.role_name]._consumer
        assert consumer is not None
        await consumer._client.force_metadata_update()
        halt = await bench.halted()
        await bench.write(texts(5, start=5))
        seen = await bench.have_said(10)

    assert (halt.partition, "expected 1 in all" in halt.reason) == (1, True)
    assert seen == fold(texts(10))


async def test_a_host_says_how_it_is_doing(bench: Bench) -> None:
    """Metrics and readiness are read from `status`: owned, position, lag, last commit."""
    await bench.make_topics()
    await bench.write(texts(20))
    host = KafkaHost(bench.client, [bench.role()], PACE, limits=LIMITS)
    before = host.is_ready, [each.stage for each in host.status()]

    async with bench.running(bench.role()) as host:
        await bench.have_said(20)
        (status,) = await settled(lambda: as_told(host), lambda seen: seen[0].lag_records == 0)
        ready, machines = host.is_ready, dict(host.machines())
    (after,) = host.status()

    assert before == (False, [Stage.ELSEWHERE])
    assert ready
    assert status.is_owned
    assert (status.position, status.lag_records, status.batches > 0) == (20, 0, True)
    assert status.seconds_since_commit is not None
    assert status.seconds_since_answer is not None
    assert list(machines) == [(bench.role_name, 0)]
    assert (after.stage, after.position, host.is_ready) == (Stage.STOPPED, 20, False)
