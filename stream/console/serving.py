"""The console answers for as long as a context lasts."""

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, closing

from stream.clock import Clock
from stream.console.alerting import Alerting
from stream.console.app import build_console
from stream.console.configured import console_of, hosts_of, is_secure, sign_in_of
from stream.console.health import Health
from stream.console.sessions import Sessions
from stream.console.settings import PORT
from stream.console.sign_in.link import LinkSignIn
from stream.log import logger
from stream.pseudonyms.place import vault_if_keyed
from stream.settings import Settings
from stream.web.server import serve

LOG = logger(__name__)


@asynccontextmanager
async def serving(
    settings: Settings, clock: Clock, alerting: Alerting, health: Health | None
) -> AsyncIterator[None]:
    """Let people look. Raises ArchiveError, UnrecordedViewError and CannotListenError."""
    with (
        vault_if_keyed(settings) as vault,
        closing(console_of(settings, clock, alerting, health, vault)) as console,
    ):
        is_over_tls = is_secure(settings)
        sessions = Sessions(
            clock, seconds_max=settings.web_session_seconds_max, is_secure=is_over_tls
        )
        sign_in = sign_in_of(settings, sessions, clock)
        app = build_console(
            console, sign_in, sessions, hosts=hosts_of(settings), is_secure=is_over_tls
        )
        port = PORT if settings.web_port is None else settings.web_port
        served = await serve(app, settings.web_host, port)
        url = settings.web_url or f"http://{served.host}:{served.port}"
        link = sign_in.path if isinstance(sign_in, LinkSignIn) else ""
        LOG.info("console", url=f"{url.rstrip('/')}{link}")
        try:
            yield
        finally:
            await served.close()
