"""The garbage collector in a process that holds a great many objects."""

import gc

YOUNG_OBJECTS = 100_000
"""New objects between two looks at the young ones; the default of 700 costs a third of the time."""
OLD_ROUNDS = 1_000
"""Looks at the middle generation between two at everything, which stops for a second and more."""


def spare_the_collector() -> None:
    """Let the collector rest: machines build no reference cycles (a test proves it).

    What does build some (the event loop, the web side) is small and is still collected.
    """
    gc.set_threshold(YOUNG_OBJECTS, 50, OLD_ROUNDS)
