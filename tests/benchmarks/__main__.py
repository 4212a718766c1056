"""Run the benchmarks: `make bench`. Ratios are to a baseline in the same process."""

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

if __name__ == "__main__":
    connectors.measure()
    linking.measure()
    memory.measure()
    archive.measure()
    exporting.measure()
    console.measure()
    alerting.measure()
    for events_a_body in (200, 1):
        whole_path.measure(events_a_body)
