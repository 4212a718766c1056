"""The one HTTP server of a process: what it answers, and on which address."""

import ipaddress
import logging
from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass

from aiohttp import web
from aiohttp.http import HttpProcessingError
from aiohttp.log import server_logger

from rules.errors import FoureyesError
from stream.metrics import Metrics
from stream.web.receive import Receiver
from stream.web.status import Notices, Readiness, Status

LOOPBACK = "127.0.0.1"

RECEIVER = web.AppKey("receiver", Receiver)


@dataclass(frozen=True, slots=True, kw_only=True)
class Patience:
    """How long the other side of a connection may take."""

    head_seconds_max: float = 75.0
    """To bring a whole request head, from connecting or from the last answer on."""
    linger_seconds_max: float = 5.0
    """To read why its body is not taken, while the rest of that body is thrown away."""
    close_seconds_max: float = 10.0
    """To get the answer that is under way when the server closes."""


class OpenReceiverError(FoureyesError):
    """Sources without a secret, on an address that others can reach."""

    def __init__(self, *, host: str, sources: Iterable[str]) -> None:
        self.host = host
        self.sources = tuple(sources)
        super().__init__(
            f"receive: {', '.join(self.sources)} would take reports from anybody who reaches"
            f" {host!r}; expected a secret for each of them, or a loopback address"
        )


class CannotListenError(FoureyesError):
    """The address is not to be had."""

    def __init__(self, *, host: str, port: int, reason: str) -> None:
        self.host = host
        self.port = port
        self.reason = reason
        super().__init__(f"can not listen on {host}:{port}: {reason}")


@dataclass(frozen=True, slots=True)
class Served:
    """A server that answers, on `host` and the `port` it got."""

    host: str
    port: int
    _runner: web.AppRunner

    async def close(self) -> None:
        """Take no more connections, let what is under way end, close."""
        await self._runner.cleanup()


def build_app(
    *,
    metrics: Metrics,
    readiness: Readiness,
    receiver: Receiver | None = None,
    notices: Notices = list,
) -> web.Application:
    """Put together what one process answers; without a receiver nothing comes in."""
    app = web.Application(middlewares=[_in_json])
    status = Status(metrics.registry, readiness, notices, receives=receiver is not None)
    app.router.add_get("/", status.index)
    app.router.add_get("/metrics", status.metrics)
    app.router.add_get("/healthz", status.healthz)
    app.router.add_get("/readyz", status.readyz)
    if receiver is not None:
        app[RECEIVER] = receiver
        # A source's name may have slashes: iga/acme.
        app.router.add_post("/in/{source:.+}", receiver.answer)
        app.router.add_get("/in/{source:.+}", receiver.greet, allow_head=False)
        app.router.add_options("/in/{source:.+}", receiver.greet)
    return app


async def serve(
    app: web.Application,
    host: str = LOOPBACK,
    port: int = 0,
    *,
    patience: Patience | None = None,
) -> Served:
    """Listen. Port 0 takes any free one. Raises OpenReceiverError, CannotListenError."""
    patience = patience or Patience()
    receiver = app.get(RECEIVER)
    if receiver is not None and receiver.open_sources and not is_loopback(host):
        raise OpenReceiverError(host=host, sources=receiver.open_sources)
    runner = web.AppRunner(
        app,
        # Unpacked by read_body, which has a limit.
        auto_decompress=False,
        # What comes in is counted; a line for each request would drown what matters.
        access_log=None,
        keepalive_timeout=patience.head_seconds_max,
        lingering_time=patience.linger_seconds_max,
        shutdown_timeout=patience.close_seconds_max,
    )
    server_logger.addFilter(_UNQUOTED)
    await runner.setup()
    site = web.TCPSite(runner, host, port)
    try:
        await site.start()
    except OSError as error:
        await runner.cleanup()
        raise CannotListenError(
            host=host, port=port, reason=error.strerror or str(error)
        ) from error
    return Served(host, site.port, runner)


def is_loopback(host: str) -> bool:
    """Whether only this machine reaches the address. Of names, only `localhost` is trusted."""
    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


class _Unquoted(logging.Filter):
    """Takes the quotation out of aiohttp's complaint about a request that is no HTTP."""

    def filter(self, record: logging.LogRecord) -> bool:
        if record.exc_info and isinstance(record.exc_info[1], HttpProcessingError):
            record.exc_info = None
        return True


_UNQUOTED = _Unquoted()


@web.middleware
async def _in_json(
    request: web.Request, handler: Callable[[web.Request], Awaitable[web.StreamResponse]]
) -> web.StreamResponse:
    """Say also what is not ours to say (no such path, no such method) as JSON."""
    try:
        return await handler(request)
    except web.HTTPException as error:
        allowed = {k: v for k, v in error.headers.items() if k == "Allow"}
        told = {"error": f"{request.method} {request.path}: {error.reason}; see /"}
        return web.json_response(told, status=error.status, headers=allowed)
