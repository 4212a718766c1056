"""One workflow: the review's questions over its latest cases, and all its findings that stand."""

from typing import NamedTuple

from aiohttp import web

from rules.review import Answer, Reviewed, review
from stream.archive.standings import Standing, Wanted
from stream.console.asked import required
from stream.console.console import CONSOLE
from stream.console.reading import Sources
from stream.exports.hearing import Heard
from stream.exports.one_case import hear_cases

CASES_REVIEWED_MAX = 40
"""So many of the latest cases are judged again for the page; `foureyes review` takes them all."""
FINDINGS_SHOWN = 10


class _Told(NamedTuple):
    answers: list[Answer]
    tenants: dict[str, str | None]
    reviewed: int
    cases: int
    findings: list[Standing]
    standing: int


async def show(request: web.Request) -> web.Response:
    """Answer what to know before relying on it."""
    console = request.app[CONSOLE]
    workflow = required(request.query, "id")
    told = await console.reading.ask(lambda of: _look(of, workflow))
    if not told.cases and not told.standing:
        raise web.HTTPNotFound(text=f"No workflow {workflow!r} is on record.")
    return console.page(request, "workflow", workflow=workflow, **told._asdict())


def _look(of: Sources, workflow: str) -> _Told:
    ids = of.standings.latest_cases(("workflow",), workflow, CASES_REVIEWED_MAX)
    cases = [_reviewed(heard) for _, heard in hear_cases(of.archive, ids)]
    wanted = Wanted(workflow=workflow, stands=True)
    return _Told(
        answers=review(cases) if cases else [],
        tenants={each.file.case: each.file.tenant for each in cases},
        reviewed=len(cases),
        cases=of.standings.count_cases(("workflow",), workflow),
        findings=of.standings.page(wanted, FINDINGS_SHOWN),
        standing=of.standings.count(wanted),
    )


def _reviewed(heard: Heard) -> Reviewed:
    return Reviewed(heard.judged.file, {each.rule.id: each.verdict for each in heard.judged.said})
