"""Slices: every record once, never more than was learned, and one at a time for the whole host."""

import asyncio

from hypothesis import given
from hypothesis import strategies as st

from rules.machines.contract import Record
from stream.hosts.kafka.turns import Cut, Turns

SIZES = st.lists(st.integers(0, 300), max_size=40)
TIMES = st.lists(st.sampled_from([0.0001, 0.02, 0.2]), min_size=1, max_size=40)


def of_sizes(sizes: list[int]) -> list[Record]:
    """Records whose values have these lengths."""
    return [Record(offset, bytes(size)) for offset, size in enumerate(sizes)]


@given(SIZES, TIMES)
def test_every_record_is_in_one_slice_in_order(sizes: list[int], times: list[float]) -> None:
    """Whatever the machine's speed, nothing is left out, doubled or moved."""
    records = of_sizes(sizes)
    cut = Cut(slice_bytes=500, slice_seconds=0.05, records_max=16)

    found: list[Record] = []
    for number, some in enumerate(cut.slices(records)):
        found += some
        cut.took(times[number % len(times)])

        assert 1 <= len(some) <= 16
        assert len(some) == 1 or sum(len(record.value) for record in some) <= 500

    assert found == records


def test_a_fast_machine_gets_larger_slices_and_a_slow_one_smaller() -> None:
    """It begins with a single record, doubles while that is quick, and halves when it is not."""
    cut = Cut(slice_bytes=10_000, slice_seconds=0.05, records_max=16)
    lengths = []
    for seconds in (0.001, 0.001, 0.001, 0.1, 0.1, 0.02):
        lengths.append(len(next(cut.slices(of_sizes([1] * 100)))))
        cut.took(seconds)

    assert lengths == [1, 2, 4, 8, 4, 2]
    assert cut.seconds_max == 0.1


async def test_the_loop_comes_round_between_any_two_slices() -> None:
    """Five partitions at work: a heartbeat never waits for more than one slice at a time."""
    turns = Turns()
    slices_since, longest = 0, 0
    is_over = False

    async def partition() -> None:
        nonlocal slices_since, longest
        cut = Cut(slice_bytes=1, slice_seconds=1, records_max=1)
        for _ in range(20):
            async with turns.slice(cut):
                slices_since += 1
                longest = max(longest, slices_since)

    async def heartbeat() -> None:
        nonlocal slices_since
        while not is_over:
            slices_since = 0
            await asyncio.sleep(0)

    beating = asyncio.create_task(heartbeat())
    await asyncio.gather(*(partition() for _ in range(5)))
    is_over = True
    await beating

    assert longest == 1
