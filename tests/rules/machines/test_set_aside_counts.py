"""What policy sets aside is kept with the answer, counted by rule, and can be listed."""

import json

from rules.catalog import CATALOG
from rules.events import Action
from rules.machines.bench import Excused
from rules.machines.cases import freeze, thaw
from rules.machines.tally import Tally
from rules.policy import Exemption
from stream.canonical import CODEC
from tests.reference.telling import Hosted, frame
from tests.rules.machines.small_world import ANN, at, policy, source, step, tick

EXCUSED = Exemption(
    rule="APR-001", reason="one-person team", owner="ciso", until=at(90_000), account="ann"
)
REASON = "recorded exception of ciso: one-person team"
OWN = (
    frame(step(1, 0, Action.REQUESTED, ANN, justification="Quarter end")),
    frame(step(2, 5, Action.APPROVED, ANN)),
)


def hosted_with(*more: bytes) -> Hosted:
    """Ann's approval of her own request, which a recorded exception covers, and more."""
    hosted = Hosted()
    hosted.feed([policy(version="1", exceptions=(EXCUSED,)), source("iga"), *OWN, *more])
    return hosted


def test_a_breach_that_a_recorded_exception_covers_is_counted_and_listed() -> None:
    """No finding, and no silence either: which rule, which case, whose word."""
    hosted = hosted_with()

    assert hosted.judge.tally.set_aside["APR-001"] == 1
    assert Excused("APR-001", "REQ-1", (REASON,)) in [*hosted.judge.excused()]


def test_what_another_policy_does_not_set_aside_is_not_counted_any_more() -> None:
    """The exception was struck from the record: what it covered is a finding."""
    hosted = hosted_with(policy(version="2"), tick("iga", 6))

    assert hosted.judge.tally.set_aside["APR-001"] == 0
    assert "APR-001" not in {each.rule for each in hosted.judge.excused()}


def test_what_is_set_aside_survives_a_take_over_and_the_settling_of_its_case() -> None:
    """The twin lists and counts the same, while the case is open and when it is bytes only."""
    for until in (6, 90_000):
        lived = hosted_with(tick("iga", until))
        lived.checkpoint()
        before = [*lived.judge.excused()], lived.judge.tally.told()
        lived.take_over()

        assert before[0]
        assert ([*lived.judge.excused()], lived.judge.tally.told()) == before


def test_rows_from_before_it_was_kept_are_read() -> None:
    """An upgrade finds rows and counts that say nothing of it."""
    case = hosted_with().judge.case(None, "REQ-1")
    assert case is not None
    first, _, rest = freeze(case, CATALOG, CODEC).partition(b"\n")
    header = json.loads(first)
    header["answers"] = [answer[:4] for answer in header["answers"]]
    read = thaw("REQ-1", json.dumps(header).encode() + b"\n" + rest, CATALOG, CODEC)
    tally = Tally()
    old = {name: told for name, told in tally.told().items() if name != "set_aside"}
    tally.restore(json.loads(CODEC.write(old)))

    assert {n: each.verdict for n, each in read.answers.items()} == {
        n: each.verdict for n, each in case.answers.items()
    }
    assert not any(each.set_aside for each in read.answers.values())
    assert tally.set_aside == {}


def test_rules_that_are_no_longer_in_force_set_nothing_aside() -> None:
    """Their counts go with them."""
    tally = Tally()
    tally.move_set_aside("APR-001", 1)
    tally.move_set_aside("OLD-001", 1)
    tally.keep(["APR-001"])

    assert tally.set_aside == {"APR-001": 1}
