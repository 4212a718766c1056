"""Entra: activations of directory roles, as the audit log of PIM tells them."""

from collections.abc import Mapping
from datetime import datetime
from types import MappingProxyType
from typing import Any

from stream.demo.chance import Chance
from stream.demo.company import Person, Right
from stream.demo.feed import Feed, Lateness, told
from stream.demo.words import DOMAIN, ENTRA

STREAM = "entra"
REQUESTED = "Add member to role requested (PIM activation)"
WAITING = "Add member to role approval requested (PIM activation)"
APPROVED = "Add member to role request approved (PIM activation)"
DENIED = "Add member to role request denied (PIM activation)"
COMPLETED = "Add member to role completed (PIM activation)"
ENDED = "Remove member from role (PIM activation expired)"
_EXPORTED = Lateness(120, 1_380)
"""The audit log is known for it: records come minutes later, and in no order."""


class Activation:
    """One activation of a role that somebody may activate."""

    def __init__(self, feed: Feed, chance: Chance, who: Person, right: Right) -> None:
        self._feed = feed
        self._chance = chance
        self.case = chance.guid()
        self._who = who
        self._right = right

    def tell(
        self,
        activity: str,
        at: datetime,
        by: Person | None = None,
        *,
        account: str | None = None,
        details: Mapping[str, str] = MappingProxyType({}),
    ) -> None:
        """Write one activity down. `by` (None: whoever activates) may use another account."""
        who = by or self._who
        user = {
            "id": account or who.accounts[ENTRA],
            "displayName": f"{who.name} (break glass)" if account else who.name,
            "userPrincipalName": f"{who.id}{'.bg' if account else ''}@{DOMAIN}",
        }
        more = [{"key": key, "value": value} for key, value in details.items()]
        payload = {
            "id": f"PIM_{self._chance.guid()}",
            "category": "RoleManagement",
            "correlationId": self._chance.guid(),
            "result": "success",
            "resultReason": "",
            "activityDisplayName": activity,
            "activityDateTime": told(at),
            "loggedByService": "PIM",
            "initiatedBy": {"user": user, "app": None},
            "targetResources": self._targets(),
            "additionalDetails": [{"key": "RoleAssignmentRequestId", "value": self.case}, *more],
        }
        self._feed.send(STREAM, payload, at, _EXPORTED)

    def _targets(self) -> list[dict[str, Any]]:
        """Name role and user; which comes first is up to Entra."""
        role = {"id": self._right.id, "type": "Role", "displayName": self._right.name}
        user = {
            "id": self._who.accounts[ENTRA],
            "type": "User",
            "displayName": self._who.name,
            "userPrincipalName": f"{self._who.id}@{DOMAIN}",
        }
        return [user, role] if self._chance.happens(50) else [role, user]
