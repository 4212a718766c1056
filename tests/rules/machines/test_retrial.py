"""A case judged again from its ledger: what stood is found again, wherever the ledger is cut."""

import json
from dataclasses import dataclass, field

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.events import Event
from rules.finding import Change, Finding, read_finding
from rules.machines.contract import TRAIL, Output, Record
from rules.machines.judge import Judge
from rules.machines.retrial import Retrial, is_the_same
from rules.verdict import Verdict
from stream.canonical import CODEC, read_event, write
from tests.properties.effort import looks
from tests.properties.worlds import World, worlds

CaseName = tuple[str | None, str]


@dataclass
class Told:
    """What a ledger says, sorted by whom it is about."""

    retrial: Retrial = field(default_factory=lambda: Retrial(CODEC))
    events: dict[CaseName, list[Event]] = field(default_factory=dict)
    standing: dict[CaseName, dict[str, Finding]] = field(default_factory=dict)

    def read(self, output: Output) -> None:
        """Read one record of the trail."""
        if output.log == TRAIL:
            for entry in json.loads(output.value)["entries"]:
                self._read(entry, write(entry))

    def _read(self, entry: dict[str, object], leaf: bytes) -> None:
        if "record" in entry:
            self.retrial.take(leaf)
        elif "finding" in entry:
            finding = read_finding(entry)
            stands = self.standing.setdefault((finding.tenant, finding.case), {})
            stands[finding.finding] = finding
            if finding.change is Change.WITHDRAWN:
                del stands[finding.finding]
        else:
            event = read_event(leaf)
            assert event.case is not None
            self.events.setdefault((event.tenant, event.case), []).append(event)


@pytest.mark.timeout(0)
@looks(120)
@given(worlds(), st.data())
def test_what_stood_is_found_again(world: World, data: st.DataObject) -> None:
    """The ledger's own words are enough, up to any of its sizes that was ever published."""
    cut = data.draw(st.integers(1, len(world.journal)))
    judge, told = Judge(0, CODEC), Told()
    for number, value in enumerate(world.journal[:cut]):
        for output in judge.feed([Record(number, value)]):
            told.read(output)

    for name, events in told.events.items():
        found = {each.finding: each for each in told.retrial.judge(*name, events).findings}
        stands = told.standing.get(name, {})
        assert found.keys() == stands.keys()
        assert all(is_the_same(stands[each], found[each]) for each in found)


@pytest.mark.timeout(0)
@looks(120)
@given(worlds())
def test_the_verdict_is_the_judges_own(world: World) -> None:
    """Once the ledger says how far all have come, nothing is open that the judge has answered."""
    judge, told = Judge(0, CODEC), Told()
    for number, value in enumerate(world.journal):
        for output in judge.feed([Record(number, value)]):
            told.read(output)
    judge._report()
    judge._seal()
    for output in judge.feed([]):
        told.read(output)

    for name, events in told.events.items():
        case = judge.case(*name)
        assert case is not None
        again = told.retrial.judge(*name, events)
        if name in told.retrial.joined:
            assert (again.said, again.findings) == ((), ())
            continue
        assert again.verdict is case.verdict
        assert [each.verdict for each in again.said] == [
            Verdict(answered.verdict) for _, answered in sorted(case.answers.items())
        ]
