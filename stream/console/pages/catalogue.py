"""The rules in force: what each sees, what stands of it, what it speaks for."""

from aiohttp import web

from rules.catalog import CATALOG, CATALOG_VERSION
from rules.controls import control_of
from stream.console.console import CONSOLE


async def show(request: web.Request) -> web.Response:
    """List them all."""
    console = request.app[CONSOLE]
    standing = await console.reading.ask(lambda of: of.standings.by_rule())
    return console.page(
        request, "catalogue", rules=CATALOG, version=CATALOG_VERSION, standing=standing
    )


async def show_one(request: web.Request) -> web.Response:
    """Tell one rule in full."""
    console = request.app[CONSOLE]
    asked = request.match_info["rule"]
    rule = next((each for each in CATALOG if each.id == asked), None)
    if rule is None:
        raise web.HTTPNotFound(text=f"No rule is called {asked!r}.")
    standing = await console.reading.ask(lambda of: of.standings.by_rule().get(rule.id, {}))
    controls = [control_of(name) for name in rule.controls]
    return console.page(request, "rule", rule=rule, controls=controls, standing=standing)
