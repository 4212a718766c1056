"""Names kept apart on Kafka: no topic but the raw ones names anybody, and a key can go."""

import asyncio
import json
from pathlib import Path

from aiokafka.admin import AIOKafkaAdminClient

from stream.archive.database import sqlite_url
from stream.hosts.kafka import KafkaClient, read_committed
from tests.kafka.broker import Broker
from tests.programs import FINDINGS_SECONDS_MAX, lines_of, post, running, wait_until
from tests.pseudonyms.told import ANN, NAMES, said, story


async def everything(bootstrap: str) -> dict[str, bytes]:
    """All that is committed in each topic of ours, keys included."""
    admin = AIOKafkaAdminClient(bootstrap_servers=bootstrap)
    await admin.start()
    try:
        topics = [each for each in await admin.list_topics() if not each.startswith("__")]
        told = {each["topic"]: each["partitions"] for each in await admin.describe_topics(topics)}
    finally:
        await admin.close()
    client, found = KafkaClient(bootstrap=bootstrap), dict[str, bytes]()
    for topic, partitions in told.items():
        found[topic] = b""
        for each in partitions:
            async for entry in read_committed(client, topic, each["partition"]):
                found[topic] += entry.value or b""
    return found


def test_no_topic_but_the_raw_ones_names_anybody(own: Broker, tmp_path: Path) -> None:
    """Intake, judge, archive and desk in one worker; the vault is a database beside them."""
    found, log = tmp_path / "found.jsonl", tmp_path / "run.log"
    settings = {
        "FOUREYES_KAFKA_BOOTSTRAP": own.bootstrap,
        "FOUREYES_DATA": str(tmp_path / "data"),
        "FOUREYES_FINDINGS": str(found),
        "FOUREYES_NAMES": "keyed",
        "FOUREYES_NAMES_URL": sqlite_url(tmp_path / "names.sqlite3"),
    }
    with running(settings, log) as run:
        post(run.url, story())
        wait_until(lambda: b"APR-001" in b"".join(lines_of(found)), FINDINGS_SECONDS_MAX, log)
    told = [json.loads(line) for line in lines_of(found)]
    record = asyncio.run(everything(own.bootstrap))
    named = {
        topic
        for topic, held in record.items()
        for name in NAMES
        if name.lower().encode() in held.lower()
    }
    explained = said(settings, "explain", "REQ-1").stdout
    forgotten = said(
        settings, "archive", "forget", ANN["account"],
        "--reason", "DSR-9", "--author", "cy", "--approver", "di",
    )  # fmt: skip
    with running(settings, log):
        wait_until(
            lambda: ANN["account"] not in said(settings, "explain", "REQ-1").stdout,
            FINDINGS_SECONDS_MAX,
            log,
        )
    after = said(settings, "explain", "REQ-1").stdout

    assert "Ann Ander" in next(each for each in told if each["rule"] == "APR-001")["summary"]
    assert ANN["account"] in explained
    assert len(record) > 10
    assert named <= {topic for topic in record if topic.startswith("iga.raw.")}
    assert forgotten.returncode == 0, forgotten.stderr
    assert "Bo Berg" in after
    assert "Ann" not in after
