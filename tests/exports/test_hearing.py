"""Hearing a case again raises no false alarm, whatever a judge was told and wherever a log ends."""

import json
from bisect import bisect_left

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.machines.contract import TRAIL, Record
from rules.machines.judge import Judge
from stream.canonical import CODEC, write
from stream.exports.entries import HEADERS, Entry, read_entry
from stream.exports.hearing import Bench
from tests.properties.effort import looks
from tests.properties.worlds import World, worlds


def entries_of(world: World, cut: int) -> list[Entry]:
    """Everything that a judge enters who is told the journal up to there."""
    judge = Judge(0, CODEC)
    bodies: list[bytes] = []
    for number, value in enumerate(world.journal[:cut]):
        for output in judge.feed([Record(number, value)]):
            if output.log == TRAIL:
                bodies += [write(entry) for entry in json.loads(output.value)["entries"]]
    return [read_entry(number, body) for number, body in enumerate(bodies)]


def bench_of(entries: list[Entry]) -> Bench:
    """Whoever hears the cases of such a log."""
    reports = [each.number for each in entries if each.sort == "reported"]

    def last_report(before: int) -> int | None:
        at = bisect_left(reports, before)
        return reports[at - 1] if at else None

    headers = [each for each in entries if each.sort in HEADERS]
    return Bench(headers, last_report, lambda number: entries[number].body)


@pytest.mark.timeout(0)
@looks(100)
@given(worlds(), st.data())
def test_an_honest_log_has_no_defect(world: World, data: st.DataObject) -> None:
    """Findings, their lives, verdicts and chains of every case: the same again."""
    entries = entries_of(world, data.draw(st.integers(1, len(world.journal))))
    bench = bench_of(entries)
    cases: dict[object, list[Entry]] = {}
    for entry in entries:
        if entry.about is not None:
            cases.setdefault(entry.about, []).append(entry)

    for own in cases.values():
        heard = bench.hear(own, len(entries))
        assert [each for each in heard.problems if not each.is_unknown] == []
