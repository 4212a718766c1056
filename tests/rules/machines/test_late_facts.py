"""Late facts: open cases are asked again a slice at a time, and findings say why they changed."""

from dataclasses import replace

from rules.events import Action
from rules.finding import Change
from rules.machines.sweep import SLICE_CASES
from rules.policy import Demand, EvidencePolicy
from tests.reference.evaluator import LateFact
from tests.reference.telling import Hosted, facts_record, frame, life, standing
from tests.rules.machines.small_world import ANN, BO, policy, source, step, tick

NOTHING_DUE = EvidencePolicy(due_for=Demand.NONE, reason_for=Demand.NONE)
DAYS = 3 * 24 * 60.0
NOBODY = replace(BO, person=None, proof=None)
IS_ANN = facts_record(LateFact(account="bo", since=((None, {"person": "P-1", "proof": "hr"}),)))


def asked_by_ann(hosted: Hosted, cases: int) -> None:
    """So many cases that Ann asks for and Bo approves; nobody has said who they are."""
    hosted.feed([policy(evidence=NOTHING_DUE), source("iga")])
    for number in range(cases):
        case = f"REQ-{number:04d}"
        hosted.feed(
            [
                frame(step(2 * number, 0, Action.REQUESTED, ANN, case=case)),
                frame(step(2 * number + 1, 1, Action.APPROVED, NOBODY, case=case)),
            ]
        )


def of_one_person(hosted: Hosted) -> int:
    """How many cases are found in which one person asked and approved with two accounts."""
    return sum(each.rule == "APR-002" for each in standing(hosted.said).values())


def test_only_a_slice_of_the_cases_is_asked_at_a_record() -> None:
    """Three slices and a bit: no single record takes long, and all are asked in the end."""
    hosted = Hosted()
    asked_by_ann(hosted, 3 * SLICE_CASES + 1)
    hosted.feed([tick("iga", 2)])

    counts = []
    for record in (IS_ANN, *(tick("iga", 6 + n) for n in range(4))):
        hosted.feed([record])
        counts.append(of_one_person(hosted))

    assert counts == [SLICE_CASES * n for n in (1, 2, 3)] + [3 * SLICE_CASES + 1] * 2


def test_a_case_that_is_still_to_be_asked_is_asked_before_its_next_step_is() -> None:
    """The finding is because of the fact, and not of the step that comes in between."""
    hosted = Hosted()
    asked_by_ann(hosted, 2 * SLICE_CASES)
    last = f"REQ-{2 * SLICE_CASES - 1:04d}"
    hosted.feed([tick("iga", 2)])

    hosted.feed([IS_ANN, frame(step(9000, 3, Action.EVIDENCED, ANN, case=last))])

    (found,) = [each for each in life(hosted.said) if each.case == last and each.rule == "APR-002"]
    assert found.change is Change.OPENED
    assert found.because == "it became known that bo is an account of P-1 (hr)"


def test_the_same_fact_again_changes_nothing() -> None:
    """A feed that repeats itself costs nothing: no entry, no question."""
    hosted = Hosted()
    asked_by_ann(hosted, 1)
    hosted.feed([IS_ANN])
    head = hosted.judge.head()

    hosted.feed([IS_ANN, IS_ANN])

    assert hosted.judge.head() == head


def test_nothing_settles_while_cases_are_still_to_be_asked() -> None:
    """A finding is confirmed under what is known, not under what was about to be corrected."""
    hosted = Hosted()
    asked_by_ann(hosted, 2 * SLICE_CASES)
    hosted.feed([tick("iga", 2)])

    hosted.feed([IS_ANN, tick("iga", DAYS)])

    confirmed = [each for each in life(hosted.said) if each.change is Change.CONFIRMED]
    hosted.feed([tick("iga", DAYS + 1)])
    later = [each for each in life(hosted.said) if each.change is Change.CONFIRMED]
    cases = [len({each.case for each in told}) for told in (confirmed, later)]
    assert cases == [0, 2 * SLICE_CASES]
