"""One journal, one outcome: whatever the calls are cut into, and however often machines die."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.machines.contract import FINDINGS, Output, Record
from rules.machines.judge import Judge
from stream.canonical import CODEC
from tests.properties.effort import looks
from tests.properties.retold import retold
from tests.properties.worlds import World, worlds
from tests.reference.telling import Joined

pytestmark = pytest.mark.timeout(0)


def told_at_once(world: World) -> Joined:
    """Machines that take the whole journal in one call and never die."""
    hosted = Joined()
    hosted.feed(world.journal)
    return hosted


def fates() -> st.SearchStrategy[list[str]]:
    """What happens to a judge between one record and the next."""
    return st.lists(st.sampled_from(["", "", "", "checkpoint", "take over", "both"]), min_size=4)


def fated(world: World, fates: list[str]) -> Joined:
    """Machines that take the journal in pieces, with a fate at the end of each."""
    hosted = Joined()
    records = list(world.journal)
    cut = max(1, len(records) // len(fates))
    for number, start in enumerate(range(0, len(records), cut)):
        hosted.feed(records[start : start + cut])
        fate = fates[number % len(fates)]
        if fate in ("checkpoint", "both"):
            hosted.checkpoint()
        if fate in ("take over", "both"):
            hosted.take_over()
    return hosted


@looks(100)
@given(st.one_of(worlds(), retold()), fates())
def test_the_same_journal_says_the_same_bytes(world: World, fates: list[str]) -> None:
    """Findings, trail and health, byte for byte, whatever became of the judge on the way."""
    one, other = told_at_once(world), fated(world, fates)

    assert one.judged == other.judged
    assert one.of_entities == other.of_entities
    assert one.judge.head() == other.judge.head()
    assert one.patterns.head() == other.patterns.head()


@looks(30)
@given(st.one_of(worlds(), retold()), fates())
def test_a_judge_that_was_taken_over_keeps_the_same_rows(world: World, fates: list[str]) -> None:
    """State is only a cache: what a checkpoint holds follows from the journal alone."""
    one, other = told_at_once(world), fated(world, fates)

    assert rows(one) == rows(other)


def rows(hosted: Joined) -> list[tuple[str, bytes]]:
    """Everything that a host would hold of the machines after one more checkpoint."""
    return hosted.rows()


@looks(30)
@given(worlds())
def test_a_case_is_judged_as_if_it_were_alone(world: World) -> None:
    """What is said of a case follows from its own events: no case looks into another."""
    together = told_at_once(world)
    cases = {(event.tenant, event.case) for event in world.history.events}
    cases -= {name for pair in world.history.joined for name in pair}

    for tenant, name in cases:
        alone = Judge(0, CODEC)
        said: list[Output] = []
        for record in world.journal:
            kept = only(record, tenant, name)
            said += alone.feed([Record(0, kept)] if kept else [])
        key = f"{tenant}\x1f{name}" if tenant else f"{name}"

        assert of(said, key) == of(together.judged, key)


def only(record: bytes, tenant: str | None, case: str | None) -> bytes | None:
    """A record of the journal with the events of one case, or all of it if it has no events."""
    first, *lines = record.split(b"\n")
    if b'"record":"events"' not in first:
        return record
    events = [(CODEC.read_event(line), line) for line in lines]
    kept = [line for event, line in events if (event.tenant, event.case) == (tenant, case)]
    return b"\n".join([first, *kept]) if kept else None


def of(said: list[Output], key: str) -> list[bytes]:
    """The changes of one case's findings."""
    return [each.value for each in said if each.log == FINDINGS and each.key == key.encode()]
