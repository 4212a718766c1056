"""One thing that was looked at, and what came of it."""

from collections.abc import Iterator
from dataclasses import dataclass
from enum import StrEnum

from rules.errors import FoureyesError
from stream.faults import FaultyInputError


class State(StrEnum):
    """How something is. Only what is wrong keeps foureyes from doing its work."""

    OK = "ok"
    WARN = "warn"
    WRONG = "wrong"


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """What was looked at, how it is, what was seen, and what to do (empty where nothing is)."""

    name: str
    state: State
    found: str
    remedy: str = ""


def ok(name: str, found: str) -> Check:
    """Say that something is as it should be."""
    return Check(name=name, state=State.OK, found=found)


def warn(name: str, found: str, remedy: str) -> Check:
    """Say that something works and should not stay as it is."""
    return Check(name=name, state=State.WARN, found=found, remedy=remedy)


def wrong(name: str, found: str, remedy: str) -> Check:
    """Say that something has to be mended first."""
    return Check(name=name, state=State.WRONG, found=found, remedy=remedy)


def refused(name: str, error: FoureyesError) -> Iterator[Check]:
    """Tell a refusal: each fault of a faulty input by itself."""
    if not isinstance(error, FaultyInputError):
        yield wrong(name, str(error), "")
        return
    for each in error.faults:
        yield wrong(name, f"{each.place}: {each.key}: {each.found}", f"expected {each.expected}")
    if error.more:
        yield wrong(name, f"{error.more} more faults", "mend these first")
