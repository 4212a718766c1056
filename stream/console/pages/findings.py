"""The findings, looked for by filters that are in the address."""

from typing import NamedTuple

from aiohttp import web

from rules.catalog import CATALOG
from rules.finding import Severity
from stream.archive.standings import Place, Standing, Wanted
from stream.console.asked import FILTERS, filters_in, place_in, wanted_by, written
from stream.console.console import CONSOLE
from stream.console.reading import Sources

ROWS = 50
CHOSEN = ("source", "tenant", "workflow")


class _Found(NamedTuple):
    rows: list[Standing]
    total: int
    choices: dict[str, list[str]]


async def show(request: web.Request) -> web.Response:
    """List a page of them, the latest change first."""
    console = request.app[CONSOLE]
    filters = filters_in(request.query)
    if "person" in filters:
        filters["person"] = console.names.pseudonym(filters["person"])
    wanted, after = wanted_by(filters), place_in(request.query)
    found = await console.reading.ask(lambda of: _look(of, wanted, after))
    has_more = len(found.rows) > ROWS
    rows = found.rows[:ROWS]
    alerted = await console.alerted()
    return console.page(
        request,
        "findings",
        rows=rows,
        outcomes=alerted.outcomes if alerted else None,
        back=request.path_qs,
        total=found.total,
        choices=found.choices,
        filters=filters,
        names=FILTERS,
        rules=CATALOG,
        severities=list(reversed(Severity)),
        is_first=after is None,
        older=written(rows[-1].place) if has_more else None,
    )


def _look(of: Sources, wanted: Wanted, after: Place | None) -> _Found:
    return _Found(
        of.standings.page(wanted, ROWS + 1, after),
        of.standings.count(wanted),
        {name: of.standings.choices(name) for name in CHOSEN},
    )
