"""A case is judged by the policy in force when it opened, as soon as that is known."""

from datetime import datetime

import orjson
import pytest

from rules.errors import UnreadableRecordError
from rules.events import Action, Entitlement
from rules.finding import Change
from rules.machines.contract import TRAIL
from rules.policy import Approvals, Demand, EvidencePolicy, Policy
from tests.reference.telling import Hosted, frame, life, standing
from tests.rules.machines.small_world import ANN, BO, at, minutes, policy, source, step, tick

LENIENT = Policy(
    version="lenient",
    evidence=EvidencePolicy(due_for=Demand.NONE, reason_for=Demand.NONE),
)


def record(quorum: int, since: datetime | None, version: str) -> bytes:
    """A policy that asks for so many people."""
    return policy(
        version=version,
        in_force_from=since,
        approvals=Approvals(quorum=quorum),
        evidence=LENIENT.evidence,
    )


def decided(hosted: Hosted, after: float) -> None:
    """A request so many minutes after nine, approved by one person, and given."""
    hosted.feed(
        [
            frame(step(1, after, Action.REQUESTED, ANN)),
            frame(step(2, after + 1, Action.APPROVED, BO)),
            frame(step(3, after + 2, Action.PROVISIONED)),
        ]
    )


def found(hosted: Hosted) -> list[tuple[str, str]]:
    """The rules whose findings stand, and the policies they were judged by."""
    return [(each.rule, each.policy) for each in standing(hosted.said).values()]


def test_a_policy_holds_for_the_cases_that_open_while_it_is_in_force() -> None:
    """Two people are asked for from ten on: the case of nine is judged as before."""
    for after, expected in ((0, []), (60, [("APR-007", "strict")])):
        hosted = Hosted()
        hosted.feed([record(1, None, "first"), source("iga"), record(2, at(60), "strict")])
        decided(hosted, after)
        hosted.feed([tick("iga", 90)])

        assert found(hosted) == expected


def test_a_late_first_step_moves_a_case_under_the_policy_of_its_time() -> None:
    """The case seemed to open at ten; then the request of nine is reported."""
    hosted = Hosted()
    hosted.feed([record(1, None, "first"), source("iga"), record(2, at(60), "strict")])
    decided(hosted, 60)
    hosted.feed([tick("iga", 90)])
    assert found(hosted) == [("APR-007", "strict")]

    hosted.feed([frame(step(4, 0, Action.ASSIGNED, ANN))])

    assert found(hosted) == []
    assert life(hosted.said)[-1].change is Change.WITHDRAWN


def test_the_latest_policy_in_force_is_the_one_that_holds() -> None:
    """Policies may be recorded in any order; each says itself from when on it holds."""
    hosted = Hosted()
    early, late = record(2, at(30), "of half past"), record(1, at(60), "of ten")
    hosted.feed([record(1, None, "first"), source("iga"), late, early])
    decided(hosted, 70)
    hosted.feed([tick("iga", 90)])

    assert found(hosted) == []


def test_a_new_policy_without_a_date_is_asked_of_every_open_case() -> None:
    """It holds since ever: what stood falls, and says why."""
    hosted = Hosted()
    hosted.feed([record(2, None, "strict"), source("iga")])
    decided(hosted, 0)
    hosted.feed([tick("iga", 30)])

    hosted.feed([record(1, None, "lenient")])

    last = life(hosted.said)[-1]
    assert (last.change, last.because) == (Change.WITHDRAWN, "policy lenient came into force")


def test_the_same_policy_again_is_no_news() -> None:
    """Intake says at each start what holds; the record holds it once."""
    hosted = Hosted()
    hosted.feed([record(2, None, "strict")])
    size = hosted.judge.ledger.size

    hosted.feed([record(2, None, "strict")])

    assert hosted.judge.ledger.size == size == 1


def test_a_settled_case_that_opens_again_is_judged_by_the_policy_that_holds() -> None:
    """All of it: not some rules by the old policy and some by the new."""
    right = Entitlement(id="pay")
    hosted = Hosted()
    hosted.feed(
        [
            policy(version="old", settle_after=minutes(30), evidence=LENIENT.evidence),
            source("iga"),
            frame(step(1, 0, Action.REQUESTED, ANN, entitlement=right)),
            frame(step(2, 1, Action.APPROVED, ANN)),
            tick("iga", 600),
            policy(version="new", settle_after=minutes(30), evidence=LENIENT.evidence),
        ]
    )
    assert found(hosted) == [("APR-001", "old")]

    hosted.feed([frame(step(3, 2, Action.REVOKED, ANN))])

    assert found(hosted) == [("APR-001", "new")]


def test_an_unknown_record_stops_the_partition_with_a_reason() -> None:
    """Damage, or a newer version: nothing may be passed over."""
    with pytest.raises(UnreadableRecordError, match="a journal record is 'riddle'"):
        Hosted().feed([b'{"record":"riddle"}'])


def test_an_event_without_a_case_stops_the_partition_with_a_reason() -> None:
    """The journal holds events of cases; the linker finds them before."""
    with pytest.raises(UnreadableRecordError, match="an event that names its case"):
        Hosted().feed([frame(step(1, 0, Action.REQUESTED, case=None))])


def test_a_refusal_is_an_entry_of_the_trail() -> None:
    """What could not be read is on record as that."""
    hosted = Hosted()
    hosted.feed([b'{"record":"refused","refused":{"reason":"no id"}}'])

    (entry,) = [orjson.loads(each.value) for each in hosted.said if each.log == TRAIL]
    assert entry["entries"] == [{"record": "refused", "refused": {"reason": "no id"}}]
