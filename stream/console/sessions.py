"""Who has signed in at present: kept in memory, so a restart asks everybody to sign in again."""

import secrets
from collections import OrderedDict
from dataclasses import dataclass, field

from aiohttp import web

from stream.clock import Clock
from stream.console.limits import SESSIONS_MAX
from stream.console.viewers import Viewer

COOKIE = "foureyes"
SECURE_COOKIE = "__Host-foureyes"
"""A browser takes a cookie of such a name over TLS only, for this host and no other."""


@dataclass(frozen=True, slots=True)
class Session:
    """One browser of somebody who has signed in, until `ends_at` (seconds of the clock)."""

    viewer: Viewer
    ends_at: float
    id: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    csrf: str = field(default_factory=lambda: secrets.token_urlsafe(32), repr=False)
    """What a form has to bring back, so that no other site can send it."""


SESSION = web.RequestKey("session", Session)


class Sessions:
    """Begins, finds and ends sessions."""

    def __init__(self, clock: Clock, *, seconds_max: int, is_secure: bool) -> None:
        self._clock = clock
        self._seconds_max = seconds_max
        self._is_secure = is_secure
        self._kept: OrderedDict[str, Session] = OrderedDict()

    @property
    def cookie(self) -> str:
        """The name of the cookie."""
        return SECURE_COOKIE if self._is_secure else COOKIE

    def begin(self, viewer: Viewer) -> Session:
        """Begin a session under a name that nobody has had before."""
        session = Session(viewer, self._clock.monotonic() + self._seconds_max)
        self._kept[session.id] = session
        while len(self._kept) > SESSIONS_MAX:
            self._kept.popitem(last=False)
        return session

    def of(self, request: web.Request) -> Session | None:
        """The session that a request is part of, if it still goes on."""
        session = self._kept.get(request.cookies.get(self.cookie, ""))
        if session is not None and session.ends_at <= self._clock.monotonic():
            del self._kept[session.id]
            return None
        return session

    def give(self, response: web.StreamResponse, session: Session) -> None:
        """Let the browser have the session's cookie."""
        response.set_cookie(
            self.cookie,
            session.id,
            path="/",
            httponly=True,
            secure=self._is_secure,
            samesite="Lax",
        )

    def end(self, session: Session, response: web.StreamResponse) -> None:
        """End a session, here and in the browser."""
        self._kept.pop(session.id, None)
        response.del_cookie(
            self.cookie, path="/", httponly=True, secure=self._is_secure, samesite="Lax"
        )
