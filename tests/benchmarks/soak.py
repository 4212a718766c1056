"""A soak: millions of events through the embedded host, in whose memory nothing may pile up.

`make soak`, or `python -m tests.benchmarks.soak EVENTS`. Cases open and close over SPAN of event
time, so many a day that the events are used up then; people, rights and ids come and go. From the
middle on memory has to be flat: `grown` says how much of it came after that.
"""

import gc
import random
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import closing
from datetime import UTC, datetime, timedelta
from heapq import heappop, heappush
from pathlib import Path
from typing import Any, NamedTuple

import orjson

from rules.machines.bench import Bench
from rules.machines.contract import FINDINGS, Output
from rules.machines.linker import Linker
from stream.hosts.embedded import EmbeddedHost
from stream.hosts.store import Store
from stream.topics import raw_topic
from tests.benchmarks.events import SOURCE, tick
from tests.benchmarks.memory import resident_bytes
from tests.benchmarks.whole_path import host_over

EVENTS = 10_000_000
BEGIN = datetime(2025, 9, 1, tzinfo=UTC)
"""So that it all lies in the past: nobody is believed who has reported what is still to come."""
SPAN = timedelta(days=240)
"""Eight windows of the patterns, ten times as long as a case stays open."""
EVENTS_A_CASE = 6
EVENTS_A_BODY = 200
BODIES_A_TICK = 10
PARTS = 10
A_DAY = timedelta(days=1)
COHORT_DAYS = 30
"""So often do other people come, and those before them are not heard of again."""
EVENTS_A_PERSON = 500
"""For each so many events there is one person at a time, who has to do with 60 cases in two months.
"""
GROWTH_MAX = 0.05
"""So much more may be in memory at the end than in the middle, as a part of that."""


class Part(NamedTuple):
    """How it stood after one tenth of the events."""

    events: int
    cpu_seconds: float
    """What the host took for this part alone."""
    resident_bytes: int
    kept: Counter[str]
    """What the machines say of themselves (`sizes`), added up."""


def flow(events: int, seed: int = 7) -> Iterator[bytes]:
    """Give bodies of native events in the order of their time, some with the source's tick."""
    rng = random.Random(seed)
    cases, people = max(1, events // EVENTS_A_CASE), max(3, events // EVENTS_A_PERSON)
    waiting: list[tuple[datetime, int, bytes]] = []
    body: list[bytes] = []
    bodies = 0
    for number in range(cases):
        begin = BEGIN + SPAN * number / cases
        while waiting and waiting[0][0] <= begin:
            at, _, raw = heappop(waiting)
            body.append(raw)
            if len(body) == EVENTS_A_BODY:
                bodies += 1
                yield b"\n".join(body if bodies % BODIES_A_TICK else [*body, tick(at)])
                body = []
        for n, (at, raw) in enumerate(_case(number, begin, people, rng)):
            heappush(waiting, (at, number * EVENTS_A_CASE + n, raw))
    body += [heappop(waiting)[2] for _ in range(len(waiting))]
    yield b"\n".join([*body, tick(BEGIN + SPAN + 10 * A_DAY)])


def _case(
    number: int, begin: datetime, people: int, rng: random.Random
) -> Iterator[tuple[datetime, bytes]]:
    case = f"REQ-{number:08d}"
    cohort = (begin - BEGIN).days // COHORT_DAYS
    who, whom, boss = (f"u{cohort}-{rng.randrange(people):05d}" for _ in range(3))
    if rng.random() < 0.02:
        boss = who
    right = {"id": f"ent-{cohort}-{rng.randrange(400):03d}", "system": "SAP-PRD"}
    run = f"{rng.getrandbits(64):016x}"
    call = {
        "links": [f"execution:{run}"],
        "step": {"invocation": run, "destination": "https://hooks.acme.example/hr"},
    }
    decided = begin + timedelta(seconds=rng.uniform(1, 7200))
    asked = {"beneficiary": {"account": whom, "kind": "human"}, "entitlement": right}
    told: list[tuple[str, str, datetime, dict[str, Any]]] = [
        ("requested", who, begin, {**asked, "justification": "Quarter end close"}),
        ("approved", boss, decided, {"stage": "manager", "outcome": "approved"}),
        ("provisioned", "svc-provision", decided + timedelta(seconds=60), {"entitlement": right}),
        ("step_invoked", "svc-workflow", decided + timedelta(seconds=90), call),
        ("step_recorded", "gateway", decided + timedelta(seconds=95), call),
    ]
    if rng.random() >= 0.05:
        ticket = {"kind": "ticket", "ref": f"CHG-{number}", "digest": f"{number:064x}"}
        arrived = decided + timedelta(seconds=rng.uniform(0, 800))
        told.append(("evidenced", who, arrived, {"evidence": [ticket]}))
    for action, actor, at, more in told:
        named = None if action == "step_recorded" else case
        yield at, _event(f"{case}-{action}", named, (action, actor, at), more)


def _event(
    id_: str, case: str | None, said: tuple[str, str, datetime], more: dict[str, Any]
) -> bytes:
    action, actor, at = said
    kind = "human" if actor.startswith("u") else "service"
    data = {"tenant": "acme", "actor": {"account": actor, "kind": kind}, **more}
    told = {"specversion": "1.0", "id": id_, "source": SOURCE, "type": f"iga.{action}", "time": at}
    subject = {} if case is None else {"subject": case}
    return orjson.dumps({**told, **subject, "data": data}, option=orjson.OPT_UTC_Z)


def soak(directory: Path, events: int) -> Iterator[Part]:
    """Work it all off, and say after each tenth how it stands."""
    with closing(host_over(store := Store(directory))) as host:
        spent, done, parts = 0.0, 0, 0
        for body in flow(events):
            began = time.process_time()
            host.step([Output(raw_topic("native"), 0, body)])
            spent += time.process_time() - began
            done += EVENTS_A_BODY
            if done >= events * (parts + 1) // PARTS:
                parts += 1
                empty_logs(store, host)
                gc.collect()
                yield Part(done, spent, resident_bytes(), kept(host))
                spent = 0.0
        while not host.step().is_idle:
            pass
        if parts < PARTS:
            yield Part(done, spent, resident_bytes(), kept(host))


def empty_logs(store: Store, host: EmbeddedHost) -> None:
    """Take away what all have read: a record of all that came would fill the disk."""
    ends = {(each.role, each.partition): each.position for each in host.standings()}
    assert all(each.behind == 0 for each in host.standings()), ends
    with store.transaction():
        for (name, partition), number in store._numbers.items():
            if name != FINDINGS:
                last = (number << 40) + store.end(name, partition) - 1
                store._connection.execute(
                    "DELETE FROM records WHERE id >= ? AND id < ?", (number << 40, last)
                )


def kept(host: EmbeddedHost) -> Counter[str]:
    """What the machines keep, by kind."""
    sizes: Counter[str] = Counter()
    for machine in host.machines().values():
        if isinstance(machine, Bench | Linker):
            sizes.update(machine.sizes())
    return sizes


def grown(parts: list[Part]) -> float:
    """How much more is in memory at any time of the last half than in its middle, as a part."""
    middle = parts[len(parts) // 2 - 1].resident_bytes
    return max(each.resident_bytes for each in parts[len(parts) // 2 :]) / middle - 1


def main(events: int) -> int:
    """Soak, print each tenth, and fail if memory is not flat."""
    parts: list[Part] = []
    with tempfile.TemporaryDirectory() as made:
        for part in soak(Path(made), events):
            rate = (part.events - (parts[-1].events if parts else 0)) / part.cpu_seconds
            parts.append(part)
            shown = ", ".join(f"{name} {number:,}" for name, number in sorted(part.kept.items()))
            print(
                f"{part.events:>12,} events, {part.resident_bytes / 2**20:,.0f} MiB,"
                f" {rate:,.0f} events a CPU-second; {shown}",
                flush=True,
            )
    growth = grown(parts)
    print(f"from the middle on memory grew by {growth:.1%}; {GROWTH_MAX:.0%} is allowed")
    return int(growth > GROWTH_MAX)


if __name__ == "__main__":
    sys.exit(main(int(sys.argv[1]) if len(sys.argv) > 1 else EVENTS))
