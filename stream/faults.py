"""What is wrong with something that a person wrote: all of it at once, each thing in its place."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, time
from difflib import get_close_matches

from rules.errors import FoureyesError

FOUND_CHARS_MAX = 80
"""How much of a wrong value is shown."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Fault:
    """One thing that is wrong: where, under which key, what was found and what was expected.

    `place` is a file, with its line where that is known (`policy.toml:12`), or the environment.
    """

    place: str
    key: str
    found: str
    expected: str

    def __str__(self) -> str:
        """One line for whoever has to repair it."""
        return f"{self.place}: {self.key}: found {self.found}; expected {self.expected}"


class FaultyInputError(FoureyesError, ValueError):
    """A document, a feed or the environment can not be used; nothing of it was.

    `faults` are all that were found; of a long list only the first, and `more` says how many
    were left out.
    """

    def __init__(self, *, what: str, faults: Iterable[Fault], more: int = 0) -> None:
        self.what = what
        self.faults = tuple(faults)
        self.more = more
        lines = [f"{what} can not be used:", *map(str, self.faults)]
        if more:
            lines.append(f"and {more} more")
        super().__init__("\n  ".join(lines))


def shown(value: object) -> str:
    """Quote a value for a person; a long one is cut."""
    # TOML has dates and times of its own.
    text = str(value) if isinstance(value, date | time) else repr(value)
    if len(text) > FOUND_CHARS_MAX:
        text = f"{text[:FOUND_CHARS_MAX]}… ({len(text)} characters)"
    return text


def one_of(found: object, allowed: Iterable[str]) -> str:
    """List what is allowed, and say which of it was probably meant."""
    names = sorted(allowed)
    nearest = get_close_matches(str(found).lower(), [name.lower() for name in names], n=1)
    listed = f"one of {', '.join(names)}" if names else "nothing"
    for name in names:
        if nearest == [name.lower()]:
            return f"{listed} (did you mean {name}?)"
    return listed
