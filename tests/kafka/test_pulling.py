"""Pulling on Kafka: rows and cursor in one transaction, a killed puller, and two at once."""

import asyncio
import json
import os
import signal
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from stream.hosts.kafka import KafkaClient, PulledLog, create_topics, read_committed
from stream.pulling.errors import PulledElsewhereError
from stream.topics import PULL, Deployment, raw_topic, state_topic, topics_of
from tests.kafka.broker import Broker
from tests.programs import FINDINGS_SECONDS_MAX, running, wait_until
from tests.pulling.vendor_server import SECRET, VendorServer, cut, in_a_thread, okta_rows

ROWS, PARTITIONS = 120, 4


async def pulled(bootstrap: str, source: str) -> list[str]:
    """The id of every row in the raw topic, as often as it is there."""
    found = []
    for partition in range(PARTITIONS):
        async for entry in read_committed(
            KafkaClient(bootstrap=bootstrap), raw_topic(source), partition
        ):
            told = json.loads(entry.value or b"[]")
            found += [row["uuid"] for row in told if isinstance(told, list)]
    return found


def test_a_killed_puller_leaves_nothing_out_and_nothing_twice(tmp_path: Path) -> None:
    """Killed with pages to go, started again: the cursor is that of the rows that are there."""
    server = VendorServer()
    server.rows = okta_rows(ROWS, datetime.now(UTC) - timedelta(minutes=20))
    server.faults.append(cut)
    expected = sorted(str(row["uuid"]) for _, row in server.rows)
    log = tmp_path / "run.log"
    with Broker(tmp_path / "broker") as broker, in_a_thread(server):
        settings = {
            "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap,
            "FOUREYES_FINDINGS": "none",
            "FOUREYES_SOURCES": "okta",
            "FOUREYES_PULL_URL_OKTA": server.url,
            "FOUREYES_PULL_SECRET_OKTA": SECRET,
            "FOUREYES_PULL_PAGE_ROWS": "5",
            "FOUREYES_PULL_EVERY_SECONDS": "1",
        }
        with running(settings, log, "pull") as run:
            wait_until(lambda: len(server.asked) > 8, FINDINGS_SECONDS_MAX, log)
            os.kill(run.process.pid, signal.SIGKILL)
            run.process.wait()
        with running(settings, log, "pull"):
            wait_until(
                lambda: len(asyncio.run(pulled(broker.bootstrap, "okta"))) >= ROWS,
                FINDINGS_SECONDS_MAX,
                log,
            )
        assert sorted(asyncio.run(pulled(broker.bootstrap, "okta"))) == expected


async def test_whoever_begins_to_pull_fences_the_one_before(broker: Broker, prefix: str) -> None:
    """The first one's rows and cursor never become visible after that, and it is told why."""
    client = KafkaClient(bootstrap=broker.bootstrap)
    source = f"{prefix}okta"
    await create_topics(client, topics_of(Deployment(partitions=1, roles={}, sources=(source,))))
    name = f"pull.{source}.logs"
    async with PulledLog(client) as first, PulledLog(client) as second:
        assert await first.load(name) is None
        await first.keep(source, [b'[{"uuid": "1"}]'], name, "one")
        assert await second.load(name) == "one"
        with pytest.raises(PulledElsewhereError, match=name):
            await first.keep(source, [b'[{"uuid": "2"}]'], name, "two")
        await second.keep(source, [b'[{"uuid": "3"}]'], name, "three")
        assert await second.load(name) == "three"

    assert sorted(await pulled(broker.bootstrap, source)) == ["1", "3"]
    cursors = [
        entry.value
        async for entry in read_committed(client, state_topic(PULL), 0)
        if entry.key == name.encode()
    ]
    assert b"two" not in cursors
