"""Sign-in by OpenID Connect: the code flow, with PKCE, a state bound to the browser, a nonce."""

import hashlib
import secrets
from base64 import urlsafe_b64encode
from collections import OrderedDict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode

from aiohttp import web

from stream.clock import Clock
from stream.console.asked import local
from stream.console.route import Route
from stream.console.sessions import Session, Sessions
from stream.console.sign_in.provider import Provider, UnprovenError
from stream.console.viewers import Admission, Viewer

BEGINS_AT = "/sign-in"
RETURNS_TO = "/sign-in/callback"
COOKIE = "foureyes-signing-in"
SIGNING_IN_SECONDS_MAX = 600
SIGNING_IN_MAX = 1_000
"""Sign-ins that are under way at the same time; the oldest is given up first."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Asking:
    """What the provider is asked for, and which of its claims say who somebody is."""

    scopes: str
    name_claim: str
    groups_claim: str


def _secret() -> str:
    return secrets.token_urlsafe(32)


@dataclass(frozen=True, slots=True)
class _Begun:
    to: str
    ends_at: float
    state: str = field(default_factory=_secret)
    nonce: str = field(default_factory=_secret)
    verifier: str = field(default_factory=_secret)

    @property
    def challenge(self) -> str:
        """What the verifier will be known by (RFC 7636, S256)."""
        digest = hashlib.sha256(self.verifier.encode()).digest()
        return urlsafe_b64encode(digest).rstrip(b"=").decode()


class OidcSignIn:
    """Sends people to a provider, and believes what it signs of them when they come back."""

    begins_at: str | None = BEGINS_AT

    def __init__(
        self,
        sessions: Sessions,
        provider: Provider,
        asking: Asking,
        admission: Admission,
        clock: Clock,
    ) -> None:
        self._sessions = sessions
        self._provider = provider
        self._asking = asking
        self._admission = admission
        self._clock = clock
        self._begun: OrderedDict[str, _Begun] = OrderedDict()

    @property
    def routes(self) -> Sequence[Route]:
        """Where it begins, and where the provider sends people back to."""
        return (
            Route("GET", BEGINS_AT, self._begin, is_open=True),
            Route("GET", RETURNS_TO, self._end, is_open=True),
        )

    def session_of(self, request: web.Request) -> Session | None:
        """The session that a cookie tells of."""
        return self._sessions.of(request)

    async def _begin(self, request: web.Request) -> web.StreamResponse:
        ends_at = self._clock.monotonic() + SIGNING_IN_SECONDS_MAX
        begun = _Begun(local(request.query.get("to", "/")), ends_at)
        self._begun[begun.state] = begun
        while len(self._begun) > SIGNING_IN_MAX:
            self._begun.popitem(last=False)
        client = self._provider.client
        asked = {
            "response_type": "code",
            "client_id": client.client,
            "redirect_uri": client.redirect,
            "scope": self._asking.scopes,
            "state": begun.state,
            "nonce": begun.nonce,
            "code_challenge": begun.challenge,
            "code_challenge_method": "S256",
        }
        there = await self._provider.endpoint("authorization_endpoint")
        joint = "&" if "?" in there else "?"
        response = web.Response(
            status=303, headers={"Location": f"{there}{joint}{urlencode(asked)}"}
        )
        response.set_cookie(
            COOKIE,
            begun.state,
            path=BEGINS_AT,
            max_age=SIGNING_IN_SECONDS_MAX,
            httponly=True,
            secure=client.redirect.startswith("https://"),
            samesite="Lax",
        )
        return response

    async def _end(self, request: web.Request) -> web.StreamResponse:
        begun = self._begun_by(request)
        claims = await self._provider.claims(
            request.query.get("code", ""), begun.verifier, begun.nonce
        )
        response = web.Response(status=303, headers={"Location": begun.to})
        response.del_cookie(COOKIE, path=BEGINS_AT)
        self._sessions.give(response, self._sessions.begin(self._viewer(claims)))
        return response

    def _begun_by(self, request: web.Request) -> _Begun:
        """The sign-in that this browser began, once, and not another's."""
        state = request.query.get("state", "")
        is_ours = secrets.compare_digest(state.encode(), request.cookies.get(COOKIE, "").encode())
        begun = self._begun.pop(state, None) if is_ours else None
        if begun is None or begun.ends_at <= self._clock.monotonic():
            raise web.HTTPForbidden(text="This sign-in was not begun here, or is over: try again.")
        issuer = self._provider.client.issuer
        if "error" in request.query or request.query.get("iss", issuer) != issuer:
            raise web.HTTPForbidden(text="The provider has not signed anybody in.")
        return begun

    def _viewer(self, claims: Mapping[str, Any]) -> Viewer:
        name = claims.get(self._asking.name_claim) or claims["sub"]
        groups = claims.get(self._asking.groups_claim, [])
        if not isinstance(name, str) or not isinstance(groups, list):
            raise UnprovenError(found="a name or groups of another form")
        role = self._admission.role_of(name, map(str, groups))
        if role is None:
            raise web.HTTPForbidden(text=f"{name} is not admitted here.")
        return Viewer(name, role)
