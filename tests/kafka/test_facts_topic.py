"""Reference facts from a topic: who stands behind an account, known before anything is stamped."""

import json
from datetime import UTC, datetime
from pathlib import Path

import orjson
from aiokafka import AIOKafkaProducer

from stream.topics import FACTS_PEOPLE
from tests.intake.scim_documents import user
from tests.kafka.broker import Broker
from tests.programs import FINDINGS_SECONDS_MAX, lines_of, page, post, running, wait_until

DELIVERED = 'foureyes_deliveries_total{destination="stdout",result="delivered"} 1.0'
JUDGED = 'foureyes_rule_decisions{rule="APR-002"'
NOW = datetime.now(UTC).isoformat()


def event(number: int, action: str, account: str) -> bytes:
    """One native event of the one case."""
    envelope = {"specversion": "1.0", "id": f"e{number}", "source": "iga/acme", "time": NOW}
    data = {"actor": {"account": account, "kind": "human"}, "justification": "Quarter end"}
    return orjson.dumps({**envelope, "type": f"iga.{action}", "subject": "REQ-1", "data": data})


async def learn(bootstrap: str, account: str, other: str) -> None:
    """Say on the topic that two accounts are one person's: as a fact, and as a SCIM User."""
    async with AIOKafkaProducer(bootstrap_servers=bootstrap, acks="all") as producer:
        await producer.send_and_wait(FACTS_PEOPLE, b"this is no fact")
        fact = {"person": "P-1", "account": account, "proof": "hr", "name": "Ann"}
        pushed = {"source": "iga/acme", "scim": user(other, "P-1")}
        for each in (fact, pushed):
            await producer.send_and_wait(FACTS_PEOPLE, orjson.dumps(each))


async def test_two_accounts_of_one_person_are_told_by_the_facts_topic(tmp_path: Path) -> None:
    """A bad record there is passed over with a word in the log; the delivery is counted."""
    with Broker(tmp_path / "broker") as broker:
        findings, log = tmp_path / "findings.jsonl", tmp_path / "run.log"
        policy = tmp_path / "policy.toml"
        policy.write_text(
            '[policy]\nversion = "x"\nowner = "iam"\n[links]\nproofs = ["hr", "scim"]\n'
        )
        settings = {
            "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap,
            "FOUREYES_FINDINGS": str(findings),
            "FOUREYES_POLICY": str(policy),
        }
        with running(settings, log):
            pass
        await learn(broker.bootstrap, "ann", "ann.adm")
        with running(settings, log) as run:
            post(run.url, [event(1, "requested", "ann"), event(2, "approved", "ann.adm")])
            wait_until(lambda: bool(lines_of(findings)), FINDINGS_SECONDS_MAX, log)
            wait_until(lambda: DELIVERED in page(run.url), FINDINGS_SECONDS_MAX, log)

    assert [json.loads(line)["rule"] for line in lines_of(findings)] == ["APR-002"]
    assert "fact refused" in log.read_text()


async def test_a_fact_that_comes_late_reaches_back(tmp_path: Path) -> None:
    """The case was judged before anybody said that both accounts are Ann's."""
    with Broker(tmp_path / "broker") as broker:
        findings, log = tmp_path / "findings.jsonl", tmp_path / "run.log"
        policy = tmp_path / "policy.toml"
        policy.write_text('[policy]\nversion = "x"\n[links]\nproofs = ["hr", "scim"]\n')
        settings = {
            "FOUREYES_KAFKA_BOOTSTRAP": broker.bootstrap,
            "FOUREYES_FINDINGS": str(findings),
            "FOUREYES_POLICY": str(policy),
        }
        with running(settings, log) as run:
            post(run.url, [event(1, "requested", "ann"), event(2, "approved", "ann.adm")])
            wait_until(lambda: JUDGED in page(run.url), FINDINGS_SECONDS_MAX, log)
            await learn(broker.bootstrap, "ann", "ann.adm")
            wait_until(lambda: bool(lines_of(findings)), FINDINGS_SECONDS_MAX, log)

    (found,) = [json.loads(line) for line in lines_of(findings)]
    assert (found["rule"], found["change"]) == ("APR-002", "opened")
    assert found["because"].startswith("it became known that ann")
