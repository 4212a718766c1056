"""Raw bytes to committed trail on the embedded host, against parsing the same bytes."""

import gc
import resource
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from pathlib import Path
from statistics import median
from typing import NamedTuple

import orjson

from rules.catalog import CATALOG
from rules.machines.contract import Output
from rules.machines.judge import Judge
from rules.policy import Policy, Progress, SourcePolicy
from stream.canonical import CODEC
from stream.clock import SystemClock
from stream.hosts.contract import Pace
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.intake.facts import Facts
from stream.memory import settle_in
from stream.running.embedded import LAYOUT, RAW_PARTITIONS
from stream.running.roles import JUDGE, PATTERNS, Plan, roles_of
from stream.topics import raw_topic
from tests.benchmarks.events import BEGIN, CASES_A_SECOND, SOURCE, arrivals

OPEN_CASES = 100_000
MEASURED_CASES = 20_000
EVENTS_A_STEP = 2_000
FIRST_THIRTEEN = frozenset(
    {
        *("APR-001", "APR-002", "APR-003", "APR-004", "APR-005", "APR-007", "APR-008"),
        *("APR-009", "APR-014", "EVD-001", "EVD-002", "WHK-001", "WHK-002"),
    }
)
"""The rules that there were before the others and the patterns machines came."""
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


def open_host(directory: Path, *, first_thirteen: bool = False) -> EmbeddedHost:
    """Make a host over a directory."""
    return host_over(Store(directory), first_thirteen=first_thirteen)


def host_over(store: Store, *, first_thirteen: bool = False) -> EmbeddedHost:
    """Make the host that `foureyes run` makes, with the source telling its own progress.

    `first_thirteen`: with the rules that there were first, and without patterns machines.
    """
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
    roles = roles_of(plan)
    if first_thirteen:
        roles = [
            replace(role, build=_first_judge) if role.name == JUDGE else role
            for role in roles
            if role.name != PATTERNS
        ]
    host = EmbeddedHost(store, roles, clock=SystemClock(), pace=Pace())
    host.open()
    return host


def _first_judge(partition: int) -> Judge:
    return Judge(partition, CODEC, [rule for rule in CATALOG if rule.id in FIRST_THIRTEEN])


def flow() -> tuple[list[bytes], list[bytes]]:
    """Make what comes while the cases open, and what comes after that while as many more do.

    So the mix of what is measured is that of a steady flow: as many requests as approvals.
    """
    came = arrivals(OPEN_CASES + MEASURED_CASES)
    opened = BEGIN + timedelta(seconds=OPEN_CASES / CASES_A_SECOND)
    ended = opened + timedelta(seconds=MEASURED_CASES / CASES_A_SECOND)
    before = [raw for at, raw in came if at < opened]
    return before, [raw for at, raw in came if opened <= at < ended]


def work_off(host: EmbeddedHost, steps: Iterator[list[Output]]) -> None:
    """Feed bodies until everything that follows from them is committed."""
    for step in steps:
        host.step(step)
    while not host.step().is_idle:
        pass


class Measured(NamedTuple):
    """What an event cost, in seconds of CPU time, slice by slice, and the floor beside each."""

    costs: list[float]
    floors: list[float]

    @property
    def ratios(self) -> list[float]:
        """Cost over floor, in order of size."""
        return sorted(c / f for c, f in zip(self.costs, self.floors, strict=True))


def run(before: list[bytes], measured: list[bytes], events_a_body: int, **kind: bool) -> Measured:
    """Open the cases of `before`, and measure the rest slice by slice next to the floor."""
    size = len(measured) // SLICES
    found = Measured([], [])
    with tempfile.TemporaryDirectory() as directory:
        host = open_host(Path(directory), **kind)
        work_off(host, bodies(before, 200))
        for begin in range(0, size * SLICES, size):
            part = measured[begin : begin + size]
            found.floors.append(cpu_seconds(partial(parse_all, part)) / size)
            steps = bodies(part, events_a_body)
            found.costs.append(cpu_seconds(partial(work_off, host, steps)) / size)
        host.close()
    return found


def measure(events_a_body: int) -> None:
    """Measure one way of sending, with the first thirteen rules and with all, and print both."""
    flowing = flow()
    first = run(*flowing, events_a_body, first_thirteen=True)
    _tell(f"the first {len(FIRST_THIRTEEN)} rules", events_a_body, first)
    every = run(*flowing, events_a_body)
    _tell(f"all {len(CATALOG)} rules and patterns", events_a_body, every)
    times = median(every.ratios) / median(first.ratios)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(f"all rules cost {times:.2f} x the first ones; peak of both runs {peak:,.0f} MiB")


def _tell(what: str, events_a_body: int, found: Measured) -> None:
    cost, floor, ratios = median(found.costs), median(found.floors), found.ratios
    print(
        f"whole path, {what}, {events_a_body} events a body, {OPEN_CASES:,} open cases: "
        f"{median(ratios):.1f} x orjson.loads ({ratios[0]:.1f} to {ratios[-1]:.1f}), "
        f"{1 / cost:,.0f} events a CPU-second ({cost * 1e6:.1f} µs against {floor * 1e6:.2f} µs)",
        flush=True,
    )
