"""The settings decide which destinations there are, and Faust hears the same as our own client."""

from pathlib import Path

import pytest
from faust.transport.drivers.aiokafka import credentials_to_aiokafka_auth

from rules.errors import FoureyesError
from stream.desk.configured import destination_names, make_destination, memory_of, patience_of
from stream.desk.delivery import InvalidDestinationError
from stream.desk.faust_app import credentials_of, worker_settings
from stream.hosts.kafka.client import KafkaClient
from stream.settings import Settings
from tests.desk.test_webhook import SECRET

EVERYTHING = {
    "FOUREYES_FINDINGS": "stdout",
    "FOUREYES_ALERTMANAGER_URL": "http://127.0.0.1:9093",
    "FOUREYES_WEBHOOK_URL": "http://127.0.0.1:8000/hooks",
    "FOUREYES_WEBHOOK_SECRET": SECRET,
    "FOUREYES_OCSF": "findings.ocsf.jsonl",
    "FOUREYES_OCSF_TOPIC": "security.findings",
    "FOUREYES_SPLUNK_URL": "http://127.0.0.1:8088",
    "FOUREYES_SPLUNK_TOKEN": "b2f7c1de",
    "FOUREYES_SYSLOG": "127.0.0.1:6514",
    "FOUREYES_PEOPLE_URLS": "json://127.0.0.1/a json://127.0.0.1/b",
    "FOUREYES_RESEND_SECONDS": "30",
    "FOUREYES_RETRY_SECONDS_MAX": "7",
    "FOUREYES_CLOSED_FINDINGS_MAX": "99",
    "FOUREYES_KAFKA_BOOTSTRAP": "127.0.0.1:9092",
    "FOUREYES_KAFKA_PARTITIONS": "6",
    "FOUREYES_KAFKA_REPLICATION": "3",
}

NAMES = (
    "stdout",
    "alertmanager",
    "webhook",
    "ocsf",
    "ocsf_topic",
    "splunk",
    "syslog",
    "people",
)


async def test_what_is_set_up_is_made_by_its_name(tmp_path: Path) -> None:
    """Each name makes the destination of that name, with its settings."""
    settings = Settings.load(EVERYTHING | {"FOUREYES_FINDINGS": str(tmp_path / "findings")})

    made = [make_destination(name, settings) for name in destination_names(settings)]

    assert [each.name for each in made] == list(NAMES)
    assert {each.name: each.resend.total_seconds() for each in made if each.resend} == {
        "alertmanager": 30
    }
    assert patience_of(settings).longest_seconds == 7
    assert memory_of(settings).closed_max == 99


def test_without_settings_findings_go_to_standard_output() -> None:
    """And with `none` they go nowhere."""
    assert destination_names(Settings.load({})) == ("stdout",)
    assert destination_names(Settings.load({"FOUREYES_FINDINGS": "none"})) == ()


@pytest.mark.parametrize("name", ["webhook", "alertmanager", "pigeon"])
def test_what_is_not_set_up_is_refused_by_name(name: str) -> None:
    """The error says what there is instead."""
    with pytest.raises(InvalidDestinationError, match=f"{name}: it is not set up; .* stdout"):
        make_destination(name, Settings.load({}))


def test_a_worker_is_set_up_from_the_same_settings() -> None:
    """Brokers, partitions, copies, patience and memory."""
    worker = worker_settings(Settings.load(EVERYTHING))

    assert worker.kafka == KafkaClient(bootstrap="127.0.0.1:9092")
    assert (worker.partitions, worker.replication) == (6, 3)
    assert (worker.patience.longest_seconds, worker.duty.memory.closed_max) == (7, 99)
    with pytest.raises(FoureyesError, match="host:port"):
        worker_settings(Settings.load({}))


@pytest.mark.parametrize(
    "client",
    [
        KafkaClient(bootstrap="127.0.0.1:1"),
        KafkaClient(bootstrap="127.0.0.1:1", security_protocol="SSL"),
        KafkaClient(
            bootstrap="127.0.0.1:1",
            security_protocol="SASL_PLAINTEXT",
            sasl_mechanism="SCRAM-SHA-512",
            username="desk",
            password="only for tests",  # noqa: S106 - says so itself
        ),
        KafkaClient(
            bootstrap="127.0.0.1:1",
            security_protocol="SASL_SSL",
            username="desk",
            password="only for tests",  # noqa: S106 - says so itself
        ),
    ],
    ids=lambda client: client.security_protocol,
)
def test_faust_shows_the_brokers_the_same_credentials(client: KafkaClient) -> None:
    """What aiokafka hears through Faust is what it hears from our own host."""
    told = credentials_to_aiokafka_auth(credentials_of(client))

    own = client.kwargs()
    del own["bootstrap_servers"]
    assert {key: value for key, value in told.items() if value is not None} == own
