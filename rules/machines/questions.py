"""Which rules are asked about a path, by what it shows, by what came and by one policy."""

from collections.abc import Sequence
from typing import NamedTuple

from rules.events import Action
from rules.policy import Policy
from rules.rule import Rule

RAISED_MAX = 16_384
"""So many kinds of paths, by what they show and what came last, are looked through only once."""


class Raised(NamedTuple):
    """The rules that have a question, by number and in that order.

    `moot` has a bit for each of which the answer is known to be that the control holds; `asked`
    are the others. `is_choosy`: of some of these it depends on the event whether to ask.
    """

    asked: list[tuple[int, Rule]]
    moot: int
    is_choosy: bool


class Questions:
    """What a catalogue asks by one policy."""

    __slots__ = ("_catalog", "_known", "policy")

    def __init__(self, catalog: Sequence[Rule], policy: Policy) -> None:
        self.policy = policy
        self._catalog = catalog
        self._known: dict[tuple[Action | None, int], Raised] = {}

    def raised(self, action: Action | None, mask: int) -> Raised:
        """What an action raises of a path that then shows `mask`; None: all there is to ask."""
        key = action, mask
        found = self._known.get(key)
        if found is None:
            if len(self._known) >= RAISED_MAX:
                self._known.clear()
            found = self._known[key] = self._look_through(action, mask)
        return found

    def _look_through(self, action: Action | None, mask: int) -> Raised:
        asked, moot = [], 0
        for number, rule in enumerate(self._catalog):
            if not (rule.has_needs(mask) if action is None else rule.is_concerned(action, mask)):
                continue
            if rule.moot is not None and rule.moot(mask, self.policy):
                moot |= 1 << number
            else:
                asked.append((number, rule))
        return Raised(asked, moot, any(rule.matters is not None for _, rule in asked))
