"""The desk on Kafka: one Faust application per destination, so that none holds up another.

    python -m stream.desk.faust_app --destination alertmanager

The settings come from the environment. The consumer group is `foureyes-desk-<destination>`; its
offsets are the destination's cursor. What the desk remembers is a table with a changelog, a row
under `<partition>/<finding>`.
"""

import argparse
import logging
import os
import sys
from collections.abc import Awaitable, Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from functools import partial
from typing import Any, NoReturn, cast

import faust
from faust.auth import SASLCredentials, SSLCredentials
from faust.types import StreamT
from faust.types.auth import CredentialsT

from rules.errors import FoureyesError
from rules.machines.contract import FINDINGS
from stream.clock import Clock, SystemClock
from stream.desk.configured import (
    make_destination,
    memory_of,
    patience_of,
    routes_of,
)
from stream.desk.courier import Courier, OnResult, Patience
from stream.desk.delivery import Destination
from stream.desk.faust_desk import Duty, FaustDesk, MismatchedPartitionsError
from stream.desk.faust_driver import DeskApp, DeskWorker, is_crashed
from stream.desk.faust_table import ChangelogUnavailableError, DurableTable
from stream.desk.notes import Note
from stream.hosts.kafka.client import KafkaClient
from stream.log import CHATTY, Log, logger
from stream.running.notes import follow, recalled
from stream.settings import Settings

LOG = logger(__name__)

EXIT_USAGE = 2
EXIT_DEFECT = 70
"""A bug, or a finding that can not be read: a restart will meet it again."""
EXIT_STUCK = 75
"""The brokers could not be worked with; a restart may help."""

READY_SECONDS_MAX = 120.0
"""A worker that has not been ready for so long is no use to anybody, whatever Faust thinks."""
LOOK_SECONDS = 1.0
"""How often it is asked what is due by time alone, and whether the worker is ready."""
POLL_SECONDS_MAX = 365 * 86_400.0
"""Kafka's client leaves the group when nobody polls: but a desk may wait for its destination."""
METADATA_MS_MAX = 10_000
"""After this long a topic that the brokers did not know when the worker joined is noticed."""
BUFFERED_FINDINGS_MAX = 1_000
"""Findings that were read and wait for their turn."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerSettings:
    """What a worker needs to know. `partitions` are those of the findings topic."""

    kafka: KafkaClient
    partitions: int
    replication: int = 1
    patience: Patience = field(default_factory=Patience)
    duty: Duty = field(default_factory=Duty)
    follow: Callable[[Callable[[Note], None]], Awaitable[None]] | None = None
    """Hears the notes about alerts, one after another; None: there are none."""
    session_seconds: float = 10.0
    """After this long without a sign of life a worker's partitions go to another."""
    commit_seconds: float = 1.0


def build_app(
    destination: Destination,
    settings: WorkerSettings,
    clock: Clock,
    *,
    on_result: OnResult = lambda _destination, _result: None,
) -> DeskApp:
    """Make the application that tells one destination."""
    app = DeskApp(f"foureyes-desk-{destination.name}", **_faust_settings(settings))
    table = cast(
        DurableTable,
        app.Table("known", key_type=bytes, value_type=bytes, partitions=settings.partitions),
    )
    courier = Courier(destination, clock, patience=settings.patience, on_result=on_result)
    _bind(app, table, FaustDesk(app, table, courier, clock, settings.duty))

    async def watch() -> None:
        await _watch(app, clock)

    app.task(watch)
    if settings.follow is not None:
        app.task(partial(settings.follow, settings.duty.notes.take))

    @app.on_before_shutdown.connect
    async def close(*_: object, **__: object) -> None:
        await destination.close()

    return app


def _bind(app: DeskApp, table: DurableTable, desk: FaustDesk) -> None:
    """Let Faust call the desk."""
    # Raw: what can not be read is the desk's to judge, since Faust would lose the agent over it.
    findings = app.topic(FINDINGS, key_serializer="raw", value_serializer="raw", allow_empty=True)

    @app.agent(findings, name="desk", concurrency=1)
    async def deliver(stream: StreamT[bytes]) -> None:
        # Faust acknowledges what an agent failed on: so nothing is left to it, and no failure.
        with _or_die():
            async for event in cast("faust.Stream[bytes]", stream).noack().events():
                await desk.take(event)
                event.ack()

    @table.on_recover
    async def take_over() -> None:
        with _or_die():
            desk.rebuild()

    @app.on_partitions_revoked.connect
    async def let_go(*_: object, **__: object) -> None:
        desk.let_go()

    async def remind() -> None:
        with _or_die():
            await desk.remind()

    async def look() -> None:
        with _or_die():
            await desk.look()

    app.timer(LOOK_SECONDS)(remind)
    app.timer(LOOK_SECONDS)(look)


async def _watch(app: DeskApp, clock: Clock) -> None:
    """End the process when Faust is alive and useless."""
    ready_at = clock.monotonic()
    while not app.should_stop:
        await app.sleep(LOOK_SECONDS)
        now = clock.monotonic()
        if app.tables.actives_ready and not app.rebalancing and not is_crashed(app):
            ready_at = now
        elif now - ready_at > READY_SECONDS_MAX:
            LOG.critical("worker stuck", seconds=int(now - ready_at))
            _die(EXIT_STUCK)


@contextmanager
def _or_die() -> Iterator[None]:
    """End the process on whatever goes wrong: Faust would go on without it."""
    try:
        yield
    except ChangelogUnavailableError as error:
        LOG.critical("worker stuck", reason=str(error))
        _die(EXIT_STUCK)
    except MismatchedPartitionsError as error:
        LOG.critical("worker set up wrongly", reason=str(error))
        _die(EXIT_USAGE)
    except Exception:
        LOG.critical("worker died of a defect", exc_info=True)
        _die(EXIT_DEFECT)


def _die(code: int) -> NoReturn:
    """Leave at once: no commit, no goodbye. What was not committed is delivered again."""
    logging.shutdown()
    sys.stdout.flush()
    sys.stderr.flush()
    os._exit(code)


def _faust_settings(settings: WorkerSettings) -> dict[str, Any]:
    return {
        "broker": [f"kafka://{each}" for each in settings.kafka.bootstrap.split(",")],
        "broker_credentials": credentials_of(settings.kafka),
        "broker_session_timeout": settings.session_seconds,
        "broker_heartbeat_interval": settings.session_seconds / 4,
        "broker_commit_interval": settings.commit_seconds,
        "broker_max_poll_interval": POLL_SECONDS_MAX,
        "consumer_auto_offset_reset": "earliest",
        "consumer_metadata_max_age_ms": METADATA_MS_MAX,
        "stream_buffer_maxsize": BUFFERED_FINDINGS_MAX,
        # A rebalance does not wait for a destination that is down.
        "stream_wait_empty": False,
        "store": "memory://",
        "table_standby_replicas": 0,
        "Table": DurableTable,
        "topic_partitions": settings.partitions,
        "topic_replication_factor": settings.replication,
        "topic_disable_leader": True,
        "web_enabled": False,
    }


def credentials_of(client: KafkaClient) -> CredentialsT | None:
    """Say who we are to the brokers, in Faust's words."""
    told = client.kwargs()
    context = told.get("ssl_context")
    if client.security_protocol.startswith("SASL_"):
        return SASLCredentials(
            username=client.username,
            password=client.password,
            mechanism=client.sasl_mechanism,
            ssl_context=context,
        )
    return None if context is None else SSLCredentials(context)


def run_worker(
    destination: Destination,
    settings: WorkerSettings,
    clock: Clock,
    *,
    on_result: OnResult = lambda _destination, _result: None,
) -> NoReturn:
    """Work until told to stop (SIGTERM, SIGINT), then exit with 0.

    Otherwise the process ends with `EXIT_DEFECT`, `EXIT_USAGE` or `EXIT_STUCK`, and the log says
    why. Whoever supervises it may start it again: nothing is lost by any of these.
    """
    worker = DeskWorker(build_app(destination, settings, clock, on_result=on_result))
    try:
        worker.execute_from_commandline()
    except SystemExit as end:
        # Our own defects never come this far, so what ended Faust lies between it and the brokers.
        sys.exit(EXIT_STUCK if end.code and not worker.was_told_to_stop else 0)


def worker_settings(settings: Settings) -> WorkerSettings:
    """Take what a worker needs from the settings. Raises InvalidKafkaClientError."""
    password = settings.kafka_password
    return WorkerSettings(
        kafka=KafkaClient(
            bootstrap=settings.kafka_bootstrap or "",
            security_protocol=cast(Any, settings.kafka_protocol),
            sasl_mechanism=cast(Any, settings.kafka_sasl_mechanism),
            username=settings.kafka_username,
            password=password.get_secret_value() if password else None,
            ca_file=settings.kafka_ca_file,
            certificate_file=settings.kafka_certificate_file,
            key_file=settings.kafka_key_file,
        ),
        partitions=settings.kafka_partitions,
        replication=settings.kafka_replication,
        patience=patience_of(settings),
        follow=partial(follow, settings),
        duty=Duty(memory=memory_of(settings), routes=routes_of(settings)),
    )


def main(argv: Sequence[str] | None = None) -> NoReturn:
    """Run the worker of one destination with the settings of the environment."""
    parser = argparse.ArgumentParser(prog="python -m stream.desk.faust_app", description=__doc__)
    parser.add_argument("--destination", required=True, help="alertmanager, webhook or stdout")
    parser.add_argument("--results-to", type=int, help="a descriptor to tell each result to")
    arguments = parser.parse_args(argv)
    name = arguments.destination
    clock = SystemClock()
    try:
        settings = Settings.load(os.environ)
        destination = make_destination(name, settings)
        worker = worker_settings(settings)
    except FoureyesError as error:
        sys.stderr.write(f"foureyes: {error}\n")
        sys.exit(EXIT_USAGE)
    told_to = arguments.results_to
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    for chatty in CHATTY if level > logging.DEBUG else ():
        logging.getLogger(chatty).setLevel(max(level, logging.WARNING))
    with Log(clock, level=level):
        duty = replace(
            worker.duty,
            notes=recalled(settings),
            on_sighting=lambda _, seen: _say(told_to, seen.written()),
        )
        worker = replace(worker, duty=duty)
        run_worker(destination, worker, clock, on_result=_tell(told_to))


def _tell(descriptor: int | None) -> OnResult:
    """Tell whoever started this process what became of each delivery, a word a line."""
    return lambda _destination, result: _say(descriptor, result.encode())


def _say(descriptor: int | None, line: bytes) -> None:
    if descriptor is not None:
        os.write(descriptor, line + b"\n")


if __name__ == "__main__":
    main()
