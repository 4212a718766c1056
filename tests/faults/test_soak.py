"""A short draw of the soak: what comes and goes leaves nothing behind in memory."""

import pytest

from tests.benchmarks.soak import Part, soak

EVENTS = 30_000
AT_WORK = ("open_cases", "open_entities", "deadlines", "parked")
"""What is in memory because something is still going on."""


@pytest.fixture(scope="module")
def parts(tmp_path_factory: pytest.TempPathFactory) -> list[Part]:
    """Two thirds of a year of a small house, tenth by tenth."""
    return list(soak(tmp_path_factory.mktemp("soak"), EVENTS))


def test_all_that_came_was_judged_and_has_left_memory_in_the_end(parts: list[Part]) -> None:
    """5,000 cases, none open any more; of whom something could be said there is only the source."""
    end = parts[-1].kept

    assert end["settled_cases"] == EVENTS // 6
    assert {name: end[name] for name in AT_WORK if end[name]} == {"open_entities": 1}


def test_what_is_in_memory_is_what_is_going_on(parts: list[Part]) -> None:
    """From the middle on no kind of it grows: a case stays for some days, not for ever."""
    middle = parts[len(parts) // 2 - 1]
    for part in parts[len(parts) // 2 : -1]:
        for name in AT_WORK:
            assert part.kept[name] <= 2 * middle.kept[name] + 20, (part.events, name)
    assert middle.kept["open_cases"] < middle.kept["settled_cases"] / 10
