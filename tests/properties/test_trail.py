"""The trail: everything accepted and everything found, once, in order, under roots that go on."""

from collections import Counter
from itertools import pairwise
from typing import Any

import orjson
from hypothesis import given

from rules.finding import Change
from rules.machines.contract import FINDINGS, HEALTH, TRAIL
from stream.canonical import CODEC
from tests.properties.effort import looks
from tests.properties.worlds import World, worlds
from tests.reference.evaluator import called_at_last
from tests.reference.telling import Hosted, life, line
from tests.rules.ledger import naive


def judged(world: World) -> Hosted:
    """A judge that took the whole journal."""
    hosted = Hosted()
    hosted.feed(world.journal)
    return hosted


def trail(hosted: Hosted) -> list[dict[str, Any]]:
    """The records of the trail."""
    return [orjson.loads(each.value) for each in hosted.said if each.log == TRAIL]


def entries(hosted: Hosted) -> list[bytes]:
    """All entries, as the canonical bytes that they are leaves by."""
    return [
        orjson.dumps(entry, option=orjson.OPT_SORT_KEYS)
        for record in trail(hosted)
        for entry in record["entries"]
    ]


@looks(60)
@given(worlds())
def test_each_record_goes_on_where_the_last_one_ended(world: World) -> None:
    """First, size and root of each record follow from the entries before and in it."""
    hosted = judged(world)
    leaves = entries(hosted)
    size = 0

    for record in trail(hosted):
        assert record["first"] == size
        size += len(record["entries"])
        assert record["size"] == size
        assert record["root"] == naive.root(leaves[:size]).hex()
        assert record["partition"] == 0

    assert hosted.judge.ledger.size == size == len(leaves)
    assert hosted.judge.head() == b"%d:%s" % (size, naive.root(leaves).hex().encode())


def told_of(told: bytes, world: World) -> bytes:
    """An event under the name that its case has at last."""
    event = CODEC.read_event(told)
    assert event.case is not None
    _, case = called_at_last((event.tenant, event.case), world.history.joined)
    return CODEC.write({**orjson.loads(told), "case": case})


@looks(60)
@given(worlds())
def test_every_event_is_an_entry_or_a_repeat(world: World) -> None:
    """Nothing is dropped, and nothing is there twice.

    Where its case turned out to be another, it is entered under that name, and what had been
    entered before stays.
    """
    hosted = judged(world)
    told = Counter(
        bytes(each)
        for record in world.journal
        for each in record.split(b"\n")[1:]
        if b'"record":"events"' in record.split(b"\n")[0]
    )
    entered = Counter(entries(hosted))
    elsewhere = {each: entered[told_of(each, world)] for each in told}

    assert {entered[each] for each in told} <= {0, 1}
    assert set(elsewhere.values()) == {1}
    assert told.keys() == {line(event) for event in world.history.events}
    tally = hosted.judge.tally
    assert sum(tally.recorded.values()) == len(told)
    assert sum(tally.repeats.values()) == told.total() - len(told)


@looks(60)
@given(worlds())
def test_every_change_of_a_finding_is_an_entry(world: World) -> None:
    """What the SOC was told is what the auditor finds, in the same order."""
    hosted = judged(world)
    said = [each.value for each in hosted.said if each.log == FINDINGS]

    assert [entry for entry in entries(hosted) if b'"finding":' in entry] == said


@looks(60)
@given(worlds())
def test_a_finding_has_one_life(world: World) -> None:
    """It is opened first; its changes are numbered from 1; it is confirmed or withdrawn once."""
    lives: dict[str, list[Any]] = {}
    for finding in life(judged(world).said):
        lives.setdefault(finding.finding, []).append(finding)

    for changes in lives.values():
        assert [each.number for each in changes] == list(range(1, len(changes) + 1))
        assert changes[0].change is Change.OPENED
        for before, then in pairwise(changes):
            assert (then.change is Change.OPENED) == (before.change is Change.WITHDRAWN)
            assert (before.change, then.change) != (Change.CONFIRMED, Change.CONFIRMED)
            assert then.because


@looks(60)
@given(worlds())
def test_health_adds_up(world: World) -> None:
    """The last counts told are those of the cases, rule by rule and decision by decision."""
    hosted = judged(world)
    told = [orjson.loads(each.value) for each in hosted.said if each.log == HEALTH]
    counts = [each for each in told if "rules" in each][-1]
    cases = [orjson.loads(row.split(b"\n")[0]) for row in hosted.judge.cases()]
    rules = Counter((rule, word) for case in cases for rule, word, *_ in case["answers"])

    assert counts["decisions"] == {
        word: sum(case["verdict"] == word for case in cases) for word in counts["decisions"]
    }
    assert {
        (rule, word): n for rule, each in counts["rules"].items() for word, n in each.items() if n
    } == rules
    changes = Counter(f"{f.rule} {f.severity} {f.change}" for f in life(hosted.said))
    assert counts["findings"] == changes
