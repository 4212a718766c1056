"""The judge raises on one record while events flow: seen, mended in two ways, and nothing lost."""

import json
import re
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.events import raw_events
from tests.end_to_end.asked import get
from tests.faults.broken_program import Breakage
from tests.faults.flow import Flow, Program, flowing
from tests.faults.test_embedded_run import hold as hold_embedded
from tests.faults.test_kafka_run import everything_is_judged, hold, program
from tests.kafka.broker import Broker
from tests.programs import FINDINGS_SECONDS_MAX, FOUREYES, Run, is_ready, page, wait_until

POISON = raw_events(1, seed=1, first=10**7)
"""A case of its own; the judge raises at its first event, whatever else is in that record."""
BROKEN = Breakage(raises_at="REQ-10000000-requested").command
HALTED = re.compile(
    r'^foureyes_partition_halted\{partition="(\d)",role="judge"\} 1\.0$', re.MULTILINE
)
AT_HOME = ("--reason", "torn in a restore", "--author", "ann", "--approver", "bo")
WAYS = pytest.mark.parametrize("way", ["repaired", "set aside by two"])


def halt_and_mend(run: Program, flow: Flow, way: str) -> None:
    """One partition halts where everybody sees it, the other goes on; then it is mended."""
    time.sleep(0.5)
    flow.send(POISON)
    halted: list[str] = []

    def is_told() -> bool:
        halted[:] = HALTED.findall(page(run.url))
        return bool(halted) and not is_ready(run.port)

    wait_until(is_told, FINDINGS_SECONDS_MAX, run.log)
    (number,) = halted
    before = done(run, 1 - int(number))
    wait_until(lambda: done(run, 1 - int(number)) > before, FINDINGS_SECONDS_MAX, run.log)
    assert run.process is not None
    answer = get(Run(run.url, run.process, run.log), "/readyz")
    run.stop()
    assert answer.status == 503
    assert f"judge {number} stopped at record" in answer.text
    assert int(number) in {each["partition"] for each in logged(run, "partition halted")}
    if way == "repaired":
        run.command = FOUREYES
    else:
        set_aside(run, number)
    run.start()


def logged(run: Program, event: str) -> list[dict[str, Any]]:
    """The lines of its log that tell of an event."""
    lines = map(json.loads, run.log.read_text().splitlines())
    return [line for line in lines if line["event"] == event]


def set_aside(run: Program, number: str) -> None:
    """Look at the record and decide, as the runbook says."""
    words = [*FOUREYES, "set-aside", "judge", number]
    asked = subprocess.run(words, env=run.environ, capture_output=True, text=True, check=True)
    (digest,) = re.findall(r"--digest (sha256:\w+)", asked.stdout)
    decided = [*words, "--digest", digest, *AT_HOME]
    subprocess.run(decided, env=run.environ, capture_output=True, check=True)


def done(run: Program, partition: int) -> float:
    """Up to where a partition is judged, as the program tells Prometheus."""
    told = f'foureyes_position_records{{partition="{partition}",role="judge"}} '
    lines = page(run.url).splitlines()
    return next(float(line.removeprefix(told)) for line in lines if line.startswith(told))


@WAYS
def test_on_the_embedded_host(way: str, tmp_path: Path) -> None:
    """Bodies are taken in all the while; what waited behind the record is judged in order."""
    run = Program({}, tmp_path)
    run.command = BROKEN
    with flowing(run) as flow:
        halt_and_mend(run, flow, way)
    hold_embedded(
        f"a machine that raises on one record: {way}", 1, tmp_path / "data", flow.acknowledged
    )


@WAYS
async def test_on_kafka(way: str, tmp_path: Path) -> None:
    """The same, with a partition's state and the decision in topics."""
    with Broker(tmp_path / "broker") as broker:
        run = program(broker, tmp_path)
        run.command = BROKEN
        with flowing(run) as flow:
            halt_and_mend(run, flow, way)
            flow.end()
            await everything_is_judged(broker, flow)
        await hold(broker, f"a machine that raises on one record: {way}", 1, flow.acknowledged)
