"""Run what needs a broker: `make bench ARGS=kafka`, or `make bench ARGS='kafka latency host'`.

The parts: host, common, scale, latency, over (take-over), restore, restore-large.
"""

import asyncio
import logging
import sys
import tempfile
from collections.abc import Awaitable, Callable
from pathlib import Path

from tests.benchmarks.common_work import running
from tests.benchmarks.common_work.work import CASES
from tests.benchmarks.kafka import host, latency, restoring, taking_over
from tests.kafka.broker import Broker

Part = Callable[[str, Path], Awaitable[None]]

PARTS: dict[str, Part] = {
    "host": lambda bootstrap, _: host.measure(bootstrap),
    "common": lambda bootstrap, directory: running.run(bootstrap, directory, CASES),
    "scale": lambda bootstrap, directory: running.run(bootstrap, directory, CASES, workers=2),
    "latency": latency.measure,
    "over": taking_over.measure,
    "restore": lambda bootstrap, _: restoring.measure(bootstrap, 100_000),
    "restore-large": lambda bootstrap, _: restoring.measure(bootstrap, 1_000_000),
}


def main(names: list[str]) -> None:
    """Measure these parts, or all of them, on one broker."""
    # A topic that was just made has no leader yet, which the client tells at length.
    logging.getLogger("aiokafka").setLevel(logging.CRITICAL)
    with tempfile.TemporaryDirectory() as made, Broker(Path(made, "kafka")) as broker:
        for name in names or list(PARTS):
            asyncio.run(_measured(PARTS[name](broker.bootstrap, Path(made))))


async def _measured(part: Awaitable[None]) -> None:
    await part


if __name__ == "__main__":
    main(sys.argv[1:])
