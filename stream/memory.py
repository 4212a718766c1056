"""Memory in a process that holds a great many objects: the collector, and what freed pages do."""

import ctypes
import gc

YOUNG_OBJECTS = 100_000
"""New objects between two looks at the young ones; the default of 700 costs a third of the time."""
OLD_ROUNDS = 1_000
"""Looks at the middle generation between two at everything, which stops for a second and more."""

KEPT_BYTES = 1 << 30
"""Freed memory that stays with the process. Frames come and go all the time, and each page that is
given back is cleared by the kernel when it is asked for again: a tenth of an event's cost."""
_TRIM_THRESHOLD, _TOP_PAD, _MAP_THRESHOLD = -1, -2, -3
_TOP_PAD_BYTES = 1 << 26


def settle_in() -> None:
    """Make a process ready to run machines for long: call it once, at the start."""
    spare_the_collector()
    keep_what_is_freed()


def spare_the_collector() -> None:
    """Let the collector rest: machines build no reference cycles (a test proves it).

    What does build some (the event loop, the web side) is small and is still collected.
    """
    gc.set_threshold(YOUNG_OBJECTS, 50, OLD_ROUNDS)


def keep_what_is_freed() -> None:
    """Ask the C library not to give memory back at every turn; others than glibc are not asked."""
    try:
        mallopt = ctypes.CDLL(None).mallopt
    except (OSError, AttributeError):
        return
    for what, size in (
        (_TRIM_THRESHOLD, KEPT_BYTES),
        (_MAP_THRESHOLD, KEPT_BYTES),
        (_TOP_PAD, _TOP_PAD_BYTES),
    ):
        mallopt(what, size)
