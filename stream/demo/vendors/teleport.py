"""Teleport: an access request's audit events, of which only the first names people and roles."""

from datetime import datetime, timedelta
from typing import Any

from stream.demo.chance import Chance
from stream.demo.company import Person, Right
from stream.demo.feed import Feed, Lateness, told
from stream.demo.words import TELEPORT

STREAM = "teleport"
CLUSTER = "skerrow-prod"
LASTS = timedelta(hours=2)
_SHIPPED = Lateness(2, 95)


class Request:
    """One access request."""

    def __init__(self, feed: Feed, chance: Chance, who: Person, right: Right) -> None:
        self._feed = feed
        self._chance = chance
        self.case = chance.guid()
        self._user = who.accounts[TELEPORT]
        self._role = right.id

    def created(self, at: datetime, reason: str) -> None:
        """Somebody asks for a role, for a while."""
        self._send(
            "access_request.create",
            "T5000I",
            at,
            id=self.case,
            user=self._user,
            user_kind=1,
            roles=[self._role],
            resource_ids=[],
            reason=reason,
            state="PENDING",
            max_duration=told(at + LASTS),
            expires="0001-01-01T00:00:00Z",
        )

    def reviewed(self, at: datetime, by: Person, *, decision: str = "APPROVED") -> None:
        """Somebody reviews it: neither who asked nor for what is told again."""
        self._send(
            "access_request.review",
            "T5002I",
            at,
            id=self.case,
            user="",
            roles=[],
            reviewer=by.accounts[TELEPORT],
            proposed_state=decision,
            state=decision,
            reason="",
        )

    def set_by_hand(self, at: datetime, by: Person) -> None:
        """Somebody sets the state with `tctl`, so that no review takes place."""
        self._send(
            "access_request.update",
            "T5001I",
            at,
            id=self.case,
            user="",
            state="APPROVED",
            updated_by=by.accounts[TELEPORT],
            reason="",
        )

    def granted(self, at: datetime) -> None:
        """A certificate with the role is issued."""
        identity = {
            "user": self._user,
            "roles": [self._role],
            "access_requests": [self.case],
            "expires": told(at + LASTS),
        }
        self._send("cert.create", "TC000I", at, cert_type="user", identity=identity)

    def expired(self, at: datetime) -> None:
        """The time for which it was asked is over."""
        self._send("access_request.expire", "T5005I", at, id=self.case)

    def _send(self, event: str, code: str, at: datetime, **fields: Any) -> None:
        payload = {
            "cluster_name": CLUSTER,
            "code": code,
            "ei": 0,
            "event": event,
            "time": told(at),
            "uid": self._chance.guid(),
            **fields,
        }
        self._feed.send(STREAM, payload, at, _SHIPPED)
