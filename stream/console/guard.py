"""What stands before every page: whose host it is, who asks, what they may; a view is told."""

import secrets
from collections.abc import Collection
from urllib.parse import quote, urlsplit

from aiohttp import web

from rules.errors import FoureyesError
from stream.archive.database import ArchiveUnavailableError
from stream.case_search import AmbiguousCaseError, UnknownCaseError
from stream.console.alerting import UnsaidError
from stream.console.asked import UnclearAddressError
from stream.console.console import CONSOLE
from stream.console.reading import TooManyQuestionsError
from stream.console.route import ROUTE, Route, Show
from stream.console.sessions import SESSION, Sessions
from stream.console.sign_in import SignIn
from stream.console.sign_in.provider import ProviderError, UnprovenError
from stream.console.view_log import UnrecordedViewError, View
from stream.console.viewers import VIEWER, Role, Viewer
from stream.desk.saying import OwnSilenceError, UnfitNoteError
from stream.exports.layout import UnfitSelectionError
from stream.exports.one_case import ForgottenCaseError, NoCaseButEntityError
from stream.log import logger

LOG = logger(__name__)
POLICY = (
    "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; connect-src 'self';"
    " form-action 'self'; frame-ancestors 'none'; base-uri 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
STRICT_TRANSPORT = {"Strict-Transport-Security": "max-age=31536000"}
_STATUS = {
    UnclearAddressError: 400,
    UnfitSelectionError: 404,
    UnknownCaseError: 404,
    NoCaseButEntityError: 404,
    AmbiguousCaseError: 404,
    ForgottenCaseError: 410,
    TooManyQuestionsError: 503,
    ArchiveUnavailableError: 503,
    UnrecordedViewError: 503,
    UnsaidError: 503,
    OwnSilenceError: 403,
    UnfitNoteError: 409,
    UnprovenError: 403,
    ProviderError: 502,
}
_UNSEEN: tuple[str, ...] = ("same-origin", "none")
"""What a browser says of requests that no other site has caused."""


class Guard:
    """Two layers around each page: what every answer has, and who may have it."""

    def __init__(
        self, sign_in: SignIn, sessions: Sessions, *, hosts: Collection[str], is_secure: bool
    ) -> None:
        self._sign_in = sign_in
        self._sessions = sessions
        self._hosts = frozenset(hosts)
        self._headers = {**HEADERS, **(STRICT_TRANSPORT if is_secure else {})}

    # --- every answer -----------------------------------------------------------------------

    async def answer(self, request: web.Request, show: Show) -> web.StreamResponse:
        """Answer with the headers that every answer has; also where a page is refused."""
        try:
            self._check_host(request)
            response = await show(request)
        except web.HTTPException as error:
            response = self._refusal(request, error.status, error.text or error.reason, error)
        except FoureyesError as error:
            status = _status_of(error)
            if status >= web.HTTPInternalServerError.status_code:
                LOG.warning("page refused", page=request.path, reason=str(error))
            response = self._refusal(request, status, str(error))
        except Exception:
            LOG.exception("page failed", page=request.path)
            response = self._refusal(request, 500, "Something went wrong; the log says what.")
        response.headers.update(self._headers)
        response.headers.setdefault("Cache-Control", "no-store")
        session = request.get(SESSION)
        if session is not None and request.cookies.get(self._sessions.cookie) != session.id:
            self._sessions.give(response, session)
        return response

    def _refusal(
        self, request: web.Request, status: int, words: str, error: web.HTTPException | None = None
    ) -> web.Response:
        response = request.app[CONSOLE].page(
            request, "refused", status=status, words=words, is_deed=request.method == "POST"
        )
        response.set_status(status)
        if error is not None and "Allow" in error.headers:
            response.headers["Allow"] = error.headers["Allow"]
        return response

    def _check_host(self, request: web.Request) -> None:
        """Answer under our own names only: a page elsewhere can point a name of its own at us."""
        if (urlsplit(f"//{request.host}").hostname or "") not in self._hosts:
            raise web.HTTPMisdirectedRequest(text=f"Nothing is called {request.host!r} here.")

    # --- who may ----------------------------------------------------------------------------

    def admitting(self, route: Route) -> Show:
        """The route's page, for those who may see it, once it is written down who does."""

        async def show(request: web.Request) -> web.StreamResponse:
            request[ROUTE] = route
            if route.is_open:
                return await route.show(request)
            session = self._sign_in.session_of(request)
            if session is None:
                return self._send_away(request)
            request[SESSION], request[VIEWER] = session, session.viewer
            await self._check_role(request, route, session.viewer)
            if request.method not in ("GET", "HEAD"):
                await self._check_form(request, session.csrf)
            response = await self._shown(request, route, session.viewer)
            if route.is_personal:
                await self._record(request, session.viewer, response.status)
            return response

        return show

    async def _shown(
        self, request: web.Request, route: Route, viewer: Viewer
    ) -> web.StreamResponse:
        try:
            return await route.show(request)
        except FoureyesError as error:
            if route.is_personal:
                # Also why nothing is shown may name people.
                await self._record(request, viewer, _status_of(error))
            raise

    def _send_away(self, request: web.Request) -> web.StreamResponse:
        if self._sign_in.begins_at is None or request.method != "GET":
            raise web.HTTPUnauthorized(
                text="Nobody has signed in. Open the link that foureyes wrote when it started, or"
                " come by the proxy that signs people in."
            )
        there = f"{self._sign_in.begins_at}?to={quote(request.path_qs, safe='')}"
        return web.Response(status=303, headers={"Location": there})

    async def _check_role(self, request: web.Request, route: Route, viewer: Viewer) -> None:
        if route.role is Role.ANALYST and viewer.role is not Role.ANALYST:
            if route.is_personal:
                await self._record(request, viewer, web.HTTPForbidden.status_code)
            raise web.HTTPForbidden(text=f"{viewer.name} may look, and nothing more.")

    async def _check_form(self, request: web.Request, csrf: str) -> None:
        """Take a form only from a page of ours, in the session that it was made for."""
        told = str((await request.post()).get("csrf", ""))
        site = request.headers.get("Sec-Fetch-Site", "none")
        if site not in _UNSEEN or not secrets.compare_digest(told.encode(), csrf.encode()):
            raise web.HTTPForbidden(text="This form is not from a page of ours; open it again.")

    async def _record(self, request: web.Request, viewer: Viewer, status: int) -> None:
        console = request.app[CONSOLE]
        asked = dict(request.query)
        if request.method == "POST":
            asked |= {k: str(v) for k, v in (await request.post()).items() if k != "csrf"}
        await console.views.record(
            View(
                at=console.clock.now(),
                viewer=viewer.name,
                role=viewer.role,
                method=request.method,
                page=request.path,
                asked=asked,
                status=status,
            )
        )


def _status_of(error: FoureyesError) -> int:
    return next((status for kind, status in _STATUS.items() if isinstance(error, kind)), 500)
