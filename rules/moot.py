"""When there is nothing to ask: a path's mask and policy alone say that a control holds."""

from collections.abc import Callable

from rules.policy import Policy
from rules.shown import mask_of

Moot = Callable[[int, Policy], bool]
"""Whether a rule would say nothing of any path that shows so much (a mask), by a policy."""


def unless_shown(*words: str) -> Moot:
    """There is something to ask only where one of these is on record."""
    mask = mask_of(*words)

    def is_moot(shown: int, _policy: Policy) -> bool:
        return not shown & mask

    return is_moot


def once_shown(*words: str) -> Moot:
    """There is nothing to ask any more where one of these is on record."""
    mask = mask_of(*words)

    def is_moot(shown: int, _policy: Policy) -> bool:
        return bool(shown & mask)

    return is_moot


def unless_asked(asks: Callable[[Policy], object]) -> Moot:
    """There is something to ask only where policy asks for it."""

    def is_moot(_shown: int, policy: Policy) -> bool:
        return not asks(policy)

    return is_moot
