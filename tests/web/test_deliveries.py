"""Deliveries made again: known by name and content together, within a limit."""

from stream.web.deliveries import Deliveries


def test_a_delivery_is_known_by_its_name_and_its_content() -> None:
    """The name may be unsigned: with another content it is no repeat, and nothing is lost."""
    deliveries: Deliveries[int] = Deliveries()
    deliveries.remember("github", "d-1", b"body", 7)

    assert deliveries.known("github", "d-1", b"body") == 7
    assert deliveries.known("github", "d-1", b"another") is None
    assert deliveries.known("github", "d-2", b"body") is None
    assert deliveries.known("other", "d-1", b"body") is None


def test_without_a_name_two_equal_bodies_are_two() -> None:
    """Nothing says that they are one."""
    deliveries: Deliveries[int] = Deliveries()
    deliveries.remember("sailpoint", None, b"body", 7)

    assert deliveries.known("sailpoint", None, b"body") is None


def test_the_oldest_are_forgotten_first() -> None:
    """It is a cache: what it has forgotten is stored again, and known by its events' ids."""
    deliveries: Deliveries[int] = Deliveries(remembered_max=2)
    for number in range(3):
        deliveries.remember("github", str(number), b"body", number)

    assert [deliveries.known("github", str(number), b"body") for number in range(3)] == [None, 1, 2]
