"""Client settings: what aiokafka is told, and which contradictions are refused."""

import ssl
from pathlib import Path
from typing import Any

import pytest

from stream.hosts.kafka.client import InvalidKafkaClientError, KafkaClient

HERE = "127.0.0.1:9092"


def test_plain_text_needs_only_brokers() -> None:
    """Several brokers are joined by commas."""
    client = KafkaClient(bootstrap=f"{HERE},127.0.0.1:9093")

    assert client.kwargs() == {
        "bootstrap_servers": [HERE, "127.0.0.1:9093"],
        "security_protocol": "PLAINTEXT",
    }


def test_sasl_over_ssl_says_who_we_are_and_checks_who_they_are() -> None:
    """The certificate is verified, and the password is in no text of the settings."""
    client = KafkaClient(
        bootstrap=HERE,
        security_protocol="SASL_SSL",
        sasl_mechanism="SCRAM-SHA-512",
        username="foureyes",
        password="secret",  # noqa: S106
    )
    told = client.kwargs()

    assert told["sasl_mechanism"] == "SCRAM-SHA-512"
    assert (told["sasl_plain_username"], told["sasl_plain_password"]) == ("foureyes", "secret")
    assert told["ssl_context"].verify_mode is ssl.CERT_REQUIRED
    assert told["ssl_context"].check_hostname
    assert "secret" not in repr(client)


@pytest.mark.parametrize(
    ("settings", "field"),
    [
        ({"bootstrap": ""}, "bootstrap"),
        ({"security_protocol": "SASL_SSL"}, "username"),
        ({"security_protocol": "SASL_PLAINTEXT", "username": "foureyes"}, "username"),
        ({"ca_file": Path("ca.pem")}, "security_protocol"),
    ],
)
def test_contradictions_are_refused(settings: dict[str, Any], field: str) -> None:
    """Better at the start than at the broker: the error names the setting."""
    with pytest.raises(InvalidKafkaClientError) as refused:
        KafkaClient(**{"bootstrap": HERE, **settings})

    assert refused.value.field == field
