"""How it is: alive, ready or why not, and the numbers, for whatever watches this process."""

from collections.abc import Callable

from aiohttp import web
from prometheus_client import CollectorRegistry
from prometheus_client.exposition import choose_encoder

Readiness = Callable[[], list[str]]
"""The reasons why this process is not ready, each one sentence; none: it is."""
Notices = Callable[[], list[str]]
"""What a person has to look at though this process is ready, each one sentence."""

PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>foureyes</title>
<h1>foureyes</h1>
<ul>
{items}
</ul>
</html>
"""
LINKS = {
    "/metrics": "the numbers, for Prometheus",
    "/healthz": "whether this process is alive",
    "/readyz": "whether everything it owns is restored, running and writable, or why not",
}


class Status:
    """What answers `/metrics`, `/healthz`, `/readyz` and `/`."""

    def __init__(
        self,
        registry: CollectorRegistry,
        readiness: Readiness,
        notices: Notices,
        *,
        receives: bool,
    ) -> None:
        self._registry = registry
        self._readiness = readiness
        self._notices = notices
        self._receives = receives

    async def metrics(self, request: web.Request) -> web.Response:
        """Show the numbers, in the format that was asked for."""
        encode, content_type = choose_encoder(request.headers.get("Accept", ""))
        # Set as a header: aiohttp refuses a charset inside `content_type`.
        return web.Response(body=encode(self._registry), headers={"Content-Type": content_type})

    async def healthz(self, _: web.Request) -> web.Response:
        """Alive: whoever can answer is."""
        return web.json_response({"alive": True})

    async def readyz(self, _: web.Request) -> web.Response:
        """Ready, or all the reasons why not; and what does not keep it from being ready."""
        reasons = self._readiness()
        status = web.HTTPServiceUnavailable.status_code if reasons else web.HTTPOk.status_code
        told = {"ready": not reasons, "reasons": reasons, "notices": self._notices()}
        return web.json_response(told, status=status)

    async def index(self, _: web.Request) -> web.Response:
        """List what is here."""
        items = [f'<li><a href="{path}">{path}</a>: {meaning}' for path, meaning in LINKS.items()]
        if self._receives:
            items.append("<li>POST /in/&lt;source&gt;: what a source has to report")
        return web.Response(text=PAGE.format(items="\n".join(items)), content_type="text/html")
