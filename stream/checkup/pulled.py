"""Sources that are pulled: whether somebody answers at their addresses. No secret is shown."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from stream.checkup.check import Check, ok, wrong
from stream.endpoints import is_database
from stream.environment import variable
from stream.pulling.configured import place_of
from stream.pulling.errors import CannotReadError
from stream.pulling.settings import PullSettings

CONNECT_SECONDS_MAX = 3.0
_PORTS = {"https": 443, "http": 80}


def check_pulled(settings: PullSettings) -> Iterator[Check]:
    """Connect to each address, over TLS as the puller does; only of databases more is asked."""
    for end, url in sorted(settings.pull_url_of.items()):
        name = variable(f"pull_url_{end}")
        if is_database(url):
            yield _read(settings, end)
            continue
        try:
            how = _connected(str(url), settings.pull_ca_file)
        except OSError as error:
            remedy = f"expected a server with a trusted certificate at the address in {name}"
            yield wrong("pulling", f"{end}: nobody to ask: {error}", remedy)
        else:
            yield ok("pulling", f"{end}: somebody answers{how}; the secret was not tried")


def _read(settings: PullSettings, end: str) -> Check:
    """Ask a database for what the puller reads, and for no row of it."""
    # Only who reads a database waits for SQLAlchemy.
    from stream.pulling.database.caller import check_readable  # noqa: PLC0415

    place = place_of(settings, end)
    try:
        check_readable(place)
    except CannotReadError as error:
        found = f"{end}: can not be read: {error.where}: {error.found}"
        return wrong("pulling", found, f"expected {error.expected}; {variable(f'pull_url_{end}')}")
    return ok("pulling", f"{end}: {place.shown} can be read as we are told to")


def _connected(url: str, ca_file: Path | None) -> str:
    """Say how. Raises OSError, which a certificate that is not trusted is as well."""
    parts = urlsplit(url)
    place = parts.hostname or "", parts.port or _PORTS[parts.scheme]
    with socket.create_connection(place, CONNECT_SECONDS_MAX) as plain:
        if parts.scheme != "https":
            return ""
        context = ssl.create_default_context(cafile=ca_file)
        with context.wrap_socket(plain, server_hostname=place[0]) as secured:
            return f" over {secured.version()}"
