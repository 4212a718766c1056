"""Control health on the overview: the machines' own counts, added up."""

from pathlib import Path

from rules.machines.bench import Bench
from rules.verdict import Verdict
from stream.console.health import StoredHealth, Told
from tests.told_record import host_at_work


def test_what_is_counted_is_what_the_machines_count(tmp_path: Path) -> None:
    """Out of the record, while its host is at work, and after it has ended."""
    with host_at_work(tmp_path) as host:
        benches = [each for each in host.machines().values() if isinstance(each, Bench)]
        meanwhile = StoredHealth(tmp_path).counts()
    afterwards = StoredHealth(tmp_path).counts()

    assert meanwhile == afterwards
    assert meanwhile is not None
    assert meanwhile == _sum(benches)


def test_a_record_that_counts_nothing_changes_nothing(tmp_path: Path) -> None:
    """Nor is there anything to tell where nobody has counted."""
    told = Told()
    told.take(b'{"untold":"APR-001","case":"REQ-7"}')

    assert told.counts() is None
    assert StoredHealth(tmp_path).counts() is None


def _sum(benches: list[Bench]) -> dict[str, dict[Verdict, int]]:
    sums: dict[str, dict[Verdict, int]] = {}
    for bench in benches:
        for rule, counts in bench.tally.rules.items():
            of_rule = sums.setdefault(rule, dict.fromkeys(Verdict, 0))
            for verdict, number in counts.items():
                of_rule[verdict] += number
    return sums
