"""What somebody says of an alert on a page: a form read, a note put on record, and back again."""

from datetime import datetime
from typing import NamedTuple

from aiohttp import web

from stream.console.alerting import UnsaidError
from stream.console.asked import local, required
from stream.console.console import CONSOLE, Console
from stream.console.viewers import VIEWER
from stream.desk.notes import Note, Notes
from stream.desk.saying import looked_after

NOT_HERE = "foureyes does not run where this console is"


class Form(NamedTuple):
    """What a form says, by whom (None: by nobody who can be named), and what was said before."""

    told: dict[str, str]
    by: str | None
    now: datetime
    notes: Notes


async def said_by(request: web.Request) -> Form:
    """Read a form. Raises UnsaidError where nobody would hear it."""
    console, viewer = request.app[CONSOLE], request[VIEWER]
    alerted = await console.alerted()
    if alerted is None:
        raise UnsaidError(reason=NOT_HERE)
    told = {name: str(value) for name, value in (await request.post()).items()}
    return Form(told, viewer.name if viewer.is_named else None, console.clock.now(), alerted.notes)


async def record(request: web.Request, note: Note, back: str) -> web.Response:
    """Put a note on record, and lead back to a page. Raises UnsaidError."""
    console: Console = request.app[CONSOLE]
    if console.alerting is None:
        raise UnsaidError(reason=NOT_HERE)
    await console.alerting.say(note)
    return web.Response(status=303, headers={"Location": local(back)})


async def acknowledge(request: web.Request) -> web.Response:
    """Let somebody say that they look after a finding."""
    return await _looked_after(request, None)


async def assign(request: web.Request) -> web.Response:
    """Let somebody say who looks after it."""
    told = await request.post()
    to = required({"to": str(told.get("to", ""))}, "to")
    return await _looked_after(request, to)


async def _looked_after(request: web.Request, to: str | None) -> web.Response:
    form = await said_by(request)
    finding = required(form.told, "finding")
    # Whoever has the link is somebody, if only one: nobody else has to agree to this.
    note = looked_after(finding, by=request[VIEWER].name, now=form.now, to=to)
    return await record(request, note, form.told.get("back", "/"))
