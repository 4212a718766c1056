"""One address of the console: what answers it, who may ask, whether a view is written down."""

from collections.abc import Awaitable, Callable
from dataclasses import dataclass

from aiohttp import web

from stream.console.viewers import Role

Show = Callable[[web.Request], Awaitable[web.StreamResponse]]


@dataclass(frozen=True, slots=True)
class Route:
    """A route. `is_open`: also for whoever has not signed in; `is_personal`: it names people."""

    method: str
    path: str
    show: Show
    is_open: bool = False
    is_personal: bool = False
    role: Role = Role.READER


ROUTE = web.RequestKey("route", Route)
