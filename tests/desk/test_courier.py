"""The courier loses nothing, waits longer each time, and passes over what is refused for good."""

import asyncio
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.clock import FixedClock, SystemClock
from stream.desk.courier import Courier, NoLongerOursError, Patience, Result, pause_seconds
from stream.desk.delivery import Delivery, DeliveryRefusedError
from stream.desk.desk import Desk
from tests.desk.findings import NOON, OPENED, line
from tests.desk.flaky import Flaky, down

HASTY = Patience(first_seconds=0.001, longest_seconds=0.004, look_up_seconds=0.001)


def some(number: int) -> list[Delivery]:
    """Deliveries of as many findings."""
    desk = Desk("flaky", remembers=True)
    taken = [desk.take(line(replace(OPENED, finding=f"f-{n}")), NOON) for n in range(number)]
    return [each for each in taken if each is not None]


def refusal() -> DeliveryRefusedError:
    """Never."""
    return DeliveryRefusedError(destination="flaky", reason="HTTP 400")


class Witness:
    """A courier and all results it told."""

    def __init__(self, destination: Flaky, patience: Patience = HASTY) -> None:
        self.results: list[tuple[str, Result]] = []
        self.courier = Courier(
            destination, FixedClock(NOON), patience=patience, on_result=self._on_result
        )

    def _on_result(self, destination: str, result: Result) -> None:
        self.results.append((destination, result))


@given(st.integers(0, 8), st.lists(st.booleans(), max_size=8))
def test_everything_arrives_in_order_however_often_it_fails(
    number: int, failures: list[bool]
) -> None:
    """A destination that comes and goes gets every delivery, in the log's order."""
    destination = Flaky(verdicts=[down() if each else None for each in failures])

    refused = asyncio.run(Witness(destination).courier.carry(some(number)))

    assert destination.arrived == some(number)
    assert refused == []


async def test_a_repeated_attempt_is_the_same_delivery() -> None:
    """What is tried again is tried under the id it had."""
    destination = Flaky(verdicts=[down(), down()])

    await Witness(destination).courier.carry(some(2))

    ids = [[each.id for each in attempt] for attempt in destination.attempts]
    assert ids == [[each.id for each in some(2)]] * 3


@given(st.sets(st.integers(0, 9)))
def test_only_what_is_refused_is_passed_over(wrong: set[int]) -> None:
    """One delivery that can never be taken spoils neither its batch nor what comes after."""
    all_of_them = some(10)
    names = {all_of_them[number].id for number in wrong}
    destination = Flaky(refuses=lambda each: each.id in names)
    witness = Witness(destination)

    refused = asyncio.run(witness.courier.carry(all_of_them))

    assert [each.id for each in refused] == [each.id for each in all_of_them if each.id in names]
    assert destination.arrived == [each for each in all_of_them if each.id not in names]
    assert witness.results.count(("flaky", Result.REJECTED)) == len(wrong)
    assert witness.results.count(("flaky", Result.DELIVERED)) == 10 - len(wrong)


async def test_a_refusal_is_written_down_with_its_finding(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """Passed over, and never in silence: the log names finding, number, destination and reason."""
    await Witness(Flaky(verdicts=[refusal()])).courier.carry(some(1))

    (told,) = [each.msg for each in caplog.records]
    assert told == {
        "event": "delivery rejected",
        "destination": "flaky",
        "delivery": some(1)[0].id,
        "finding": "f-0",
        "number": 1,
        "change": "opened",
        "reason": "HTTP 400",
    }


async def test_failures_and_arrivals_are_counted() -> None:
    """Each failed attempt counts once for each delivery in it."""
    witness = Witness(Flaky(verdicts=[down(), None], batch_max=2))

    await witness.courier.carry(some(2))

    assert witness.results == [("flaky", Result.RETRIED)] * 2 + [("flaky", Result.DELIVERED)] * 2


@given(st.text(), st.integers(1, 5000))
def test_pauses_grow_to_a_limit_and_are_the_same_each_time(delivery: str, attempt: int) -> None:
    """Between half and all of a pause that doubles until it is as long as allowed."""
    patience = Patience(first_seconds=0.5, longest_seconds=60)
    whole = 60 if attempt > 7 else 0.5 * 2 ** (attempt - 1)

    pause = pause_seconds(delivery, attempt, patience)

    assert whole / 2 <= pause <= whole
    assert pause == pause_seconds(delivery, attempt, patience)


def test_what_failed_together_does_not_come_back_together() -> None:
    """A hundred deliveries, a hundred different pauses."""
    pauses = {pause_seconds(f"msg_{number}", 1, Patience()) for number in range(100)}

    assert len(pauses) == 100


async def test_a_destination_that_asks_to_be_left_alone_is_left_alone() -> None:
    """As long as it asks, and no longer than we allow."""
    patience = replace(HASTY, retry_after_seconds_max=0.3)
    destination = Flaky(verdicts=[down(retry_after=timedelta(days=1))])
    clock, before = SystemClock(), SystemClock().monotonic()

    await Witness(destination, patience).courier.carry(some(1))

    assert 0.3 <= clock.monotonic() - before < 5


async def test_what_is_no_longer_ours_is_given_up() -> None:
    """Another worker took over while the destination was down: stop trying, deliver nothing."""
    destination = Flaky(verdicts=[down()] * 1000)
    courier = Witness(destination, Patience(first_seconds=60)).courier
    answers = iter([True, True, False, False])

    with pytest.raises(NoLongerOursError, match="2 deliveries to flaky") as given_up:
        await courier.carry(some(2), lambda: next(answers))

    assert len(given_up.value.deliveries) == 2
    assert len(destination.attempts) == 1


async def test_a_reminder_is_tried_once_and_stops_at_the_first_failure() -> None:
    """Reminders come again anyway; they do not queue up before a destination that is down."""
    destination = Flaky(verdicts=[None, down()], batch_max=1)
    witness = Witness(destination)

    refused = await witness.courier.remind(some(3), lambda _: True)

    assert destination.arrived == some(3)[:1]
    assert (len(destination.attempts), refused) == (2, [])
    assert witness.results == [("flaky", Result.RETRIED)]


async def test_a_reminder_never_overtakes_the_news_that_it_is_over() -> None:
    """An alert withdrawn while the round is under way is left out of it."""
    destination = Flaky(batch_max=1)
    over: set[str] = set()
    courier = Witness(destination).courier
    first, second, third = some(3)

    round_of_reminders = asyncio.create_task(
        courier.remind([first, second, third], lambda each: each.id not in over)
    )
    await asyncio.sleep(0)
    over.add(third.id)
    await courier.carry([replace(third, id="msg_over")])
    await round_of_reminders

    told = [each.id for each in destination.arrived]
    assert set(told) == {first.id, second.id, "msg_over"}


async def test_a_refused_reminder_is_given_back() -> None:
    """So that the desk can drop it, and the other alerts of its batch are told."""
    one, two = some(2)
    destination = Flaky(refuses=lambda each: each.id == two.id)

    refused = await Witness(destination).courier.remind([one, two], lambda _: True)

    assert (refused, destination.arrived) == ([two], [one])
