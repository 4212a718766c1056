"""How each vendor speaks over HTTP: one small file each, behind the vocabulary of `manner`."""

from collections.abc import Mapping

from stream.web.manners.bearer import Bearer
from stream.web.manners.event_grid import EventGrid
from stream.web.manners.github import GitHub
from stream.web.manners.graph import Graph
from stream.web.manners.manner import InvalidSecretError, Manner
from stream.web.manners.okta import Okta
from stream.web.manners.sailpoint import SailPoint
from stream.web.manners.standard_webhooks import StandardWebhooks

__all__ = ["MANNERS", "InvalidSecretError", "Manner", "manner_of"]

MANNERS: Mapping[str, type[Manner]] = {
    each.name: each
    for each in (Bearer, StandardWebhooks, GitHub, Okta, Graph, EventGrid, SailPoint)
}
"""A manner that is not named here is not spoken."""

_OWN: Mapping[str, type[Manner]] = {
    "github": GitHub,
    "okta": Okta,
    "entra": EventGrid,
    "sailpoint": SailPoint,
}


def manner_of(connector: str) -> type[Manner]:
    """Name the manner of a connector's vendor: what its senders speak unless settings differ."""
    return _OWN.get(connector, Bearer)
