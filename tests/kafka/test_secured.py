"""A broker that asks who we are and shows who it is: the same host, the same transactions."""

import asyncio
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import get_args

import pytest

from stream.hosts.contract import Pace, Role
from stream.hosts.kafka import (
    BrokersUnavailableError,
    KafkaClient,
    KafkaHost,
    KafkaLimits,
    RawLog,
    create_topics,
    read_committed,
)
from stream.hosts.kafka.client import SaslMechanism
from stream.topics import Topic, raw_topic, state_topic_of
from tests.contracts.toys import Folding, fold
from tests.contracts.world import settled, texts
from tests.kafka.broker import Broker

SECRET = "not-a-secret"  # noqa: S105 - of a broker that lives for a few seconds
MODULES = "org.apache.kafka.common.security"
PLAIN = f"{MODULES}.plain.PlainLoginModule required"
SCRAM = f"{MODULES}.scram.ScramLoginModule required"
MECHANISMS = get_args(SaslMechanism)
USERS = f'username="broker" password="{SECRET}" user_broker="{SECRET}" user_foureyes="{SECRET}"'


def make_certificate(directory: Path) -> tuple[Path, Path]:
    """A key store for the broker, and its certificate for those who are to trust it."""
    store, certificate = directory / "broker.p12", directory / "broker.pem"
    common = ["-alias", "broker", "-keystore", str(store), "-storepass", SECRET]
    made = ["-genkeypair", "-keyalg", "EC", "-dname", "CN=broker", "-validity", "2"]
    for asked in (
        [*made, "-ext", "SAN=IP:127.0.0.1", "-storetype", "PKCS12"],
        ["-exportcert", "-rfc", "-file", str(certificate)],
    ):
        subprocess.run(["keytool", *asked, *common], check=True, capture_output=True)
    return store, certificate


@pytest.fixture(scope="module")
def secured(tmp_path_factory: pytest.TempPathFactory) -> Iterator[KafkaClient]:
    """A broker that speaks SASL over TLS only, and a client it knows, by whatever mechanism."""
    directory = tmp_path_factory.mktemp("secured")
    store, certificate = make_certificate(directory)
    properties = {
        # The listener keeps its name and changes what it speaks.
        "listener.security.protocol.map": "PLAINTEXT:SASL_SSL,CONTROLLER:PLAINTEXT",
        "inter.broker.listener.name": "PLAINTEXT",
        "sasl.mechanism.inter.broker.protocol": "PLAIN",
        "sasl.enabled.mechanisms": ",".join(MECHANISMS),
        "listener.name.plaintext.plain.sasl.jaas.config": f"{PLAIN} {USERS};",
    }
    scrams = [each for each in MECHANISMS if each != "PLAIN"]
    for each in scrams:
        properties[f"listener.name.plaintext.{each.lower()}.sasl.jaas.config"] = f"{SCRAM};"
    for kind in ("keystore", "truststore"):
        properties[f"ssl.{kind}.location"] = str(store)
        properties[f"ssl.{kind}.password"] = SECRET
    credentials = [f"{each}=[name=foureyes,password={SECRET}]" for each in scrams]
    with Broker(directory / "broker", properties=properties, credentials=credentials) as broker:
        yield KafkaClient(
            bootstrap=broker.bootstrap,
            security_protocol="SASL_SSL",
            username="foureyes",
            password=SECRET,
            ca_file=certificate,
        )


@pytest.mark.parametrize("mechanism", MECHANISMS)
async def test_a_host_works_over_tls_with_a_password(
    mechanism: SaslMechanism, secured: KafkaClient
) -> None:
    """Topics, groups, transactions, raw events: every client is told the same."""
    client = replace(secured, sasl_mechanism=mechanism)
    source, toy, said = (f"{each}-{mechanism.lower()}" for each in ("acme", "toy", "said"))
    log = raw_topic(source)
    role = Role(name=toy, log=log, partitions=1, build=lambda number: Folding(said, number))
    topics = [Topic(name=log, partitions=1), Topic(name=said, partitions=1)]
    await create_topics(client, [*topics, state_topic_of(toy, 1)])
    async with RawLog(client) as raw:
        for value in texts(5):
            await raw.append(source, value)

    host = KafkaHost(client, [role], Pace(), limits=KafkaLimits(linger_seconds=0.02))
    task = asyncio.create_task(host.run())
    seen = await settled(lambda: all_of(client, said), lambda found: len(found) >= 5)
    await host.stop()
    await task

    assert seen == fold(texts(5))

    stranger = replace(client, password="guessed")  # noqa: S106
    with pytest.raises(BrokersUnavailableError):
        await create_topics(stranger, topics)


async def all_of(client: KafkaClient, topic: str) -> list[bytes]:
    """What is committed to a partition by now."""
    return [entry.value or b"" async for entry in read_committed(client, topic, 0)]
