"""One case: its decision path as a timeline, its findings, its proof, and its export."""

from itertools import pairwise
from typing import NamedTuple

from aiohttp import web

from rules.explain import Said, Section, explain
from rules.finding import Change, Finding
from stream.archive.reader import Archive
from stream.case_search import CaseName
from stream.console.asked import required
from stream.console.console import CONSOLE
from stream.console.exporting import FILE_NAME
from stream.console.proof import Proof, proof_of
from stream.console.timeline import calls_of, steps_of
from stream.exports.hearing import Heard
from stream.exports.layout import Selection
from stream.exports.one_case import hear, read_archived_case

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


async def show(request: web.Request) -> web.Response:
    """Show the case of a name; several of that name are offered to choose from."""
    console = request.app[CONSOLE]
    name, tenant = required(request.query, "name"), request.query.get("tenant")
    found = await console.reading.ask(lambda of: _heard(of.archive, name, tenant))
    if not found:
        # What stands in the way is told as `foureyes explain` tells it.
        await console.reading.ask(lambda of: read_archived_case(of.archive, name, tenant))
        raise web.HTTPNotFound(text=f"{name!r} is an id of a case, and not its name.")
    if len(found) > 1:
        names = [CaseName(heard.name[0] or None, heard.name[1]) for heard, _ in found]
        return console.page(request, "which_case", name=name, cases=names)
    heard, proof = found[0]
    alerted = await console.alerted()
    outcomes = alerted.outcomes if alerted else None
    back = request.path_qs
    return console.page(request, "case", **_told(heard), proof=proof, outcomes=outcomes, back=back)


def _heard(archive: Archive, name: str, tenant: str | None) -> list[tuple[Heard, Proof]]:
    selection = Selection(kind="case", name=name, tenant=tenant)
    return [(heard, proof_of(archive, case, heard)) for case, heard in hear(archive, selection)]


def _told(heard: Heard) -> dict[str, object]:
    file = heard.judged.file
    said: tuple[Said, ...] = tuple(heard.judged.said)
    story = explain(file, said, heard.history)
    lives = _lives(heard)
    steps = steps_of(file, [each.last for each in lives if each.stands])
    return {
        "file": file,
        "story": story,
        "sections": [each for each in story.sections if _is_shown(each)],
        "lives": lives,
        "steps": steps,
        "numbers": {step.event.id: step.number for step in steps},
        "calls": calls_of(file, steps),
        "closed": heard.closed,
    }


def _is_shown(section: Section) -> bool:
    return section.heading not in TOLD_ELSEWHERE and not section.heading.startswith("Finding:")


def _lives(heard: Heard) -> list[Life]:
    """The findings that stand first, the worst of them before the others."""
    changes: dict[str, list[Finding]] = {}
    for each in heard.history:
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
