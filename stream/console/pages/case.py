"""One case: its decision path as a timeline, its findings, its proof, and its export."""

from collections.abc import Iterable, Sequence
from itertools import pairwise
from typing import NamedTuple

from aiohttp import web

from rules.explain import Said, Section, explain
from rules.finding import Change, Finding
from stream.archive.reader import Archive
from stream.case_search import AmbiguousCaseError
from stream.console.asked import required
from stream.console.console import CONSOLE
from stream.console.exporting import FILE_NAME
from stream.console.proof import Proof, proof_of
from stream.console.rendering import address
from stream.console.timeline import calls_of, steps_of
from stream.exports.layout import Selection
from stream.exports.one_case import ByName, hear_by_name

TOLD_ELSEWHERE = ("What happened", "Webhooks and scripts, and who tells of them")
"""Sections of the story that the page shows in a manner of its own."""


class Life(NamedTuple):
    """A finding: its last change, the one before each change, and its changes in order."""

    last: Finding
    changes: tuple[Finding, ...]

    @property
    def stands(self) -> bool:
        """Whether it has not been withdrawn."""
        return self.last.change is not Change.WITHDRAWN

    def said_anew(self) -> list[tuple[Finding, bool]]:
        """Each change, and whether it says something else than the one before."""
        anew = [now.summary != before.summary for before, now in pairwise(self.changes)]
        return list(zip(self.changes, [False, *anew], strict=True))


class _Found(NamedTuple):
    told: ByName
    proof: Proof
    former: Sequence[str]


async def show(request: web.Request) -> web.Response:
    """Show the case that a name is of, or was; several that it is of are offered to choose from."""
    console = request.app[CONSOLE]
    name, tenant = required(request.query, "name"), request.query.get("tenant")
    try:
        found = await console.reading.ask(lambda of: _found(of.archive, name, tenant))
    except AmbiguousCaseError as error:
        return console.page(request, "which_case", name=name, cases=error.cases)
    tenant, case = found.told.heard.name
    if case != name:
        # By its own address, so that what is looked at is written down by its name.
        there = address("/case", name=case, tenant=tenant)
        return web.Response(status=303, headers={"Location": there})
    alerted = await console.alerted()
    outcomes = alerted.outcomes if alerted else None
    told = {**_told(found.told), "proof": found.proof, "former": found.former}
    return console.page(request, "case", **told, outcomes=outcomes, back=request.path_qs)


def _found(archive: Archive, name: str, tenant: str | None) -> _Found:
    told = hear_by_name(archive, name, tenant)
    proof = proof_of(archive, told.case, told.heard)
    return _Found(told, proof, [each.name[1] for each in told.former])


def _told(told: ByName) -> dict[str, object]:
    judged = told.heard.judged
    file, said = judged.file, tuple[Said, ...](judged.said)
    story = explain(file, said, told.history)
    lives = _lives(told.history)
    steps = steps_of(file, [each.last for each in lives if each.stands])
    return {
        "file": file,
        "story": story,
        "sections": [each for each in story.sections if _is_shown(each)],
        "lives": lives,
        "steps": steps,
        "numbers": {step.event.id: step.number for step in steps},
        "calls": calls_of(file, steps),
        "closed": told.heard.closed,
    }


def _is_shown(section: Section) -> bool:
    return section.heading not in TOLD_ELSEWHERE and not section.heading.startswith("Finding:")


def _lives(history: Iterable[Finding]) -> list[Life]:
    """The findings that stand first, the worst of them before the others."""
    changes: dict[str, list[Finding]] = {}
    for each in history:
        changes.setdefault(each.finding, []).append(each)
    lives = [Life(told[-1], tuple(told)) for told in changes.values()]
    order = {name: rank for rank, name in enumerate(("critical", "high", "medium", "low"))}
    return sorted(lives, key=lambda each: (not each.stands, order[each.last.severity]))


async def export(request: web.Request) -> web.StreamResponse:
    """Hand over an auditor's file of a case."""
    console = request.app[CONSOLE]
    if console.exporting is None:
        raise web.HTTPConflict(text="Nothing here signs exports: foureyes export does.")
    form = await request.post()
    told = {key: str(value) for key, value in form.items()}
    selection = Selection(
        kind="case", name=required(told, "name"), tenant=told.get("tenant") or None
    )
    exporting = console.exporting

    def write(archive: Archive) -> bytes:
        with exporting.written(archive, selection) as path:
            return path.read_bytes()

    body = await console.reading.ask(lambda of: write(of.archive))
    told_as = f'attachment; filename="{FILE_NAME}"'
    return web.Response(
        body=body, content_type="application/zip", headers={"Content-Disposition": told_as}
    )
