"""Sign-in by a link that is told where foureyes runs: for one machine, without any provider."""

import secrets
from collections.abc import Sequence

from aiohttp import web

from stream.console.route import Route
from stream.console.sessions import Session, Sessions
from stream.console.viewers import Role, Viewer

NAME = "whoever has the link"


class LinkSignIn:
    """Admits whoever brings the key that this process made when it started."""

    begins_at: str | None = None

    def __init__(
        self, sessions: Sessions, key: str | None = None, role: Role = Role.ANALYST
    ) -> None:
        self._sessions = sessions
        self._viewer = Viewer(NAME, role, is_named=False)
        self.key = key or secrets.token_urlsafe(24)

    @property
    def path(self) -> str:
        """The link, without the host."""
        return f"/enter?key={self.key}"

    @property
    def routes(self) -> Sequence[Route]:
        """The one page that the link leads to."""
        return (Route("GET", "/enter", self._enter, is_open=True),)

    def session_of(self, request: web.Request) -> Session | None:
        """The session that a cookie tells of."""
        return self._sessions.of(request)

    async def _enter(self, request: web.Request) -> web.StreamResponse:
        told = request.query.get("key", "")
        if not secrets.compare_digest(told.encode(), self.key.encode()):
            raise web.HTTPForbidden(text="This link is not the one that foureyes wrote last.")
        response = web.Response(status=303, headers={"Location": "/"})
        self._sessions.give(response, self._sessions.begin(self._viewer))
        return response
