"""Connectors: one file per source, a table from its words to ours.

Reading takes three steps: `documents` cuts a body, `Connector.apart` takes a vendor's batch apart,
`Connector.read` turns one record into events. `readings` does all three.
"""

from collections.abc import Iterator
from dataclasses import replace

from rules.errors import FoureyesError
from stream.connectors.documents import documents
from stream.connectors.entra import ENTRA
from stream.connectors.gateway import GATEWAY
from stream.connectors.native import NATIVE
from stream.connectors.sailpoint import SAILPOINT
from stream.connectors.table import (
    Connector,
    Delivery,
    MalformedEventError,
    RefusalKind,
    Told,
    Tree,
)
from stream.connectors.teleport import TELEPORT

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
    "readings",
]

CONNECTORS: dict[str, Connector] = {
    each.name: each for each in (NATIVE, SAILPOINT, TELEPORT, ENTRA, GATEWAY)
}
"""A connector that is not named here does not read."""

Reading = tuple[str, "list[Tree | Told] | MalformedEventError"]
"""The place of a record, and what it tells or why it was refused."""


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


def readings(reader: Connector, body: bytes, delivery: Delivery) -> Iterator[Reading]:
    """Read every record of a body, each on its own: a bad one does not hide its neighbours."""
    for place, document in documents(body, delivery.source):
        if isinstance(document, MalformedEventError):
            yield delivery.place + place, document
        else:
            yield from _records(reader, document, replace(delivery, place=delivery.place + place))


def _records(reader: Connector, document: object, delivery: Delivery) -> Iterator[Reading]:
    for suffix, record in reader.apart(document):
        place = delivery.place + suffix
        try:
            yield place, reader.read(record, delivery)
        except MalformedEventError as error:
            yield place, error
