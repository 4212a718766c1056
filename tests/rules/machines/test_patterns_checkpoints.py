"""A patterns machine built from its rows looks at what the lost one had still to look at."""

from rules.events import Action
from tests.reference.telling import Joined, frame
from tests.rules.machines.small_world import ANN, BO, minutes, policy, source, step, tick

TOLD = (
    policy(silence_patience=minutes(10), settle_after=minutes(30)),
    source("iga"),
    frame(step(1, 0, Action.REQUESTED, ANN, justification="Quarter end")),
    frame(step(2, 5, Action.APPROVED, BO)),
)


def twins(*before: bytes) -> tuple[Joined, Joined]:
    """Two pairs of machines that came equally far; one of them was just taken over."""
    lived, died = Joined(), Joined()
    for joined in (lived, died):
        joined.feed(before)
        joined.checkpoint()
    died.take_over()
    return lived, died


def test_entities_told_of_before_a_checkpoint_are_looked_at_after_a_take_over() -> None:
    """The checkpoint falls between the facts and the tick at which rules are asked of them."""
    lived, died = twins(*TOLD)

    for joined in (lived, died):
        joined.feed([tick("iga", 10)])

    asked = died.patterns.tally.rules
    assert {"APR-012", "APR-013", "APR-016"} <= asked.keys()
    assert died.of_entities == lived.of_entities
    assert died.rows() == lived.rows()


def test_entities_that_were_looked_at_are_not_news_to_a_twin() -> None:
    """The row that a checkpoint wrote before the tick said news; the one after it must not."""
    lived, died = twins(*TOLD)
    for joined in (lived, died):
        joined.feed([tick("iga", 10)])
        joined.checkpoint()
    died.take_over()

    assert not any(b'"news"' in row for _, row in died.rows())
    assert died.rows() == lived.rows()
