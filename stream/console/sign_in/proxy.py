"""Sign-in by a reverse proxy: it says in a header who asks, and only it is believed."""

from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Network, IPv6Network, ip_address

from aiohttp import web

from stream.console.route import Route
from stream.console.sessions import Session, Sessions
from stream.console.viewers import Admission, Viewer

Networks = tuple[IPv4Network | IPv6Network, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Proxy:
    """Where the proxy's requests come from, and in which headers it tells whose they are.

    The proxy has to take these headers out of what it is sent itself.
    """

    networks: Networks
    user_header: str
    groups_header: str


class ProxySignIn:
    """Believes the proxy's word, request by request."""

    begins_at: str | None = None

    def __init__(self, sessions: Sessions, proxy: Proxy, admission: Admission) -> None:
        self._sessions = sessions
        self._proxy = proxy
        self._admission = admission

    @property
    def routes(self) -> Sequence[Route]:
        """None: the proxy has the pages for it."""
        return ()

    def session_of(self, request: web.Request) -> Session | None:
        """The session of whom the proxy names; another person's cookie counts for nothing."""
        if not self._is_from_proxy(request.remote):
            raise web.HTTPForbidden(text="Only the proxy may ask here.")
        viewer = self._viewer(request)
        if viewer is None:
            return None
        session = self._sessions.of(request)
        if session is None or session.viewer != viewer:
            session = self._sessions.begin(viewer)
        return session

    def _is_from_proxy(self, remote: str | None) -> bool:
        try:
            address = ip_address(remote or "")
        except ValueError:
            return False
        return any(address in network for network in self._proxy.networks)

    def _viewer(self, request: web.Request) -> Viewer | None:
        told = request.headers.getall(self._proxy.user_header, [])
        if len(told) != 1 or not told[0].strip():
            return None
        name = told[0].strip()
        groups = request.headers.get(self._proxy.groups_header, "").split(",")
        role = self._admission.role_of(name, (each.strip() for each in groups))
        if role is None:
            raise web.HTTPForbidden(text=f"{name} is not admitted here.")
        return Viewer(name, role)
