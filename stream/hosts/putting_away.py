"""Rows that are left with the host: which of them a machine is handed, and which it asks for."""

from collections.abc import Iterator, Sequence

from rules.machines.contract import Machine, PuttingAway
from rules.machines.shelf import after

LAST = "\U0010ffff"
"""No row is called by this, or by what comes after it."""


def put_away_by(machine: Machine) -> Sequence[str]:
    """How the names begin of what a machine asks for when it needs it; empty: nothing is."""
    return machine.put_away if isinstance(machine, PuttingAway) else ()


def beside(prefixes: Sequence[str]) -> Iterator[tuple[str, str]]:
    """Give the ranges of names, from one and before another, that begin with none of these."""
    first = ""
    for prefix in sorted(prefixes):
        yield first, prefix
        first = after(prefix)
    yield first, LAST
