"""Raw bytes to committed trail on the embedded host, against parsing the same bytes."""

import gc
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median

import orjson

from rules.machines.contract import Output
from rules.policy import Policy, Progress, SourcePolicy
from stream.clock import SystemClock
from stream.hosts.contract import Pace
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.intake.facts import Facts
from stream.memory import settle_in
from stream.running.embedded import LAYOUT, RAW_PARTITIONS
from stream.running.roles import Plan, roles_of
from stream.topics import raw_topic
from tests.benchmarks.events import SOURCE, raw_events

OPEN_CASES = 100_000
MEASURED_CASES = 20_000
EVENTS_A_STEP = 2_000
SLICES = 9
"""The machine may be busy with something else for a while: the median slice is not."""


def cpu_seconds(work: Callable[[], object]) -> float:
    """Run something and give the CPU time it took, with the garbage collector off."""
    gc.collect()
    gc.disable()
    begin = time.process_time()
    work()
    taken = time.process_time() - begin
    gc.enable()
    return taken


def parse_all(raw: Sequence[bytes]) -> None:
    """The floor: parse each event, and nothing else."""
    for each in raw:
        orjson.loads(each)


def bodies(raw: Sequence[bytes], events_a_body: int) -> Iterator[list[Output]]:
    """Cut events into bodies, and bodies into steps of the host."""
    step: list[Output] = []
    for begin in range(0, len(raw), events_a_body):
        body = b"\n".join(raw[begin : begin + events_a_body])
        step.append(Output(raw_topic("native"), 0, body))
        if len(step) * events_a_body >= EVENTS_A_STEP:
            yield step
            step = []
    if step:
        yield step


def open_host(directory: Path) -> EmbeddedHost:
    """Make the host that `foureyes run` makes, with the source telling its own progress."""
    settle_in()
    policy = Policy(sources=(SourcePolicy(name=SOURCE, progress=Progress.TOLD),))
    plan = Plan(
        sources={"native": "native"},
        layout=LAYOUT,
        raw_partitions=RAW_PARTITIONS,
        policy=policy,
        stamp=Facts(policy.link_proofs).stamp,
        clock=SystemClock(),
    )
    host = EmbeddedHost(Store(directory), roles_of(plan), clock=SystemClock(), pace=Pace())
    host.open()
    return host


def work_off(host: EmbeddedHost, steps: Iterator[list[Output]]) -> None:
    """Feed bodies until everything that follows from them is committed."""
    for step in steps:
        host.step(step)
    while not host.step().is_idle:
        pass


def measure(events_a_body: int) -> None:
    """Measure one way of sending, slice by slice next to the floor, and print the medians."""
    raw = raw_events(OPEN_CASES + MEASURED_CASES)
    cut = len(raw) * OPEN_CASES // (OPEN_CASES + MEASURED_CASES)
    before, measured = raw[:cut], raw[cut:]
    size = len(measured) // SLICES
    floors, costs = [], []
    with tempfile.TemporaryDirectory() as directory:
        host = open_host(Path(directory))
        work_off(host, bodies(before, 200))
        for begin in range(0, size * SLICES, size):
            part = measured[begin : begin + size]
            floors.append(cpu_seconds(partial(parse_all, part)) / size)
            steps = bodies(part, events_a_body)
            costs.append(cpu_seconds(partial(work_off, host, steps)) / size)
        host.close()
    ratios = sorted(cost / floor for cost, floor in zip(costs, floors, strict=True))
    cost, floor = median(costs), median(floors)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"whole path, {events_a_body:>3} events a body, {OPEN_CASES:,} open cases: "
        f"{median(ratios):.1f} x orjson.loads ({ratios[0]:.1f} to {ratios[-1]:.1f}), "
        f"{1 / cost:,.0f} events a CPU-second ({cost * 1e6:.1f} µs against {floor * 1e6:.2f} µs; "
        f"peak {peak:,.0f} MiB)"
    )
