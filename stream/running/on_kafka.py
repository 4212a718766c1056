"""Roles of one process on Kafka: topics made and checked, machines run, desks started beside."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence
from contextlib import AsyncExitStack, closing
from dataclasses import replace
from functools import partial

import orjson

from rules.policy import Policy
from stream.canary.case import SOURCE as CANARY
from stream.clock import Clock
from stream.desk.configured import destination_names
from stream.faults import FaultyInputError
from stream.hosts.contract import Halt, Pace
from stream.hosts.embedded import Standing
from stream.hosts.kafka import (
    KafkaClient,
    KafkaHost,
    LogUnavailableError,
    OversizeRecordError,
    PartitionStatus,
    PulledLog,
    RawLog,
    UnfitTopicsError,
    check_topics,
    create_topics,
    read_committed,
)
from stream.intake.control import SOURCE, is_policy, policy_record
from stream.intake.facts import Facts
from stream.intake.hearing import Hearing
from stream.log import logger
from stream.metrics import Metrics
from stream.running.apart import veil_if_keyed, veiled
from stream.running.archiving import Archiving, archive_at_work
from stream.running.canaries import Canaries, Send
from stream.running.consoles import console_at_work
from stream.running.deployment import client_of, deployment_of, plan_of
from stream.running.desks import keep_desk
from stream.running.pulling import pull_at_work
from stream.running.restoring import Takeovers
from stream.running.roles import ARCHIVE, DESK, INTAKE, PULL, RECEIVE, WEB, Plan, roles_of
from stream.running.service import (
    count_deliveries,
    end,
    first_of,
    serve_web,
    show_standings,
    stop_asked,
)
from stream.running.watch import Watch, metrics_for
from stream.settings import Settings
from stream.topics import FACTS_ENTITLEMENTS, FACTS_PEOPLE, raw_topic, topics_of
from stream.web.receive import Accept, Receipt
from stream.web.receive import StorageUnavailableError as CannotStoreError

LOG = logger(__name__)
LOOK_SECONDS = 1.0
"""How often the numbers are brought up to date."""
FACTS_RETRY_SECONDS = 5.0
"""How long facts that can not be read are left alone before they are asked for again."""
POLICY_KEY = b"policy"
Learn = Callable[[str, int, bytes | None], None]
"""Learns a record of a facts topic: which, where in it, and its value."""


async def run_on_kafka(
    settings: Settings, policy: Policy, facts: Facts, clock: Clock, words: Sequence[str]
) -> None:
    """Run until asked to stop. Raises UnfitTopicsError before anything is touched."""
    with veil_if_keyed(settings, policy.evidence) as veil, closing(Takeovers(clock)) as takeovers:
        hearing = Hearing(lambda: facts, veil=veil)
        plan = plan_of(settings, veiled(policy, veil), clock, facts.stamp, hearing)
        await _run(settings, replace(plan, veil=veil), words, takeovers)


async def _run(settings: Settings, plan: Plan, words: Sequence[str], takeovers: Takeovers) -> None:
    client, clock = client_of(settings), plan.clock
    roles = roles_of(plan, tuple(words))
    await _have_topics(settings, client, plan)
    stop, names = stop_asked(), destination_names(settings)
    most = max(settings.kafka_partitions, settings.kafka_raw_partitions)
    metrics = metrics_for(clock, [*(r.name for r in roles), ARCHIVE], most, names)
    pace = Pace(
        batch_records=settings.batch_records,
        checkpoint_every_records=settings.checkpoint_every_records,
        pulse_seconds=settings.pulse_seconds,
    )
    host = KafkaHost(client, roles, pace, on_halt=_tell_halt, steps=takeovers.steps)
    watch = Watch(metrics, plan.policy)

    def look(archiving: Archiving) -> None:
        takeovers.look(is_ready=host.is_ready)
        watch.look(host.machines())
        show_standings(metrics, _standings(host.status(), clock))
        archiving.show(metrics, clock)

    async with AsyncExitStack() as stack:
        archiving = await stack.enter_async_context(
            archive_at_work(settings, is_ours=ARCHIVE in words)
        )
        tasks = archiving.tasks + await stack.enter_async_context(
            console_at_work(settings, clock, is_ours=WEB in words)
        )
        raw = await stack.enter_async_context(RawLog(client))
        if INTAKE in words:
            await _put_policy(client, raw, plan)
            tasks += await _follow_facts(client, partial(_learn, plan))
        if PULL in words:
            log = await stack.enter_async_context(PulledLog(client))
            tasks += pull_at_work(settings, plan.sources, log, clock=clock, metrics=metrics)
        served = await serve_web(
            settings,
            metrics=metrics,
            clock=clock,
            readiness=lambda: [*(_reasons(host) if roles else []), *archiving.reasons()],
            receive=(_accept(raw), list(plan.sources)) if RECEIVE in words else None,
        )
        stack.push_async_callback(served.close)
        works = [_look_on(partial(look, archiving)), *([host.run()] if roles else [])]
        if DESK in words:
            works += _desks(settings, clock, metrics, partial(_accept(raw), CANARY))
        tasks += [asyncio.create_task(each) for each in works]
        LOG.info("ready", url=f"http://{served.host}:{served.port}", roles=" ".join(words))
        try:
            await first_of(*tasks, stop=stop)
        finally:
            LOG.info("stopping")
            if roles:
                await host.stop()
            await end(*tasks)


def _desks(
    settings: Settings, clock: Clock, metrics: Metrics, send: Send
) -> list[Coroutine[None, None, None]]:
    """A worker for each destination, and the canary that each of them has to see."""
    names, told = destination_names(settings), count_deliveries(metrics)
    canaries = Canaries(settings, names, clock, metrics)
    workers = [keep_desk(name, told, canaries.sighted) for name in names]
    return [*workers, *canaries.works(send)]


async def _look_on(look: Callable[[], None]) -> None:
    while True:
        look()
        await asyncio.sleep(LOOK_SECONDS)


async def _have_topics(settings: Settings, client: KafkaClient, plan: Plan) -> None:
    """Make the topics that are missing, and refuse to work on topics that are not fit."""
    topics = topics_of(deployment_of(settings, plan))
    for name in await create_topics(client, topics):
        LOG.info("topic made", topic=name)
    found = await check_topics(client, topics)
    for defect in found:
        LOG.warning("topic unfit", topic=defect.topic, reason=defect.reason)
    fatal = [defect for defect in found if defect.is_fatal]
    if fatal:
        raise UnfitTopicsError(fatal)


async def _put_policy(client: KafkaClient, raw: RawLog, plan: Plan) -> None:
    """Put the policy in force, unless the latest one that is says the same."""
    last = None
    for partition in range(plan.raw_partitions):
        async for entry in read_committed(client, raw_topic(SOURCE), partition):
            if entry.value is not None and is_policy(entry.value):
                last = entry.value
    record = policy_record(plan.policy, last, plan.clock.now())
    if record is not None:
        await raw.append(SOURCE, record, POLICY_KEY)


# --- reference facts ----------------------------------------------------------------------------


async def _follow_facts(client: KafkaClient, learn: Learn) -> list[asyncio.Task[None]]:
    """Learn what the facts topics hold before anything is stamped, and go on learning."""
    tasks = []
    for topic in (FACTS_PEOPLE, FACTS_ENTITLEMENTS):
        position = 0
        async for entry in read_committed(client, topic, 0):
            learn(topic, entry.offset, entry.value)
            position = entry.offset + 1
        tasks.append(asyncio.create_task(_go_on_learning(client, learn, topic, position)))
    return tasks


async def _go_on_learning(client: KafkaClient, learn: Learn, topic: str, position: int) -> None:
    while True:
        try:
            async for entry in read_committed(client, topic, 0, start=position, follow=True):
                learn(topic, entry.offset, entry.value)
                position = entry.offset + 1
        except LogUnavailableError as error:
            LOG.warning("facts unavailable", topic=topic, reason=str(error))
            await asyncio.sleep(FACTS_RETRY_SECONDS)


def _learn(plan: Plan, topic: str, offset: int, value: bytes | None) -> None:
    """Learn one record; one that can not be read is told and passed over."""
    if value is None or plan.hearing is None:
        return
    try:
        told = orjson.loads(value)
        known = told if isinstance(told, dict) else {}
        plan.hearing.know(known, f"{topic}@{offset}", plan.clock.now())
    except (FaultyInputError, ValueError) as error:
        LOG.warning("fact refused", topic=topic, offset=offset, reason=str(error))


# --- the web side -----------------------------------------------------------------


def _accept(raw: RawLog) -> Accept:
    async def accept(source: str, body: bytes) -> Receipt:
        try:
            # One key for all bodies of a source: what it tells of its own progress must not
            # overtake what it told before.
            place = await raw.append(source, body, source.encode())
        except (LogUnavailableError, OversizeRecordError) as error:
            raise CannotStoreError(storage=raw_topic(source), reason=str(error)) from error
        return Receipt(log=place.topic, partition=place.partition, offset=place.offset)

    return accept


# --- how it goes --------------------------------------------------------------------------------


def _tell_halt(halt: Halt) -> None:
    LOG.error("partition halted", role=halt.role, partition=halt.partition, reason=halt.reason)


def _reasons(host: KafkaHost) -> list[str]:
    halted = [str(halt) for halt in host.halts]
    return halted if host.is_ready else [*halted, "partitions are being taken over"]


def _standings(statuses: Sequence[PartitionStatus], clock: Clock) -> list[Standing]:
    return [_standing(each, clock) for each in statuses if each.is_owned]


def _standing(status: PartitionStatus, clock: Clock) -> Standing:
    behind = status.lag_records or 0
    waited = 0.0
    if behind and status.fed_at_ms is not None:
        waited = max(0.0, clock.now().timestamp() - status.fed_at_ms / 1000)
    return Standing(
        role=status.role,
        partition=status.partition,
        position=status.position or 0,
        behind=behind,
        behind_seconds=waited,
        halted=status.halt.reason if status.halt else None,
    )
