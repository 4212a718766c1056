"""Answers are as if each were kept by itself, and so are the counts of those that held."""

from hypothesis import given
from hypothesis import strategies as st

from rules.machines import tally as counting
from rules.machines.answers import ANSWERED_HELD, Answered, Answers, numbers_in
from rules.machines.tally import Tally
from rules.verdict import Verdict
from tests.properties.effort import looks

UNKNOWN = Answered(Verdict.CANNOT_TELL, unknown=("nobody has said",))
EXCUSED = Answered(Verdict.HELD, set_aside=("policy knows",))
NUMBERS = st.integers(0, 40)
RULES = [f"RULE-{number}" for number in range(4)]


@looks(100)
@given(st.lists(st.tuples(NUMBERS, st.sampled_from([ANSWERED_HELD, UNKNOWN, EXCUSED, None]))))
def test_answers_are_what_was_said_last_of_each_rule(
    said: list[tuple[int, Answered | None]],
) -> None:
    """In the order of the rules, whatever came first; None: taken back."""
    answers, kept = Answers(), dict[int, Answered]()
    for number, answered in said:
        if answered is None:
            assert answers.pop(number, None) == kept.pop(number, None)
        else:
            answers[number] = kept[number] = answered

    assert list(answers.items()) == sorted(kept.items())
    assert len(answers) == len(kept)
    assert bool(answers) == bool(kept)
    assert [answers.last(n) for n in range(41)] == [kept.get(n) for n in range(41)]
    assert [n in answers for n in range(41)] == [n in kept for n in range(41)]
    assert set(numbers_in(answers.held)) == {n for n, a in kept.items() if a == ANSWERED_HELD}


def test_what_was_never_said_is_not_there() -> None:
    """Nor is what its bits might look like."""
    answers = Answers()
    answers[3] = UNKNOWN

    assert 2 not in answers
    assert answers.get(2) is None


@looks(100)
@given(st.lists(st.sets(st.integers(0, 3), min_size=1)), st.integers(0, 3))
def test_controls_that_held_together_are_counted_singly(held: list[set[int]], most: int) -> None:
    """However many groups of them are kept before they are counted."""
    together, singly = Tally(RULES), Tally(RULES)
    kept, counting.TOGETHER_MAX = counting.TOGETHER_MAX, most
    try:
        for numbers in held:
            together.hold(sum(1 << number for number in numbers))
            for number in numbers:
                singly.move(RULES[number], None, Verdict.HELD)
    finally:
        counting.TOGETHER_MAX = kept

    assert together.told() == singly.told()
    assert together.changed == singly.changed
