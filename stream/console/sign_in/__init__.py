"""The ways to sign in, one a file; what they have in common is a `SignIn`."""

from collections.abc import Sequence
from typing import Protocol

from aiohttp import web

from stream.console.route import Route
from stream.console.sessions import Session


class SignIn(Protocol):
    """A way to learn who asks."""

    begins_at: str | None
    """The path that somebody who has not signed in is sent to; None: there is none."""

    @property
    def routes(self) -> Sequence[Route]:
        """The pages that it takes."""

    def session_of(self, request: web.Request) -> Session | None:
        """The session of whoever asks. Raises HTTPForbidden for those who are not admitted."""
