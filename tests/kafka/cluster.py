"""Three real brokers that are their own controllers: a cluster that outlives one of them."""

import uuid
from concurrent.futures import ThreadPoolExecutor
from contextlib import suppress
from pathlib import Path
from types import TracebackType
from typing import Self

from tests.kafka.broker import Broker
from tests.servers import LOOPBACK, free_ports

BROKERS = 3
REPLICATED = {
    "offsets.topic.replication.factor": str(BROKERS),
    "transaction.state.log.replication.factor": str(BROKERS),
    "transaction.state.log.min.isr": "2",
    "default.replication.factor": str(BROKERS),
    "min.insync.replicas": "2",
    # A follower that is killed leaves the in-sync set after so long.
    "replica.lag.time.max.ms": "3000",
}


class Cluster:
    """Brokers that keep three copies of everything, two of which have to be in sync."""

    def __init__(self, directory: Path) -> None:
        ports = free_ports(2 * BROKERS)
        pairs = list(zip(ports[::2], ports[1::2], strict=True))
        voters = ",".join(f"{n}@{LOOPBACK}:{own}" for n, (_, own) in enumerate(pairs, start=1))
        cluster = str(uuid.uuid4())
        self.bootstrap = ",".join(f"{LOOPBACK}:{port}" for port, _ in pairs)
        self.brokers = [
            Broker(
                directory / f"broker-{number}",
                cluster=cluster,
                properties={
                    **REPLICATED,
                    "node.id": str(number),
                    "listeners": f"PLAINTEXT://{LOOPBACK}:{port},CONTROLLER://{LOOPBACK}:{own}",
                    "advertised.listeners": f"PLAINTEXT://{LOOPBACK}:{port}",
                    "controller.quorum.voters": voters,
                },
            )
            for number, (port, own) in enumerate(pairs, start=1)
        ]

    def __enter__(self) -> Self:
        # At the same time: none is ready before there are two.
        with ThreadPoolExecutor(BROKERS) as threads:
            starting = [threads.submit(broker.start) for broker in self.brokers]
        try:
            for each in starting:
                each.result()
        except BaseException:
            self._kill()
            raise
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._kill()

    def _kill(self) -> None:
        for broker in self.brokers:
            with suppress(ProcessLookupError):
                broker.kill()
