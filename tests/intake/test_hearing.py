"""Intake hears whose accounts are: learnt before the next event, and written down for others."""

from pathlib import Path

import orjson
import pytest

from rules.machines.contract import Output, Record
from rules.machines.routing import Layout
from rules.policy import Policy
from rules.verdict import Verdict
from stream.clock import FixedClock
from stream.connectors import connector
from stream.hosts.contract import Pace
from stream.hosts.store import Store
from stream.intake.facts import Facts
from stream.intake.hearing import Hearing
from stream.intake.intake import Intake
from stream.intake.lane import Lane
from stream.replaying import Replay
from stream.running.embedded import EmbeddedRun
from stream.running.roles import Plan, roles_of
from stream.topics import FACTS_PEOPLE
from tests.connectors.entra_examples import APPROVED, BO, GRAPH
from tests.connectors.identity_examples import IDENTITY_CREATED, numbered
from tests.connectors.reading import DELIVERY
from tests.intake.lanes import NOON, body, heard

LAYOUT = Layout(journal=1, links=1)
TRUSTS = Policy(link_proofs=("hr", "entra"))


def reader(facts: Facts, name: str = "entra") -> Intake:
    """An intake that hears."""
    lane = Lane(
        name="raw/0",
        source=name,
        connector=connector(name),
        lanes=("raw/0",),
        layout=LAYOUT,
        policy=TRUSTS,
    )
    return Intake(lane, FixedClock(NOON), facts.stamp, Hearing(lambda: facts).hear)


def split(outputs: list[Output]) -> tuple[list[Output], list[Output]]:
    """Facts, and all else."""
    facts = [each for each in outputs if each.log == FACTS_PEOPLE]
    return facts, [each for each in outputs if each.log != FACTS_PEOPLE]


def test_an_event_after_a_statement_is_stamped_by_it() -> None:
    """Within one body already; the fact leaves with the frames, in one transaction."""
    facts = Facts(TRUSTS.link_proofs)
    outputs = reader(facts).feed([Record(0, body(numbered("id-ann", "E-2"), GRAPH))])
    written, others = split(outputs)

    assert [orjson.loads(each.value) for each in written] == [
        {
            "person": "E-2",
            "account": "id-ann",
            "source": "entra",
            "proof": "entra",
            "name": "Ann",
            "from": "2026-10-01T06:00:00+00:00",
        }
    ]
    (line,) = heard(others).lines
    assert orjson.loads(line)["actor"]["person"] == "E-2"
    assert orjson.loads(line)["actor"]["proof"] == "entra"


def test_a_statement_that_comes_again_is_no_news() -> None:
    """A delivery made again, and the same said with the next change of a profile."""
    facts = Facts(TRUSTS.link_proofs)
    intake = reader(facts)
    first, _ = split(intake.feed([Record(0, body(numbered("id-ann", "E-2")))]))
    again, others = split(intake.feed([Record(1, body(numbered("id-ann", "E-2")))]))

    assert (len(first), again) == (1, [])
    assert heard(others).refusals == []


def test_whoever_says_nothing_of_a_person_is_refused_as_before() -> None:
    """Most of an audit log is out of scope; so is an identity without a number."""
    nameless = {**IDENTITY_CREATED, "attributes": {"firstname": "Ann"}}
    facts = Facts(TRUSTS.link_proofs)
    written, others = split(reader(facts, "sailpoint").feed([Record(0, body(nameless))]))

    assert written == []
    assert [each["kind"] for each in heard(others).refusals] == ["out_of_scope"]


def test_a_source_that_changes_its_mind_without_end_is_refused_and_intake_goes_on() -> None:
    """The hundred changes that were stay known."""
    facts = Facts(TRUSTS.link_proofs)
    times = [f"2026-10-01T06:{minute // 60:02}:{minute % 60:02}Z" for minute in range(101)]
    told = [numbered("id-ann", f"E-{number}", at=at) for number, at in enumerate(times)]
    written, others = split(reader(facts).feed([Record(0, body(*told, GRAPH))]))
    found = heard(others)

    assert len({orjson.loads(each.value)["person"] for each in written}) == 100
    assert [each["kind"] for each in found.refusals] == ["too_many"]
    assert len(found.lines) == 1


# Ann asks for a role and Bo approves. Whether they are two people follows from the directory.
ASKED, DECIDED = GRAPH, {**APPROVED, "initiatedBy": BO}


@pytest.mark.parametrize(
    ("told", "verdict"),
    [
        # The last two of them come after the steps.
        (
            [ASKED, DECIDED, numbered("id-ann", "E-2"), numbered("id-bo", "E-2")],
            Verdict.BROKEN,
        ),
        ([numbered("id-ann", "E-2"), numbered("id-bo", "E-2")], Verdict.BROKEN),
        ([numbered("id-ann", "E-2"), numbered("id-bo", "E-3")], Verdict.HELD),
        ([numbered("id-ann", "E-2")], Verdict.CANNOT_TELL),
        # Two persons at one time: nobody can say which.
        (
            [numbered("id-ann", "E-2"), numbered("id-bo", "E-2"), numbered("id-bo", "E-3")],
            Verdict.CANNOT_TELL,
        ),
        # A link that begins after the step says nothing about the step.
        (
            [numbered("id-ann", "E-2"), numbered("id-bo", "E-2", at="2026-10-02T06:00:00Z")],
            Verdict.CANNOT_TELL,
        ),
    ],
)
def test_the_verdict_follows_from_who_they_were_when_they_acted(
    told: list[object], verdict: Verdict, tmp_path: Path
) -> None:
    """APR-002, over the directory's own records and nothing else."""
    path = tmp_path / "entra.jsonl"
    steps = [] if DECIDED in told else [ASKED, DECIDED]
    path.write_bytes(body(*told, *steps))
    facts = Facts(TRUSTS.link_proofs)
    replay = Replay(
        connector=connector("entra"),
        clock=FixedClock(NOON),
        policy=TRUSTS,
        stamp=facts.stamp,
        hear=Hearing(lambda: facts, tells_late=1).hear,
        listen=lambda _: None,
    )
    replay.run([str(path)])

    assert replay.host.judge.tally.rules["APR-002"][verdict] == 1


def test_feeds_that_are_read_again_do_not_undo_what_was_heard() -> None:
    """The new facts are taught before they stamp, and before they are compared with the old."""
    current = [Facts(TRUSTS.link_proofs)]
    hearing = Hearing(lambda: current[0])
    (statement,) = connector("entra").statements(numbered("id-ann", "E-2"), DELIVERY)
    hearing.hear(statement, NOON)
    event = {"occurred_at": NOON, "source": DELIVERY.source, "actor": {"account": "id-ann"}}
    taught = hearing.over(Facts(TRUSTS.link_proofs))
    current[0] = Facts(TRUSTS.link_proofs)
    hearing.stamp(event)

    assert list(taught.accounts()) == ["id-ann"]
    assert event["actor"] == {"account": "id-ann", "person": "E-2", "proof": "entra"}


async def test_what_was_heard_is_known_after_a_restart(tmp_path: Path) -> None:
    """The embedded host keeps it with the record, and reads it before it stamps anything."""

    async def a_life(*bodies: bytes) -> Facts:
        facts = Facts(TRUSTS.link_proofs)
        plan = Plan(
            sources={"entra": "entra"},
            layout=LAYOUT,
            raw_partitions=1,
            policy=TRUSTS,
            stamp=facts.stamp,
            clock=FixedClock(NOON),
            hearing=Hearing(lambda: facts),
        )
        async with EmbeddedRun(
            tmp_path, plan, roles_of(plan), pace=Pace(), clock=FixedClock(NOON)
        ) as running:
            for each in bodies:
                await running.accept("entra", each)
        return facts

    await a_life(body(numbered("id-ann", "E-2")))
    facts = await a_life()
    event = {"occurred_at": NOON, "source": "entra", "actor": {"account": "id-ann"}}
    facts.stamp(event)
    store = Store(tmp_path, read_only=True)
    written = store.read(FACTS_PEOPLE, 0, 0, 10)
    store.close()

    assert event["actor"] == {"account": "id-ann", "person": "E-2", "proof": "entra"}
    assert len(written) == 1
