"""Run the benchmarks: `make bench`. Ratios are to a baseline in the same process.

`make bench ARGS=kafka` runs those that need a broker (see `tests.benchmarks.kafka`).
"""

import sys

from tests.benchmarks import (
    alerting,
    archive,
    connectors,
    console,
    exporting,
    linking,
    memory,
    whole_path,
)
from tests.benchmarks.kafka.__main__ import main as with_a_broker


def in_this_process() -> None:
    """Measure everything that needs no broker."""
    connectors.measure()
    linking.measure()
    memory.measure()
    archive.measure()
    exporting.measure()
    console.measure()
    alerting.measure()
    for events_a_body in (200, 1):
        whole_path.measure(events_a_body)


if __name__ == "__main__":
    if sys.argv[1:2] == ["kafka"]:
        with_a_broker(sys.argv[2:])
    else:
        in_this_process()
