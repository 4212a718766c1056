"""The desk as the settings have it: which destinations there are, and how patient it is."""

import ssl
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import NamedTuple

from pydantic import SecretStr

from stream.desk.courier import Patience
from stream.desk.delivery import Destination, InvalidDestinationError
from stream.desk.desk import Memory
from stream.desk.destinations.alertmanager import Alertmanager
from stream.desk.destinations.ocsf import OcsfFile
from stream.desk.destinations.splunk import Splunk
from stream.desk.destinations.stdout import Stdout
from stream.desk.destinations.syslog import Syslog
from stream.desk.destinations.webhook import Webhook
from stream.desk.routes_file import load_routes
from stream.desk.routing import Routes
from stream.pseudonyms.place import is_keyed
from stream.settings import Settings

NOWHERE = "none"
STANDARD_OUTPUT = "stdout"


def destination_names(settings: Settings) -> tuple[str, ...]:
    """Name the destinations that are set up, in a fixed order."""
    return tuple(name for name, each in _DESTINATIONS.items() if each.is_set_up(settings))


def make_destination(name: str, settings: Settings) -> Destination:
    """Make one that is set up. Raises InvalidDestinationError, and ArchiveError without names."""
    if name not in destination_names(settings):
        raise InvalidDestinationError(
            destination=name,
            what="it",
            found="not set up",
            expected=f"one of {', '.join(destination_names(settings)) or 'none'}",
        )
    made = _DESTINATIONS[name].make(settings)
    if not is_keyed(settings):
        return made
    # Only where names are kept apart SQL is needed.
    from stream.desk.naming import Named  # noqa: PLC0415
    from stream.pseudonyms.configured import vault_of  # noqa: PLC0415

    return Named(made, vault_of(settings))


def patience_of(settings: Settings) -> Patience:
    """How long a destination that is down is left alone between two attempts."""
    return Patience(longest_seconds=settings.retry_seconds_max)


def memory_of(settings: Settings) -> Memory:
    """How many closed findings a desk remembers."""
    return Memory(closed_max=settings.closed_findings_max)


def routes_of(settings: Settings) -> Routes:
    """Who is told of what, and when. Raises FaultyInputError."""
    return load_routes(settings.alerts, destination_names(settings))


class _Setup(NamedTuple):
    """When a destination is there, and how it is made of the settings."""

    is_set_up: Callable[[Settings], bool]
    make: Callable[[Settings], Destination]


def _stdout(settings: Settings) -> Destination:
    return Stdout(None if settings.findings == STANDARD_OUTPUT else Path(settings.findings))


def _alertmanager(settings: Settings) -> Destination:
    resend = timedelta(seconds=settings.resend_seconds)
    return Alertmanager(str(settings.alertmanager_url), resend=resend)


def _webhook(settings: Settings) -> Destination:
    return Webhook(str(settings.webhook_url), _told(settings.webhook_secret))


def _ocsf(settings: Settings) -> Destination:
    return OcsfFile(Path(settings.ocsf or ""))


def _ocsf_topic(settings: Settings) -> Destination:
    # Only who writes to Kafka needs its client: it is imported here and not before.
    from stream.desk.destinations.ocsf_topic import OcsfTopic  # noqa: PLC0415
    from stream.running.deployment import client_of  # noqa: PLC0415

    return OcsfTopic(client_of(settings), settings.ocsf_topic or "")


def _splunk(settings: Settings) -> Destination:
    return Splunk(str(settings.splunk_url), _told(settings.splunk_token))


def _syslog(settings: Settings) -> Destination:
    host, _, port = (settings.syslog or "").rpartition(":")
    tls = None
    if settings.syslog_ca_file is not None:
        tls = ssl.create_default_context(cafile=settings.syslog_ca_file)
    return Syslog(host, int(port), tls=tls)


def _people(settings: Settings) -> Destination:
    # apprise knows a hundred services and takes a quarter of a second to say so.
    from stream.desk.destinations.people import People  # noqa: PLC0415

    return People(_told(settings.people_urls).split())


def _told(secret: SecretStr | None) -> str:
    return secret.get_secret_value() if secret else ""


_DESTINATIONS = {
    Stdout.name: _Setup(lambda s: s.findings != NOWHERE, _stdout),
    Alertmanager.name: _Setup(lambda s: s.alertmanager_url is not None, _alertmanager),
    Webhook.name: _Setup(lambda s: s.webhook_url is not None, _webhook),
    OcsfFile.name: _Setup(lambda s: s.ocsf is not None, _ocsf),
    "ocsf_topic": _Setup(lambda s: s.ocsf_topic is not None, _ocsf_topic),
    Splunk.name: _Setup(lambda s: s.splunk_url is not None, _splunk),
    Syslog.name: _Setup(lambda s: s.syslog is not None, _syslog),
    "people": _Setup(lambda s: s.people_urls is not None, _people),
}
