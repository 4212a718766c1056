"""Why some changes can not be noticed: `accepted.toml`, read."""

import tomllib
from pathlib import Path
from typing import NamedTuple

from tests.mutants.places import Change

ACCEPTED = Path(__file__).parent / "accepted.toml"
Key = tuple[str, str, str, str]


class Reason(NamedTuple):
    """One line of a module, what becomes of it, and why that makes no difference."""

    module: str
    function: str
    was: str
    becomes: str
    reason: str

    @property
    def key(self) -> Key:
        """What it is about."""
        return self.module, self.function, self.was, self.becomes

    @staticmethod
    def key_of(change: Change) -> Key:
        """What a change is found by; its line's number is not in it, since that moves."""
        return change.module, change.function, change.was, change.becomes


def reasons() -> dict[Key, Reason]:
    """All reasons, by what they are about."""
    told = tomllib.loads(ACCEPTED.read_text()).get("accepted", [])
    return {each.key: each for each in (Reason(**one) for one in told)}
