"""The console's application: its addresses, each with who may ask and whether it names people."""

from collections.abc import Collection

from aiohttp import web

from stream.console.console import CONSOLE, Console
from stream.console.guard import Guard
from stream.console.limits import FORM_BYTES_MAX
from stream.console.pages import (
    alerts,
    case,
    catalogue,
    find,
    findings,
    overview,
    person,
    saying,
    sources,
    workflow,
)
from stream.console.route import Route, Show
from stream.console.sessions import SESSION, Sessions
from stream.console.sign_in import SignIn
from stream.console.viewers import VIEWER, Role

STATIC_SECONDS = 31_536_000
"""A static file's address changes with its content, so it can be kept for a year."""

PAGES = (
    Route("GET", "/", overview.show),
    Route("GET", "/findings", findings.show, is_personal=True),
    Route("GET", "/case", case.show, is_personal=True),
    Route("POST", "/export", case.export, is_personal=True, role=Role.ANALYST),
    Route("GET", "/alerts", alerts.show, is_personal=True),
    Route("POST", "/acknowledge", saying.acknowledge, is_personal=True, role=Role.ANALYST),
    Route("POST", "/assign", saying.assign, is_personal=True, role=Role.ANALYST),
    Route("POST", "/silences/propose", alerts.propose, is_personal=True, role=Role.ANALYST),
    Route("POST", "/silences/approve", alerts.approve, is_personal=True, role=Role.ANALYST),
    Route("POST", "/silences/end", alerts.end, is_personal=True, role=Role.ANALYST),
    Route("GET", "/workflow", workflow.show, is_personal=True),
    Route("GET", "/person", person.show, is_personal=True),
    Route("GET", "/find", find.show, is_personal=True),
    Route("GET", "/sources", sources.show),
    Route("GET", "/record", sources.record),
    Route("GET", "/rules", catalogue.show),
    Route("GET", "/rules/{rule}", catalogue.show_one),
)


def build_console(
    console: Console,
    sign_in: SignIn,
    sessions: Sessions,
    *,
    hosts: Collection[str],
    is_secure: bool,
) -> web.Application:
    """Put the application together. `hosts` are the names under which it answers."""
    guard = Guard(sign_in, sessions, hosts=hosts, is_secure=is_secure)

    @web.middleware
    async def guarded(request: web.Request, handler: Show) -> web.StreamResponse:
        return await guard.answer(request, handler)

    app = web.Application(middlewares=[guarded], client_max_size=FORM_BYTES_MAX)
    app[CONSOLE] = console

    async def sign_out(request: web.Request) -> web.StreamResponse:
        session = request.pop(SESSION)
        request.pop(VIEWER)
        response = console.page(request, "signed_out")
        sessions.end(session, response)
        return response

    routes = [
        *PAGES,
        *sign_in.routes,
        Route("POST", "/sign-out", sign_out),
        Route("GET", "/static/{name}", _static, is_open=True),
    ]
    for route in routes:
        app.router.add_route(route.method, route.path, guard.admitting(route))
    return app


async def _static(request: web.Request) -> web.Response:
    """Give a file of the folder `static`; there are a few, and they are kept in memory."""
    name = request.match_info["name"]
    body = request.app[CONSOLE].templates.static.get(name)
    if body is None:
        raise web.HTTPNotFound(text=f"Nothing is called {name!r} here.")
    kinds = {"css": "text/css", "js": "text/javascript", "svg": "image/svg+xml"}
    return web.Response(
        body=body,
        content_type=kinds[name.rpartition(".")[2]],
        charset="utf-8",
        headers={"Cache-Control": f"public, max-age={STATIC_SECONDS}, immutable"},
    )
