"""What it takes to own a judge's partition again: its state read back, its machine built."""

import asyncio
import time
from collections.abc import Iterator

from rules.machines.contract import FINDINGS, HEALTH, TRAIL
from rules.machines.judge import Judge
from rules.machines.records import write_events
from stream.canonical import CODEC, dumps
from stream.connectors.native import NATIVE
from stream.hosts.contract import Pace, Role
from stream.hosts.kafka import KafkaClient, KafkaHost, create_topics
from stream.topics import Topic, state_topic_of
from tests.benchmarks import topics
from tests.benchmarks.common_work.asked import RULES, VERSION
from tests.benchmarks.common_work.naming import under_other_names
from tests.benchmarks.common_work.work import Raw
from tests.benchmarks.events import raw_events
from tests.benchmarks.programs import load

FRAME_EVENTS = 500


async def measure(bootstrap: str, open_cases: int) -> None:
    """Have so many cases open, stop in order, and print what it takes to be at work again."""
    name = f"restore-{open_cases}"
    logs = {TRAIL: f"{name}-trail", FINDINGS: f"{name}-findings", HEALTH: f"{name}-health"}
    names = {**logs, f"{name}-in": f"{name}-in"}
    made = [Topic(name=each, partitions=1) for each in names.values()]
    client = KafkaClient(bootstrap=bootstrap)
    role = under_other_names(
        Role(name="judge", log=f"{name}-in", partitions=1, build=_judge), name, names
    )
    await create_topics(client, [*made, state_topic_of(role.name, 1)])
    await topics.fill(bootstrap, f"{name}-in", 1, _frames(open_cases))
    await _owned(client, role, until=open_cases // FRAME_EVENTS)
    busy = load()
    seconds, wall = await _owned(client, role, until=0)
    print(
        f"a judge's partition with {open_cases:,} open cases owned again:"
        f" {seconds:.1f} CPU-seconds, {wall:.1f} s by the wall clock ({busy})",
        flush=True,
    )


def _judge(partition: int) -> Judge:
    return Judge(partition, CODEC, RULES, VERSION)


def _frames(cases: int) -> Iterator[Raw]:
    """Frames of one request for each case."""
    assert NATIVE.quick is not None
    (asked,) = (tree for raw in raw_events(1) if (tree := NATIVE.quick(raw)) and _is_request(tree))
    for begin in range(0, cases, FRAME_EVENTS):
        lines = [
            dumps({**asked, "case": f"REQ-{number:08d}", "id": f"REQ-{number:08d}-requested"})
            for number in range(begin, min(begin + FRAME_EVENTS, cases))
        ]
        yield Raw("", write_events(CODEC, "bench", lines))


def _is_request(tree: dict[str, object]) -> bool:
    return tree["action"] == "requested"


async def _owned(client: KafkaClient, role: Role, *, until: int) -> tuple[float, float]:
    """Own the partition until so many records are committed, then stop in an orderly way.

    What it took until it was at work: CPU time and by the wall clock.
    """
    began, wall = time.process_time(), time.monotonic()
    host = KafkaHost(client, [role], Pace())
    running = asyncio.create_task(host.run())
    while not host.is_ready or not host.machines():
        await asyncio.sleep(0.05)
    taken = time.process_time() - began, time.monotonic() - wall
    while sum(status.position or 0 for status in host.status()) < until:
        await asyncio.sleep(0.1)
    await host.stop()
    await running
    return taken
