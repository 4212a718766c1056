"""Connectors: one file per source, a table from its words to ours.

`documents(body, source, connector.apart)` cuts a body into records; `connector.read` turns one
record into events, or refuses it with a MalformedEventError.
"""

from rules.errors import FoureyesError
from stream.connectors.baton import BATON
from stream.connectors.cloudtrail import CLOUDTRAIL
from stream.connectors.documents import documents
from stream.connectors.entra import ENTRA
from stream.connectors.gateway import GATEWAY
from stream.connectors.github import GITHUB
from stream.connectors.ibm_verify import IBM_VERIFY
from stream.connectors.midpoint import MIDPOINT
from stream.connectors.n8n import N8N
from stream.connectors.native import NATIVE
from stream.connectors.okta import OKTA
from stream.connectors.sailpoint import SAILPOINT
from stream.connectors.servicenow import SERVICENOW
from stream.connectors.table import (
    Connector,
    Delivery,
    MalformedEventError,
    RefusalKind,
    Told,
    Tree,
)
from stream.connectors.teleport import TELEPORT
from stream.connectors.xes import XES
from stream.connectors.zeebe import ZEEBE

__all__ = [
    "CONNECTORS",
    "Connector",
    "Delivery",
    "MalformedEventError",
    "RefusalKind",
    "Told",
    "Tree",
    "UnknownSourceError",
    "connector",
    "documents",
]

CONNECTORS: dict[str, Connector] = {
    each.name: each
    for each in (
        NATIVE,
        SAILPOINT,
        OKTA,
        ENTRA,
        MIDPOINT,
        SERVICENOW,
        IBM_VERIFY,
        BATON,
        CLOUDTRAIL,
        GITHUB,
        ZEEBE,
        N8N,
        XES,
        TELEPORT,
        GATEWAY,
    )
}
"""A connector that is not named here does not read."""


class UnknownSourceError(FoureyesError):
    """Somebody asks for a connector that there is not."""

    def __init__(self, *, name: str) -> None:
        self.name = name
        self.known = sorted(CONNECTORS)
        super().__init__(f"there is no source {name!r}; expected one of {self.known}")


def connector(name: str) -> Connector:
    """Find a connector. Raises UnknownSourceError, which lists them."""
    try:
        return CONNECTORS[name]
    except KeyError:
        raise UnknownSourceError(name=name) from None
