"""The terms of rules that look across cases: how much makes a pattern, and what is none."""

from dataclasses import dataclass
from datetime import timedelta

from rules.errors import InvalidPolicyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Windows:
    """In what spans of time patterns are looked for."""

    window: timedelta = timedelta(days=30)
    """Windows of this length, one after the other, the same for everybody."""

    def __post_init__(self) -> None:
        """A window without length holds nothing."""
        if self.window <= timedelta(0):
            raise InvalidPolicyError(key="window", found=self.window, expected="more than 0")


@dataclass(frozen=True, slots=True, kw_only=True)
class Reciprocity:
    """When approving each other's requests is more than chance (APR-012)."""

    count_min: int = 5
    """So many approvals in each direction, in one window."""
    times_chance: int = 5
    """So many times as often as if deciders did not care whose request it is."""
    team_min: int = 5
    """Where fewer people than this decide, they can not help deciding for each other."""
    declared_workflows: tuple[str, ...] = ()
    """Workflows in which deciding for each other is agreed practice: peer review, on-call pairs."""
