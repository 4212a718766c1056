"""A receiver before Kafka is killed under load: what it acknowledged is in the record, once."""

import asyncio
import json
import random
import time
from pathlib import Path

from rules.machines.contract import TRAIL
from stream.topics import raw_topic
from tests.kafka.broker import Broker
from tests.kafka.topics import fetch_all
from tests.programs import FINDINGS_SECONDS_MAX, page, running, wait_until
from tests.receiving import SECRET, Senders, deliveries, under_load

DELIVERIES = 1_500
KILLS = 2
JUDGED_SECONDS_MAX = 60.0
REPEATS = 'foureyes_events_total{outcome="repeat",source="github"}'


async def recorded(bootstrap: str) -> list[str]:
    """The id of every event in the trail, as often as it stands there."""
    records = await fetch_all(bootstrap, TRAIL)
    entries = [entry for each in records for entry in json.loads(each.value or b"{}")["entries"]]
    return sorted(entry["id"] for entry in entries if "id" in entry)


async def test_what_github_was_told_is_kept_is_in_the_record_once(tmp_path: Path) -> None:
    """Receivers come and are killed while they take in; another process judges all the while.

    A receiver that is killed has forgotten which deliveries it had: they are stored again, and the
    judge knows each as a repeat. Nothing that a sender was promised is missing.
    """
    every, chance = deliveries(DELIVERIES), random.Random(7)
    wanted = sorted(each.name for each in every)
    promised: set[str] = set()
    with Broker(tmp_path / "broker") as broker:
        settings = {
            "FOUREYES_DATA": str(tmp_path / "data"),
            "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap,
            "FOUREYES_FINDINGS": "none",
            "FOUREYES_SOURCES": "github",
            "FOUREYES_HTTP_SECRET_GITHUB": SECRET,
            "FOUREYES_KAFKA_PARTITIONS": "2",
            "FOUREYES_KAFKA_RAW_PARTITIONS": "2",
        }

        def a_life(*, is_last: bool) -> Senders:
            log = tmp_path / "receive.log"
            with running(settings, log, "receive") as run, under_load(run.url, every) as senders:
                wait_until(lambda: bool(senders.acknowledged), FINDINGS_SECONDS_MAX, log)
                if not is_last:
                    time.sleep(chance.random() * 0.3)
                    run.process.kill()
                    run.process.wait()
                senders.join()
            return senders

        judging = tmp_path / "judge.log"
        with running(settings, judging, "intake", "linker", "judge") as judge:
            for number in range(KILLS + 1):
                senders = await asyncio.to_thread(a_life, is_last=number == KILLS)
                promised.update(senders.acknowledged)
                assert (len(senders.acknowledged) == DELIVERIES) == (number == KILLS)
            stored = [each.value for each in await fetch_all(broker.bootstrap, raw_topic("github"))]
            async with asyncio.timeout(JUDGED_SECONDS_MAX):
                while await recorded(broker.bootstrap) != wanted:
                    await asyncio.sleep(0.2)
            repeats = f"{REPEATS} {len(stored) - DELIVERIES}.0"
            wait_until(lambda: repeats in page(judge.url), FINDINGS_SECONDS_MAX, judging)
            kept = await recorded(broker.bootstrap)

    assert promised == set(kept)
    assert kept == wanted
    assert len(stored) > DELIVERIES
    assert len(set(stored)) == DELIVERIES
