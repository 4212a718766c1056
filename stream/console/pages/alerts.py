"""Alerts: what two people have silenced, what waits for the second, what the desks decided last."""

from collections.abc import Mapping
from datetime import datetime
from typing import NamedTuple

from aiohttp import web

from rules.catalog import CATALOG
from rules.finding import Severity
from stream.console.alerting import Alerted
from stream.console.asked import UnclearAddressError, filters_in, moment_in, required
from stream.console.console import CONSOLE
from stream.console.pages.saying import record, said_by
from stream.desk.notes import Cover, Manner, Silence
from stream.desk.saying import LONGEST, UnfitNoteError, approval, ending, proposal

DECISIONS_SHOWN = 50
OVER_SHOWN = 20
COVERS = ("rule", "severity", "source", "tenant", "workflow", "case", "person")
HERE = "/alerts"


class _Silences(NamedTuple):
    """Those that wait for somebody else, those in force, and the last ones that are over."""

    waiting: dict[str, Silence]
    in_force: dict[str, Silence]
    over: dict[str, Silence]


async def show(request: web.Request) -> web.Response:
    """Show them, with a form that an address may have filled in."""
    console = request.app[CONSOLE]
    alerted, now = await console.alerted(), console.clock.now()
    return console.page(
        request,
        "alerts",
        is_told=alerted is not None,
        silences=_sorted(alerted, now),
        decisions=alerted.decisions[: -DECISIONS_SHOWN - 1 : -1] if alerted else [],
        filled=_filled(request.query),
        covers=COVERS,
        rules=CATALOG,
        severities=list(reversed(Severity)),
        longest=LONGEST.days,
    )


def _sorted(alerted: Alerted | None, now: datetime) -> _Silences:
    silences = _Silences({}, {}, {})
    # The latest first.
    for name, each in reversed(alerted.notes.silences.items() if alerted else ()):
        if each.waits(now):
            silences.waiting[name] = each
        elif each.is_in_force(now):
            silences.in_force[name] = each
        elif len(silences.over) < OVER_SHOWN:
            silences.over[name] = each
    return silences


def _filled(query: Mapping[str, str]) -> dict[str, str]:
    told = {**filters_in(query), "case": query.get("case", "")}
    return {name: told[name] for name in COVERS if told.get(name)}


async def propose(request: web.Request) -> web.Response:
    """Let somebody propose a silence."""
    form = await said_by(request)
    covers = {name: value for name in COVERS if (value := form.told.get(name, "").strip())}
    if not covers:
        expected = f"one of {', '.join(COVERS)}: only foureyes silence can cover all there is"
        raise UnclearAddressError(name="what it covers", found="nothing", expected=expected)
    note = proposal(
        Cover(**covers),
        until=moment_in(form.told, "until"),
        reason=required(form.told, "reason"),
        by=_name(form.by),
        now=form.now,
        manner=Manner.SUPPRESSION if form.told.get("drop") else Manner.SILENCE,
    )
    return await record(request, note, f"{HERE}#{note.about}")


async def approve(request: web.Request) -> web.Response:
    """Let somebody else agree to it."""
    form = await said_by(request)
    name = required(form.told, "silence")
    note = approval(form.notes, name, by=_name(form.by), now=form.now)
    return await record(request, note, f"{HERE}#{name}")


async def end(request: web.Request) -> web.Response:
    """Let somebody end it before its time."""
    form = await said_by(request)
    name, reason = required(form.told, "silence"), required(form.told, "reason")
    note = ending(form.notes, name, reason=reason, by=_name(form.by), now=form.now)
    return await record(request, note, HERE)


def _name(by: str | None) -> str:
    """Whose word it is. Raises UnfitNoteError for whoever is not named."""
    if by is None:
        raise UnfitNoteError(
            key="who says so",
            found="whoever has the link",
            expected="somebody signed in by name, since two people have to agree; on the command"
            " line foureyes silence takes names",
        )
    return by
