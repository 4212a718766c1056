"""All roles in one process on the embedded host."""

import asyncio
from collections.abc import Callable, Sequence
from contextlib import AsyncExitStack, closing, suppress
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from rules.policy import Policy
from stream.canary.case import SOURCE as CANARY
from stream.clock import Clock
from stream.desk.configured import (
    destination_names,
    make_destination,
    memory_of,
    patience_of,
    routes_of,
)
from stream.desk.embedded import DeskHooks, run_desk
from stream.hosts.contract import Pace
from stream.hosts.cursors import StoredCursors
from stream.hosts.embedded import Standing
from stream.hosts.store import StorageUnavailableError, Store
from stream.intake.fact_watch import FactWatch
from stream.intake.facts import Facts
from stream.intake.hearing import Hearing
from stream.log import logger
from stream.metrics import Metrics
from stream.reference import fact_files, facts_in
from stream.running.apart import veil_if_keyed, veiled
from stream.running.archiving import archive_at_work
from stream.running.canaries import Canaries, make_seal
from stream.running.consoles import console_at_work
from stream.running.embedded import LAYOUT, RAW_PARTITIONS, EmbeddedRun
from stream.running.learning import keep_learning
from stream.running.notes import StoredNotes, take_in
from stream.running.pulling import EmbeddedKeeper, pull_at_work
from stream.running.roles import ARCHIVE, Plan, roles_of, sources_of
from stream.running.service import (
    count_deliveries,
    end,
    first_of,
    serve_web,
    show_standings,
    stop_asked,
)
from stream.running.stored_findings import StoredFindings
from stream.running.watch import Machines, Watch, metrics_for
from stream.settings import Settings

if TYPE_CHECKING:
    # Only where names are kept apart SQL is needed.
    from stream.pseudonyms.veil import Veil

LOG = logger(__name__)

LOOK_SECONDS = 1.0
"""How often the numbers are brought up to date."""
DRAIN_SECONDS = 5.0
"""How long the desk may go on at the end with what has been found."""
DRAIN_LOOK_SECONDS = 0.1

Look = Callable[[Machines, list[Standing]], None]


async def run_embedded(settings: Settings, policy: Policy, facts: Facts, clock: Clock) -> None:
    """Run until asked to stop."""
    with veil_if_keyed(settings, policy.evidence) as veil:
        await _run(settings, *_planned(settings, policy, facts, clock, veil))


def _planned(
    settings: Settings, policy: Policy, facts: Facts, clock: Clock, veil: "Veil | None"
) -> tuple[Plan, FactWatch]:
    watch_facts = FactWatch(
        fact_files(settings),
        settings.data / "facts",
        lambda files: hearing.over(facts_in(settings, policy, files)),
        facts,
        veil.apart() if veil else None,
    )
    hearing = Hearing(lambda: watch_facts.facts, tells_late=LAYOUT.journal, veil=veil)
    plan = Plan(
        sources=sources_of(settings),
        layout=LAYOUT,
        raw_partitions=RAW_PARTITIONS,
        policy=veiled(policy, veil),
        stamp=hearing.stamp,
        hearing=hearing,
        clock=clock,
        seal=make_seal(settings),
        veil=veil,
    )
    return plan, watch_facts


async def _run(settings: Settings, plan: Plan, watch_facts: FactWatch) -> None:
    roles, clock = roles_of(plan), plan.clock
    stop, names = stop_asked(), destination_names(settings)
    destinations = [make_destination(name, settings) for name in names]
    metrics = metrics_for(clock, [*(r.name for r in roles), ARCHIVE], LAYOUT.journal, names)
    pace = Pace(
        batch_records=settings.batch_records,
        checkpoint_every_records=settings.checkpoint_every_records,
        pulse_seconds=settings.pulse_seconds,
    )
    watch, canaries = Watch(metrics, plan.policy), Canaries(settings, names, clock, metrics)

    def look(machines: Machines, standings: list[Standing]) -> None:
        watch.look(machines)
        show_standings(metrics, standings)

    days = settings.raw_retention_days
    kept = None if days is None else timedelta(days=days)
    async with (
        EmbeddedRun(settings.data, plan, roles, pace=pace, clock=clock, raw_kept=kept) as running,
        archive_at_work(settings, is_ours=True) as archiving,
        console_at_work(settings, clock, is_ours=settings.web_port is not None),
        AsyncExitStack() as stack,
    ):
        await running.inspect(look)
        findings = stack.enter_context(closing(running.findings()))
        notes = stack.enter_context(closing(StoredNotes(Store(settings.data, read_only=True))))
        cursors = stack.enter_context(closing(StoredCursors(settings.data)))
        served = await serve_web(
            settings,
            metrics=metrics,
            clock=clock,
            readiness=lambda: [*running.reasons(), *archiving.reasons()],
            receive=(running.accept, list(plan.sources)),
            notices=canaries.missing,
        )
        stack.push_async_callback(served.close)
        LOG.info("ready", url=f"http://{served.host}:{served.port}", data=str(settings.data))
        show_archive = partial(archiving.show, metrics, clock)
        show = partial(_each, show_archive, canaries.missing)
        looking = asyncio.create_task(_look_on(settings, running, look, show))
        learning = asyncio.create_task(keep_learning(running, watch_facts, clock))
        pulling = pull_at_work(
            settings, plan.sources, EmbeddedKeeper(running), clock=clock, metrics=metrics
        )
        tell = partial(
            run_desk,
            findings,
            cursors,
            destinations,
            clock,
            patience=patience_of(settings),
            memory=memory_of(settings),
            routes=routes_of(settings),
            notes=notes.now,
            hooks=_hooks(running, metrics, canaries),
        )
        works = [tell(), *canaries.works(partial(running.accept, CANARY))] if destinations else []
        desk = [asyncio.create_task(each) for each in works]
        work_on = [looking, learning, *desk, *pulling]
        stack.push_async_callback(end, *work_on)
        try:
            await first_of(running.task, *archiving.tasks, *work_on, stop=stop)
        finally:
            LOG.info("stopping")
        # In order: nothing more comes in, what came in is judged, what was found is told.
        await served.close()
        await end(*pulling)
        await running.finish()
        await running.let_go()
        await _drain(findings, cursors, names)


def _hooks(running: EmbeddedRun, metrics: Metrics, canaries: Canaries) -> DeskHooks:
    return DeskHooks(
        on_result=count_deliveries(metrics),
        on_halt=lambda name, reason: running.desk_halts.update({name: reason}),
        on_sighting=canaries.sighted,
    )


def _each(*works: Callable[[], object]) -> None:
    for work in works:
        work()


async def _look_on(
    settings: Settings, running: EmbeddedRun, look: Look, tell: Callable[[], object]
) -> None:
    while True:
        await asyncio.sleep(LOOK_SECONDS)
        tell()
        # Storage that is away for a while is told by whoever has to write to it.
        with suppress(StorageUnavailableError):
            await running.inspect(look)
            await take_in(running, settings.data)
            await running.let_go()


async def _drain(findings: StoredFindings, cursors: StoredCursors, names: Sequence[str]) -> None:
    """Let the desk tell what has been found, for a while; the rest is told after the next start."""
    for _ in range(int(DRAIN_SECONDS / DRAIN_LOOK_SECONDS)):
        behind = [
            name
            for name in names
            for partition in range(findings.partitions)
            if findings.read(partition, cursors.load(name)[0].get(partition, 0), 1)
        ]
        if not behind:
            return
        await asyncio.sleep(DRAIN_LOOK_SECONDS)
