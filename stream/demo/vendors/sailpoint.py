"""SailPoint: triggers without a time of their own, and the activity that joins them."""

from datetime import datetime
from typing import Any

from stream.demo.chance import Chance
from stream.demo.company import Person, Right
from stream.demo.feed import Feed, Lateness, told
from stream.demo.words import SAILPOINT

STREAM = "sailpoint"
_WEBHOOK = Lateness(0, 1)
_POLLED = Lateness(60, 420)


def identity(who: Person) -> dict[str, Any]:
    """Name a person as triggers do."""
    return {"type": "IDENTITY", "id": who.accounts[SAILPOINT], "name": who.name}


class Request:
    """One access request: who asked for what for whom, and what became of it."""

    def __init__(
        self, feed: Feed, chance: Chance, *, asks: Person, gets: Person, right: Right
    ) -> None:
        self._feed = feed
        self.case = f"2c9180{chance.hex(26)}"
        self.tracking = chance.hex(32)
        self._asks = identity(asks)
        self._gets = identity(gets)
        self._right = right

    def submitted(self, at: datetime, reason: str) -> None:
        """Access Request Submitted, and the account activity that search gives a little later."""
        self._trigger({**self._named(), "requestedItems": [self._item(reason)]}, at)
        activity = {
            "_type": "accountactivity",
            "type": "accountactivity",
            "id": self.case,
            "action": "Access Request",
            "created": told(at),
            "trackingNumber": self.tracking,
            "requester": self._asks,
            "recipient": self._gets,
            "sources": self._right.system,
        }
        self._feed.send(STREAM, activity, at, _POLLED)

    def decided(self, at: datetime, reason: str, *by: Person, decision: str = "APPROVED") -> None:
        """Access Request Decision, with what each of the deciders said."""
        status = {
            **self._item(reason),
            "approvalInfo": [
                {
                    "approvalComment": None,
                    "approvalDecision": decision,
                    "approverName": each.name,
                    "approver": identity(each),
                }
                for each in by
            ],
        }
        self._trigger({**self._named(), "requestedItemsStatus": [status]}, at)

    def provisioned(self, at: datetime) -> None:
        """Provisioning Completed: it knows the tracking number and not the request."""
        change = {
            "attributeName": "memberOf",
            "attributeValue": self._right.name,
            "operation": "Add",
        }
        account = {
            "source": {"type": "SOURCE", "id": self._right.system, "name": self._right.system},
            "accountId": self._gets["name"],
            "accountOperation": "Modify",
            "provisioningResult": "SUCCESS",
            "provisioningTarget": self._right.system,
            "ticketId": None,
            "attributeRequests": [change],
        }
        payload = {
            "trackingNumber": self.tracking,
            "sources": self._right.system,
            "action": "Access Request",
            "errors": [],
            "warnings": [],
            "recipient": self._gets,
            "requester": self._asks,
            "accountRequests": [account],
        }
        self._trigger(payload, at)

    def _named(self) -> dict[str, Any]:
        return {
            "accessRequestId": self.case,
            "requestedBy": self._asks,
            "requestedFor": [self._gets],
        }

    def _item(self, reason: str) -> dict[str, Any]:
        return {
            "id": self._right.id,
            "name": self._right.name,
            "description": None,
            "type": "ACCESS_PROFILE",
            "operation": "Add",
            "comment": reason,
        }

    def _trigger(self, payload: dict[str, Any], at: datetime) -> None:
        self._feed.send(STREAM, payload, at, _WEBHOOK)


def native_change(feed: Feed, chance: Chance, at: datetime, whose: Person, right: Right) -> None:
    """Native Change Account Updated: a right appeared at the target, and nobody says who did it."""
    added = {"id": right.id, "name": right.name, "value": right.name, "owner": None}
    payload = {
        "eventType": "ACCOUNT_UPDATED",
        "identity": identity(whose),
        "source": {"type": "SOURCE", "id": right.system, "name": right.system},
        "account": {"id": chance.hex(32), "type": "ACCOUNT", "name": whose.id},
        "accountChangeTypes": ["ENTITLEMENTS_ADDED"],
        "entitlementChanges": [{"attributeName": "memberOf", "added": [added], "removed": []}],
    }
    feed.send(STREAM, payload, at, _WEBHOOK)
