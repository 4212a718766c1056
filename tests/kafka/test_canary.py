"""The canary over a real broker: several processes, one secret, and silence where none judges."""

import asyncio
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import orjson
import pytest
from prometheus_client.parser import text_string_to_metric_families

from rules.canary import TENANT
from rules.machines.contract import FINDINGS, REFUSED
from stream.canary.case import SOURCE as CANARY
from stream.canary.case import write_canary
from stream.canary.sealing import Seal
from stream.hosts.kafka import KafkaClient, RawLog
from tests.kafka.broker import Broker
from tests.kafka.topics import fetch_all
from tests.programs import Run, lines_of, page, running, wait_until

SECONDS_MAX = 90.0
SHARED = "a-secret-of-intake-and-desk"


@pytest.fixture
def own(tmp_path: Path) -> Iterator[Broker]:
    """A broker of this test alone: the topics have the names they have in earnest."""
    with Broker(tmp_path / "broker") as running_broker:
        yield running_broker


def shown(run: Run) -> dict[str, float]:
    """The numbers of a process, those of canaries by their names alone."""
    families = text_string_to_metric_families(page(run.url))
    return {each.name: each.value for family in families for each in family.samples}


async def test_it_comes_through_every_process_and_is_missed_where_none_judges(
    own: Broker, tmp_path: Path
) -> None:
    """Receive and intake, judge, desk each for itself; then the judge is gone.

    What bears another seal is refused. The destination's file stays empty. When one was seen last
    is still known after the desk's restart.
    """
    file, log = tmp_path / "findings.jsonl", tmp_path / "run.log"
    settings = {
        "FOUREYES_DATA": str(tmp_path / "data"),
        "FOUREYES_FINDINGS": str(file),
        "FOUREYES_KAFKA_BOOTSTRAP": own.bootstrap,
        "FOUREYES_KAFKA_PARTITIONS": "2",
        "FOUREYES_KAFKA_RAW_PARTITIONS": "1",
        "FOUREYES_CANARY_SECONDS": "1",
        "FOUREYES_CANARY_BOUND_SECONDS": "5",
        "FOUREYES_CANARY_SECRET": SHARED,
    }
    with running(settings, log, "intake", "receive"):
        async with RawLog(KafkaClient(bootstrap=own.bootstrap)) as raw:
            forged = write_canary(datetime.now(UTC), Seal(b"of somebody else"))
            await raw.append(CANARY, forged, CANARY.encode())
        with running(settings, log, "desk") as desk:
            with running(settings, log, "linker", "judge") as judge:
                wait_until(
                    lambda: "foureyes_canary_round_trip_seconds" in shown(desk), SECONDS_MAX, log
                )
                numbers, judged = shown(desk), page(judge.url)
            await asyncio.sleep(1)
            seen = last_seen(desk)
            wait_until(lambda: is_overdue(shown(desk)), SECONDS_MAX, log)
            silent = shown(desk)
        with running(settings, log, "desk") as restarted:
            wait_until(lambda: last_seen(restarted) == seen, SECONDS_MAX, log)

    refused = [each for each in await fetch_all(own.bootstrap, REFUSED) if each.value]
    told = [orjson.loads(each.value or b"") for each in await fetch_all(own.bootstrap, FINDINGS)]
    assert numbers["foureyes_canary_patience_seconds"] == 6
    assert 0 < numbers["foureyes_canary_round_trip_seconds"] < SECONDS_MAX
    assert silent["foureyes_canary_seen_timestamp_seconds"] == seen
    assert {each["tenant"] for each in told} == {TENANT}
    assert CANARY.encode() in (refused[0].value or b"")
    assert 'foureyes_rule_decisions{rule="APR-001",verdict="broken"} 0.0' in judged
    assert lines_of(file) == []


def last_seen(run: Run) -> float:
    """When a canary came through to the desk last."""
    return shown(run)["foureyes_canary_seen_timestamp_seconds"]


def is_overdue(numbers: dict[str, float]) -> bool:
    """What FoureyesCanaryMissing asks of the same numbers."""
    age = datetime.now(UTC).timestamp() - numbers["foureyes_canary_seen_timestamp_seconds"]
    return age > numbers["foureyes_canary_patience_seconds"]
