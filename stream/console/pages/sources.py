"""The sources: up to when each has reported, and that nothing of what it told is missing."""

from collections.abc import Sequence

from aiohttp import web

from rules.events import Action
from stream.console.console import CONSOLE
from stream.console.sources import completeness, standing_record


async def show(request: web.Request) -> web.Response:
    """List them."""
    console = request.app[CONSOLE]
    told = await console.reading.ask(lambda of: completeness(of.archive))
    return console.page(
        request, "sources", sources=told.sources, log_time=told.log_time, never=_never
    )


def _never(carries: Sequence[Action]) -> list[str]:
    """What a source can not report at all, in words."""
    return [each.replace("_", " ") for each in Action if each not in carries]


async def record(request: web.Request) -> web.Response:
    """Tell how far the record has come: a page asks now and then, to say that there is more."""
    told = await request.app[CONSOLE].reading.ask(lambda of: standing_record(of.archive))
    return web.Response(text=told)
