"""How what is known of an account or a right is written onto an event tree, early or late."""

from collections.abc import Mapping
from typing import Any

CRITICALITIES = ("low", "medium", "high", "critical")
"""From least to worst."""

PARTIES = ("actor", "on_behalf_of", "beneficiary", "assignee")
"""The fields of an event that name an account."""

CLAIMS = ("person", "proof", "owner")
"""What only reference facts say of a party, whatever a source claims."""

_UNKNOWN = frozenset({None, "", "unknown"})
_RANK = {word: number for number, word in enumerate(CRITICALITIES)}

Tree = dict[str, Any]


def take_claims_off(party: Tree) -> None:
    """Forget what was said of the person or the owner behind a party."""
    for claimed in CLAIMS:
        party.pop(claimed, None)


def stamp_party(party: Tree, known: Mapping[str, Any]) -> None:
    """Write who stands behind a party: `person` and `proof`, or a machine's `kind` and `owner`.

    Where the source has told its kind, that stays.
    """
    party.update({name: known[name] for name in CLAIMS if known.get(name) is not None})
    if known.get("kind") is not None and party.get("kind") in _UNKNOWN:
        party["kind"] = known["kind"]


def stamp_entitlement(entitlement: Tree, known: Mapping[str, Any]) -> None:
    """Write what is known of a right onto it: the higher risk of source and feed wins."""
    privileged, criticality = known.get("privileged"), known.get("criticality")
    if privileged is not None and not entitlement.get("privileged"):
        entitlement["privileged"] = privileged
    if criticality is not None:
        told = entitlement.get("criticality")
        # A word that is not on the scale can not be compared; the feed's can.
        if told is None or _RANK.get(told.lower(), -1) < _RANK[criticality]:
            entitlement["criticality"] = criticality
    for name in ("name", "type"):
        if known.get(name) is not None:
            entitlement.setdefault(name, known[name])
