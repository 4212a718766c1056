"""What the linker adds to an event that needs no join: it names its case, and an id beside it."""

from collections.abc import Callable, Sequence
from functools import partial

import orjson

from rules.machines.contract import LINKS, Output, Record
from rules.machines.linker import Linker
from rules.machines.records import write_policy
from rules.machines.routing import Layout
from rules.policy import Policy, Progress
from stream.canonical import CODEC
from stream.clock import SystemClock
from stream.connectors import connector
from stream.intake.facts import Facts
from stream.intake.intake import Intake
from stream.intake.lane import Lane
from tests.benchmarks.events import raw_events
from tests.benchmarks.whole_path import cpu_seconds, parse_all

CASES = 20_000
EVENTS_A_BODY = 200
MICROSECONDS_MAX = 5
"""So much CPU time may the linker take for an event that tells an id beside its own case."""
LAYOUT = Layout(journal=4, links=4)


def measure() -> None:
    """Print what ids cost beside a case: in the linker, and in all that reads and writes them."""
    plain = raw_events(CASES)
    linked = [_linked(each) for each in plain]
    floor = _best(lambda: parse_all(plain)) / len(plain) * 1e6
    without = _best(partial(_work, plain)) / len(plain) * 1e6
    handed_on = _best(partial(_work, linked, learn=False)) / len(linked) * 1e6
    learnt = _best(partial(_work, linked)) / len(linked) * 1e6
    added = learnt - handed_on
    mark = "" if added <= MICROSECONDS_MAX else f"  above {MICROSECONDS_MAX}"
    print(
        f"linker, an event that needs no join: {added:.1f} µs ({added / floor:.1f} x orjson.loads);"
        f" with reading and handing on the id {learnt - without:.1f} µs on top of"
        f" {without:.1f} µs{mark}"
    )


def _linked(raw: bytes) -> bytes:
    """The same event with an id that no other case tells."""
    told = orjson.loads(raw)
    told["data"]["links"] = [f"change:{told['subject']}"]
    return orjson.dumps(told)


def _work(raw: Sequence[bytes], *, learn: bool = True) -> None:
    intake, linkers = _intake(), [Linker(p, LAYOUT, CODEC) for p in range(LAYOUT.links)]
    offsets = [0] * LAYOUT.links
    for linker in linkers:
        linker.feed([Record(0, write_policy(CODEC, Policy()))])
    for number, begin in enumerate(range(0, len(raw), EVENTS_A_BODY)):
        body = b"\n".join(raw[begin : begin + EVENTS_A_BODY])
        for output in intake.feed([Record(number, body)]):
            if output.log == LINKS and learn:
                _learn(linkers, offsets, output)


def _learn(linkers: Sequence[Linker], offsets: list[int], output: Output) -> None:
    offsets[output.partition] += 1
    linkers[output.partition].feed([Record(offsets[output.partition], output.value)])


def _intake() -> Intake:
    policy = Policy()
    lane = Lane(
        name="native/0",
        source="native",
        connector=connector("native"),
        lanes=("native/0",),
        layout=LAYOUT,
        policy=policy,
        progress=Progress.EVENTS,
    )
    return Intake(lane, SystemClock(), Facts(policy.link_proofs).stamp)


def _best(work: Callable[[], object]) -> float:
    return min(cpu_seconds(work) for _ in range(3))
