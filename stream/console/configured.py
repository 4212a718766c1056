"""The console as the settings have it: its sign-in, its names, what it can do."""

from ipaddress import ip_network
from typing import TYPE_CHECKING
from urllib.parse import urlsplit

from stream.archive.configured import KEY_FILE, notary_of, url_of
from stream.archive.database import open_to_read
from stream.clock import Clock
from stream.console.alerting import Alerting
from stream.console.console import Console
from stream.console.exporting import Exporting
from stream.console.health import Health, StoredHealth
from stream.console.reading import Reading
from stream.console.rendering import Templates
from stream.console.sessions import Sessions
from stream.console.settings import OIDC, PROXY
from stream.console.sign_in import SignIn
from stream.console.sign_in.link import LinkSignIn
from stream.console.sign_in.oidc import RETURNS_TO, Asking, OidcSignIn
from stream.console.sign_in.provider import Client, Provider
from stream.console.sign_in.proxy import Proxy, ProxySignIn
from stream.console.view_log import FILE, ViewLog
from stream.console.viewers import Admission
from stream.pseudonyms.names import InClear
from stream.settings import Settings

if TYPE_CHECKING:
    from stream.pseudonyms.vault import Vault

LOOPBACK_NAMES = ("localhost", "127.0.0.1", "::1")


def console_of(
    settings: Settings,
    clock: Clock,
    alerting: Alerting,
    health: Health | None = None,
    vault: "Vault | None" = None,
) -> Console:
    """Open the archive and the log of views. Raises ArchiveError and UnrecordedViewError."""
    engine = open_to_read(url_of(settings))
    if health is None and not settings.kafka_bootstrap:
        health = StoredHealth(settings.data)
    exporting = None
    if settings.archive_sign_command or _key_is_here(settings):
        exporting = Exporting(notary_of(settings, engine), clock, vault=vault)
    return Console(
        reading=Reading(engine),
        templates=Templates(vault),
        views=ViewLog(settings.web_views or settings.data / FILE),
        clock=clock,
        exporting=exporting,
        health=health,
        alerting=alerting,
        names=vault or InClear(),
    )


def sign_in_of(settings: Settings, sessions: Sessions, clock: Clock) -> SignIn:
    """The way to sign in."""
    admission = Admission(_names(settings.web_readers), _names(settings.web_analysts))
    if settings.web_sign_in == OIDC:
        return OidcSignIn(sessions, _provider(settings, clock), _asking(settings), admission, clock)
    if settings.web_sign_in == PROXY:
        networks = tuple(map(ip_network, (settings.web_proxies or "").split(",")))
        proxy = Proxy(
            networks=networks,
            user_header=settings.web_proxy_user_header,
            groups_header=settings.web_proxy_groups_header,
        )
        return ProxySignIn(sessions, proxy, admission)
    return LinkSignIn(sessions)


def is_secure(settings: Settings) -> bool:
    """Whether browsers reach the console over TLS."""
    return (settings.web_url or "").startswith("https://")


def hosts_of(settings: Settings) -> tuple[str, ...]:
    """The names under which the console answers."""
    if settings.web_url is not None:
        return (urlsplit(settings.web_url).hostname or "",)
    return LOOPBACK_NAMES


def _key_is_here(settings: Settings) -> bool:
    """Whether a key was made here: to look for one makes none."""
    path = settings.archive_key or settings.data / KEY_FILE
    return path.exists()


def _provider(settings: Settings, clock: Clock) -> Provider:
    secret = settings.web_oidc_secret
    client = Client(
        issuer=settings.web_oidc_issuer or "",
        client=settings.web_oidc_client or "",
        secret=secret.get_secret_value() if secret else None,
        redirect=f"{(settings.web_url or '').rstrip('/')}{RETURNS_TO}",
    )
    return Provider(client, clock)


def _asking(settings: Settings) -> Asking:
    return Asking(
        scopes=settings.web_oidc_scopes,
        name_claim=settings.web_oidc_name_claim,
        groups_claim=settings.web_oidc_groups_claim,
    )


def _names(told: str | None) -> frozenset[str]:
    return frozenset(each.strip() for each in (told or "").split(",") if each.strip())
