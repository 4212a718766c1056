"""The control lane: which policy is in force enters the journal like all else, once."""

from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

from rules.machines.contract import ENTITIES, JOURNAL, LINKS, Record
from rules.machines.keeping import Act, Keeping, write_keeping
from rules.machines.routing import partition_of_case
from rules.policy import Approvals, Policy
from stream.canonical import CODEC, read_event
from stream.intake.control import Control, policy_record
from tests.intake.lanes import LAYOUT

NOW = datetime(2026, 11, 2, 12, tzinfo=UTC)
FIRST = Policy(version="one", owner="team-iam")
STRICTER = replace(FIRST, version="two", approvals=Approvals(quorum=2))


def written(policy: Policy, last: bytes | None) -> Policy | None:
    """What is written down when a process starts with this policy."""
    record = policy_record(policy, last, NOW)
    return None if record is None else CODEC.read_policy(record)


def test_the_first_policy_counts_since_ever() -> None:
    """Cases that opened before anybody wrote a policy are judged by it, too."""
    assert written(FIRST, None) == FIRST


def test_a_restart_with_the_same_policy_writes_nothing() -> None:
    """Also when the last one was given the moment from which it counts."""
    first = policy_record(FIRST, None, NOW)
    second = policy_record(STRICTER, first, NOW)

    assert written(FIRST, first) is None
    assert written(STRICTER, second) is None


def test_a_further_policy_counts_for_the_cases_that_open_from_now_on() -> None:
    """Nobody is judged by what was not asked at the time, unless its author has said from when."""
    first = policy_record(FIRST, None, NOW)
    dated = replace(STRICTER, in_force_from=datetime(2026, 1, 1, tzinfo=UTC))

    assert written(STRICTER, first) == replace(STRICTER, in_force_from=NOW)
    assert written(dated, first) == dated


def test_a_policy_reaches_every_partition() -> None:
    """The judges and the linkers: all of them have to know it."""
    control = Control(LAYOUT)
    record = policy_record(FIRST, None, NOW) or b""
    said = control.feed([Record(0, record)])
    restored = Control(LAYOUT)
    restored.restore((name, row) for name, row in control.changes() if row is not None)

    assert sorted((output.log, output.partition) for output in said) == sorted(
        [(JOURNAL, n) for n in range(LAYOUT.journal)] + [(LINKS, n) for n in range(LAYOUT.links)]
    )
    assert len({output.value for output in said}) == 1
    assert (restored.head(), restored.head()) == (control.head(), b"1")


def test_a_change_of_policy_is_an_event_that_says_who_and_what_becomes_weaker() -> None:
    """Whoever weakens their own control is looked at as anybody is who changes a workflow."""
    control = Control(LAYOUT)
    weaker = replace(FIRST, version="two", author="ann", approved_by="bo", shadow=("APR-001",))
    control.feed([Record(0, CODEC.write(FIRST), 1_000)])

    *_, frame = control.feed([Record(1, CODEC.write(weaker), 2_000)])

    published, approved = (read_event(line) for line in frame.value.split(b"\n")[1:])
    assert (published.action, approved.action) == ("workflow_published", "workflow_approved")
    assert [each.actor.account for each in (published, approved) if each.actor] == ["ann", "bo"]
    assert published.outcome == "weaker"
    assert published.justification == "rules whose findings nobody is told of: APR-001"
    assert published.case == approved.case == "foureyes/policy/two"
    assert published.occurred_at == datetime(1970, 1, 1, 0, 0, 2, tzinfo=UTC)


def test_a_control_lane_that_is_taken_over_tells_the_same_change() -> None:
    """The version before is part of its state."""
    one, other = Control(LAYOUT), Control(LAYOUT)
    one.feed([Record(0, CODEC.write(FIRST), 1_000)])
    other.restore((name, row) for name, row in one.changes() if row is not None)
    change = [Record(1, CODEC.write(STRICTER), 2_000)]

    assert other.feed(change) == one.feed(change)


def test_what_is_forgotten_is_decided_where_it_was_written() -> None:
    """The trail has the judges' partitions first, and then those of the patterns machines."""
    words: dict[str, Any] = {"reason": "asked", "author": "ann", "approver": "bo"}
    decisions = [
        Keeping(act=Act.FORGET, partition=p, places=(7,), decided_at=NOW, **words)
        for p in (1, LAYOUT.journal + 1)
    ]
    records = [Record(n, write_keeping(CODEC, each)) for n, each in enumerate(decisions)]

    said = Control(LAYOUT).feed(records)

    assert [(output.log, output.partition) for output in said] == [(JOURNAL, 1), (ENTITIES, 1)]


def test_what_is_decided_about_a_case_goes_to_its_partition_and_the_rest_to_all() -> None:
    """The linkers have nothing to keep."""
    words: dict[str, Any] = {"reason": "court", "author": "ann", "approver": "bo"}
    held = Keeping(act=Act.HOLD, case="REQ-7", tenant="acme", decided_at=NOW, **words)
    over = Keeping(act=Act.EXPIRE, until=NOW, decided_at=NOW, **words)
    records = [Record(0, write_keeping(CODEC, held)), Record(1, write_keeping(CODEC, over))]

    said = Control(LAYOUT).feed(records)

    place = partition_of_case("acme", "REQ-7", LAYOUT.journal)
    assert [(output.log, output.partition) for output in said] == [
        (JOURNAL, place),
        *((JOURNAL, n) for n in range(LAYOUT.journal)),
    ]
    assert {output.value for output in said} == {record.value for record in records}
