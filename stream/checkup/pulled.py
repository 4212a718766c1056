"""Sources that are pulled: whether somebody answers at their addresses. No secret is shown."""

import socket
import ssl
from collections.abc import Iterator
from pathlib import Path
from urllib.parse import urlsplit

from stream.checkup.check import Check, ok, wrong
from stream.environment import variable
from stream.pulling.settings import PullSettings

CONNECT_SECONDS_MAX = 3.0
_PORTS = {"https": 443, "http": 80}


def check_pulled(settings: PullSettings) -> Iterator[Check]:
    """Connect to each address, over TLS as the puller does; nothing is asked there."""
    for end, url in sorted(settings.pull_url_of.items()):
        name = variable(f"pull_url_{end}")
        try:
            how = _connected(str(url), settings.pull_ca_file)
        except OSError as error:
            remedy = f"expected a server with a trusted certificate at the address in {name}"
            yield wrong("pulling", f"{end}: nobody to ask: {error}", remedy)
        else:
            yield ok("pulling", f"{end}: somebody answers{how}; the secret was not tried")


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
