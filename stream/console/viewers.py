"""Who looks, and what they may do."""

from collections.abc import Iterable
from enum import StrEnum
from typing import NamedTuple

from aiohttp import web


class Role(StrEnum):
    """What somebody may do: look at everything, or also export it and say something of alerts."""

    READER = "reader"
    ANALYST = "analyst"


class Viewer(NamedTuple):
    """Somebody who has signed in, as the provider or the proxy names them.

    Whoever came by a link is not named: two of them can not be told apart.
    """

    name: str
    role: Role
    is_named: bool = True

    @property
    def is_analyst(self) -> bool:
        """Whether they may do more than look."""
        return self.role is Role.ANALYST


class Admission(NamedTuple):
    """Which people, by their own name or by a group's, are admitted as what.

    No readers named: whoever signs in may look.
    """

    readers: frozenset[str] = frozenset()
    analysts: frozenset[str] = frozenset()

    def role_of(self, name: str, groups: Iterable[str]) -> Role | None:
        """What somebody may do; None: nothing."""
        called = {name, *groups}
        if called & self.analysts:
            return Role.ANALYST
        return Role.READER if not self.readers or called & self.readers else None


VIEWER = web.RequestKey("viewer", Viewer)
"""Where a request that was let in says who asks."""
