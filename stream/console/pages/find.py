"""One field for everything: a case, a link or an event of one, a person, a workflow."""

from typing import NamedTuple

from aiohttp import web

from stream.archive.reader import Archive
from stream.console.asked import required
from stream.console.console import CONSOLE
from stream.console.rendering import address

NEAR_MAX = 10
_PAGES = {"case": "/case", "person": "/person", "account": "/person", "who": "/person"}


class _Found(NamedTuple):
    to: str | None
    near: list[str]


async def show(request: web.Request) -> web.Response:
    """Lead to what is called so, or tell what comes near to it."""
    console = request.app[CONSOLE]
    name = required(request.query, "name")
    called = console.names.pseudonym(name)
    found = await console.reading.ask(lambda of: _look(of.archive, called))
    if found.to is not None:
        return web.Response(status=303, headers={"Location": found.to})
    answer = console.page(request, "not_found", name=name, near=found.near)
    answer.set_status(404)
    return answer


def _look(archive: Archive, name: str) -> _Found:
    for kind, page in _PAGES.items():
        if archive.is_named(kind, name):
            return _Found(address(page, name=name), [])
    if archive.is_named("workflow", name):
        return _Found(address("/workflow", id=name), [])
    if ids := list(archive.named("id", name)):
        case = next(archive.cases(ids[:1]))
        return _Found(address("/case", name=case.name, tenant=case.tenant), [])
    if archive.is_named("entity", name):
        return _Found(address("/findings", person=name, state="all"), [])
    return _Found(None, archive.names_like(name, NEAR_MAX))
