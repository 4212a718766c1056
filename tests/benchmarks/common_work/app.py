"""foureyes on the common work: intake, linker and judge on Kafka, with the two rules and no others.

Run as the peers' programs are: `IN` (a topic of native events), `OUT` (where findings go) and
`GROUP` (a name that no earlier run had) are in the environment, `BOOTSTRAP` may be. The machines,
the host, its limits and its transactions are those of `foureyes run intake linker judge`; only the
names of the topics are the run's own, so that many runs share a broker.
"""

import asyncio
import os
import signal
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import timedelta
from typing import NamedTuple, Self

from rules.machines.contract import FINDINGS, Machine
from rules.machines.judge import Judge
from rules.machines.routing import Layout
from rules.policy import Policy, Progress
from stream.canonical import CODEC
from stream.clock import SystemClock
from stream.connectors import connector
from stream.hosts.contract import Pace, Role
from stream.hosts.kafka import KafkaClient, KafkaHost, create_topics
from stream.intake.facts import Facts
from stream.intake.intake import Intake
from stream.intake.lane import Lane
from stream.log import Log
from stream.memory import settle_in
from stream.running.roles import INTAKE, JUDGE, LINKER, Plan, roles_of
from stream.topics import Deployment, Topic, raw_topic, topics_of
from tests.benchmarks.common_work.asked import RULES, VERSION
from tests.benchmarks.common_work.naming import under_other_names

SOURCE = "work"
INTAKED = f"{INTAKE}.{SOURCE}"
STAMP = Facts(Policy().link_proofs).stamp
LATE = timedelta(seconds=60)
"""The work's watermark: a partition has reported up to its latest event less this."""


class Run(NamedTuple):
    """One run: which broker, from which topic to which, under which name, how many partitions."""

    bootstrap: str
    read: str
    written: str
    name: str
    partitions: int = 4

    @classmethod
    def from_environment(cls, environment: Mapping[str, str]) -> Self:
        """Read it as the peers' harness sets it."""
        return cls(
            environment.get("BOOTSTRAP", "localhost:9092"),
            environment["IN"],
            environment["OUT"],
            environment["GROUP"],
            int(environment.get("PARTITIONS", "4")),
        )

    def lane(self, partition: int) -> Lane:
        """What intake knows of a partition; time is the events' own, as the work wants it."""
        lanes = tuple(f"{self.read}/{number}" for number in range(self.partitions))
        return Lane(
            name=lanes[partition],
            source=SOURCE,
            connector=connector("native"),
            lanes=lanes,
            layout=self.layout,
            policy=Policy(),
            progress=Progress.EVENTS,
            delay=LATE,
        )

    @property
    def layout(self) -> Layout:
        """As many partitions of the journal as of what is read."""
        return Layout(journal=self.partitions, links=self.partitions)

    def topics(self) -> list[Topic]:
        """The topics that a deployment has, but for what is read and what comes out."""
        roles = {role.name: role.partitions for role in self.roles()}
        made = topics_of(Deployment(partitions=self.partitions, roles=roles))
        return [
            replace(topic, name=self.names.get(topic.name, topic.name))
            for topic in made
            if topic.name != FINDINGS
        ]

    @property
    def names(self) -> dict[str, str]:
        """What the run calls the logs that the machines speak of."""
        logs = {
            topic.name: f"{self.name}.{topic.name}"
            for topic in topics_of(Deployment(partitions=1, roles={}))
        }
        return {**logs, raw_topic(SOURCE): self.read, FINDINGS: self.written}

    def roles(self) -> list[Role]:
        """Intake, linker and judge, the judge with the work's rules."""
        built: dict[str, Callable[[int], Machine]] = {INTAKED: self._intake, JUDGE: _judge}
        plan = Plan(
            sources={SOURCE: "native"},
            layout=self.layout,
            raw_partitions=self.partitions,
            policy=Policy(),
            stamp=STAMP,
            clock=SystemClock(),
        )
        return [
            under_other_names(
                replace(role, build=built.get(role.name, role.build)), self.name, self.names
            )
            for role in roles_of(plan, (INTAKE, LINKER, JUDGE))
            if role.name in (INTAKED, LINKER, JUDGE)
        ]

    def _intake(self, partition: int) -> Intake:
        return Intake(self.lane(partition), SystemClock(), STAMP)


def _judge(partition: int) -> Judge:
    return Judge(partition, CODEC, RULES, VERSION)


async def work(run: Run) -> None:
    """Run until told to stop."""
    client = KafkaClient(bootstrap=run.bootstrap)
    await create_topics(client, run.topics())
    host = KafkaHost(client, run.roles(), Pace())
    stopping: list[asyncio.Task[None]] = []
    asyncio.get_running_loop().add_signal_handler(
        signal.SIGTERM, lambda: stopping.append(asyncio.create_task(host.stop()))
    )
    await host.run()
    await asyncio.gather(*stopping)


if __name__ == "__main__":
    settle_in()
    with Log(SystemClock()):
        asyncio.run(work(Run.from_environment(os.environ)))
