"""What every page of the console has at hand."""

from dataclasses import dataclass, field

from aiohttp import web

from stream.clock import Clock
from stream.console.alerting import Alerted, Alerting
from stream.console.exporting import Exporting
from stream.console.health import Health
from stream.console.reading import Reading
from stream.console.rendering import Templates
from stream.console.sessions import SESSION
from stream.console.view_log import ViewLog
from stream.console.viewers import VIEWER
from stream.pseudonyms.names import InClear, KnownNames


@dataclass(frozen=True, slots=True, kw_only=True)
class Console:
    """The archive, the templates, who has looked at what, and what else may be there.

    `exporting` is None where nothing here signs, `health` where nobody counts, `alerting` where
    nothing here tells of alerts.
    """

    reading: Reading
    templates: Templates
    views: ViewLog
    clock: Clock
    exporting: Exporting | None = None
    names: KnownNames = field(default_factory=InClear)
    """Who stands behind what the record calls people."""
    health: Health | None = None
    alerting: Alerting | None = None

    async def alerted(self) -> Alerted | None:
        """What is known of alerts; None: nothing."""
        alerting = self.alerting
        return None if alerting is None else await self.reading.ask(lambda _: alerting.told())

    def close(self) -> None:
        """Let go of the archive and of the log of views."""
        self.reading.close()
        self.views.close()

    def page(self, request: web.Request, name: str, /, **told: object) -> web.Response:
        """Put a page together for whoever asks."""
        viewer, session = request.get(VIEWER), request.get(SESSION)
        body = self.templates.render(
            name,
            viewer=viewer,
            csrf=session.csrf if session else None,
            here=request.path,
            can_export=self.exporting is not None,
            **told,
        )
        return web.Response(text=body, content_type="text/html")


CONSOLE = web.AppKey("console", Console)
