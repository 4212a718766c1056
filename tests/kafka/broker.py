"""A real Kafka broker in one JVM, made from the published jars and gone with its directory."""

import os
import re
import shutil
import subprocess
import tempfile
import uuid
from collections.abc import Mapping, Sequence
from pathlib import Path

from tests.servers import LOOPBACK, Server, free_ports

POM = Path(__file__).with_name("pom.xml")
LOGGING = Path(__file__).with_name("log4j2.properties")
MAVEN_SECONDS_MAX = 600
FORMAT_SECONDS_MAX = 60

# Small and quick to start; the second compiler pays only in a broker that lives long.
JVM_OPTIONS = ("-Xms64m", "-Xmx384m", "-XX:+UseSerialGC", "-XX:TieredStopAtLevel=1")

DEFAULTS = {
    "process.roles": "broker,controller",
    "node.id": "1",
    "controller.listener.names": "CONTROLLER",
    # After kill -9 the controller holds the old registration for this long before it takes the new.
    "broker.session.timeout.ms": "2000",
    "broker.heartbeat.interval.ms": "500",
    "auto.create.topics.enable": "false",
    "group.initial.rebalance.delay.ms": "0",
    # Lets a test of take-over wait one second where the default would be six.
    "group.min.session.timeout.ms": "500",
    "log.retention.ms": "-1",
    "log.retention.bytes": "-1",
    "offsets.topic.num.partitions": "4",
    "offsets.topic.replication.factor": "1",
    "transaction.state.log.num.partitions": "4",
    "transaction.state.log.replication.factor": "1",
    "transaction.state.log.min.isr": "1",
    "share.coordinator.state.topic.num.partitions": "1",
    "share.coordinator.state.topic.replication.factor": "1",
    "share.coordinator.state.topic.min.isr": "1",
    # The defaults of these suit a server; a test wants a small heap and few threads.
    "log.cleaner.dedupe.buffer.size": str(8 * 1024 * 1024),
    "log.index.size.max.bytes": str(1024 * 1024),
    "num.io.threads": "4",
    "num.network.threads": "2",
    "background.threads": "2",
}


class Broker(Server):
    """One broker that is its own controller.

    `properties` are added to, or replace, the settings in `DEFAULTS`
    (`{"message.max.bytes": "100000"}`). `cluster` is the id that brokers of one cluster share.
    `credentials` are SCRAM's, kept by the cluster itself (`SCRAM-SHA-512=[name=…,password=…]`).
    Everything else is as `Server` says.
    """

    def __init__(
        self,
        directory: Path,
        *,
        properties: Mapping[str, str] | None = None,
        cluster: str | None = None,
        credentials: Sequence[str] = (),
    ) -> None:
        super().__init__(directory)
        self._credentials = credentials
        self._cluster = cluster or str(uuid.uuid4())
        port, controller_port = free_ports(2)
        self.bootstrap = f"{LOOPBACK}:{port}"
        self._settings = directory / "server.properties"
        self._data = directory / "data"
        settings = {
            **DEFAULTS,
            "listeners": f"PLAINTEXT://{self.bootstrap},CONTROLLER://{LOOPBACK}:{controller_port}",
            "advertised.listeners": f"PLAINTEXT://{self.bootstrap}",
            "controller.quorum.voters": f"1@{LOOPBACK}:{controller_port}",
            "log.dirs": str(self._data),
            **(properties or {}),
        }
        self._settings.write_text("".join(f"{key}={settings[key]}\n" for key in settings))

    def start(self) -> None:
        """Start it, on the data of its earlier life if there was one, and wait until it answers."""
        if not self._data.exists():
            self._format()
        super().start()

    def command(self) -> list[str]:
        """The broker's own process, without the shell scripts around it."""
        return [*java(), "kafka.Kafka", str(self._settings)]

    def is_ready(self) -> bool:
        """The broker says so itself, once every listener is open."""
        return "Kafka Server started" in self.log_since_start()

    def _format(self) -> None:
        tool = ["kafka.tools.StorageTool", "format", "--config", str(self._settings)]
        words = [word for each in self._credentials for word in ("--add-scram", each)]
        run([*java(), *tool, "--cluster-id", self._cluster, *words], within=FORMAT_SECONDS_MAX)


def java() -> list[str]:
    """The JVM with Kafka's jars in it; the class to run comes next."""
    logging = f"-Dlog4j2.configurationFile={LOGGING.as_uri()}"
    return ["java", *JVM_OPTIONS, logging, "-cp", f"{kafka_jars()}/*"]


def kafka_jars() -> Path:
    """The directory with Kafka's jars; Maven fetches them the first time.

    It lies outside the checkout, below `FOUREYES_TEST_CACHE` or else `~/.cache/foureyes`,
    and holds for as long as pom.xml stays as it is.
    """
    cache = Path(os.environ.get("FOUREYES_TEST_CACHE") or Path.home() / ".cache" / "foureyes")
    jars = cache / f"kafka-{kafka_version()}"
    stamp = jars / POM.name
    if stamp.is_file() and stamp.read_bytes() == POM.read_bytes():
        return jars
    cache.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory(dir=cache) as fresh:
        goal = ["dependency:copy-dependencies", "-DincludeScope=runtime"]
        maven = ["mvn", "--batch-mode", "--quiet", "--file", str(POM), *goal]
        run([*maven, f"-DoutputDirectory={fresh}/jars"], within=MAVEN_SECONDS_MAX)
        shutil.copy(POM, Path(fresh, "jars", POM.name))
        # Moved into place whole, so that a second test run never sees half of it.
        shutil.rmtree(jars, ignore_errors=True)
        Path(fresh, "jars").rename(jars)
    return jars


def kafka_version() -> str:
    """The version that pom.xml names."""
    found = re.search(r"<kafka\.version>(.+)</kafka\.version>", POM.read_text())
    if found is None:
        raise LookupError(f"{POM} names no kafka.version")
    return found[1]


def run(command: list[str], *, within: float) -> None:
    """Run a tool to its end; what it said is part of the error when it fails."""
    done = subprocess.run(
        command,
        stdin=subprocess.DEVNULL,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        check=False,
        timeout=within,
    )
    if done.returncode:
        raise RuntimeError(f"{command[0]} ended ({done.returncode}):\n{done.stdout[-4000:]}")
