"""The company's own IGA platform and its ticket desk: native events, on one stream."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from stream.demo.company import Person, Right
from stream.demo.feed import Feed, Lateness, told
from stream.demo.vendors.gateway import NOTIFY, Call
from stream.demo.words import ACCESSDESK, ROSTERS, TICKETS

STREAM = "native"
WORKFLOW = {"id": "wf-access", "version": "17", "owner": "team-access"}
JOINER = {"id": "wf-joiner", "version": "4", "owner": "team-people"}
_USUAL = Lateness(1, 24)


def person(who: Person, account: str | None = None) -> dict[str, Any]:
    """Name a person by their account at the access desk, or by another one of theirs."""
    return {"account": account or who.accounts[ACCESSDESK], "kind": "human", "name": who.name}


def machine(account: str) -> dict[str, Any]:
    """Name a machine: that it is one, the desk does not say."""
    return {"account": account}


class Desk:
    """One case at the access desk, as it tells it."""

    def __init__(self, feed: Feed, case: str, workflow: Mapping[str, str] = WORKFLOW) -> None:
        self._feed = feed
        self.case = case
        self._workflow = dict(workflow)
        self._count = 0

    def tell(self, action: str, at: datetime, **fields: Any) -> dict[str, Any]:
        """Tell a step; gives the payload, for whoever wants to send it differently again."""
        self._count += 1
        payload = {
            "specversion": "1.0",
            "id": f"{self.case}-{self._count}",
            "source": ACCESSDESK,
            "type": f"iga.{action}",
            "subject": self.case,
            "time": told(at),
            "data": {**fields, "workflow": self._workflow},
        }
        self.send(payload, at)
        return payload

    def send(self, payload: dict[str, Any], at: datetime) -> None:
        """Send a payload as it is."""
        self._feed.send(STREAM, payload, at, _USUAL)

    def call(
        self, at: datetime, call: Call, *links: str, extension: Mapping[str, str] = NOTIFY
    ) -> None:
        """Tell that the workflow called out; the execution is what the other side knows too.

        `links` are what else the call named, for whoever works on at the other side.
        """
        self.tell(
            "step_invoked",
            at,
            actor=machine("svc-workflow"),
            links=[f"execution:{call.execution}", *links],
            step={**extension, "invocation": call.invocation, "destination": call.url},
        )


def right_of(right: Right) -> dict[str, Any]:
    """Name a right; how risky it is, the reference file says."""
    return {"id": right.id, "type": "role", "name": right.name, "system": right.system}


def ticket(number: str) -> list[dict[str, Any]]:
    """Name a ticket as evidence."""
    return [{"kind": "ticket", "ref": number}]


class Tickets:
    """The ticket desk: it files the ticket that a decision rests on, whoever runs the case."""

    def __init__(self, feed: Feed) -> None:
        self._feed = feed

    def file(
        self,
        case: str,
        who: Person,
        number: str,
        at: datetime,
        *,
        reported: timedelta = timedelta(0),
    ) -> None:
        """File a ticket under a case. `reported`: how much later the desk tells of it."""
        payload = {**_filed(f"{number}-{case}", who, number, at), "subject": case}
        self._feed.send(STREAM, payload, at + reported, _USUAL)

    def file_alone(self, who: Person, number: str, at: datetime) -> None:
        """File a ticket under no case: all that it knows is its own number."""
        payload = _filed(f"{number}-alone", who, number, at)
        payload["data"]["links"] = [f"change:{number}"]
        self._feed.send(STREAM, payload, at, _USUAL)


def _filed(id: str, who: Person, number: str, at: datetime) -> dict[str, Any]:
    return {
        "specversion": "1.0",
        "id": id,
        "source": TICKETS,
        "type": "iga.evidenced",
        "time": told(at),
        "data": {"actor": person(who, who.accounts[TICKETS]), "evidence": ticket(number)},
    }


def entered(feed: Feed, at: datetime, whose: Person, right: Right, tracking: str) -> None:
    """Tell what the rosters' own system did; it knows a tracking number and its own accounts."""
    payload = {
        "specversion": "1.0",
        "id": f"roster-{tracking}",
        "source": ROSTERS,
        "type": "iga.provisioned",
        "time": told(at),
        "data": {
            "actor": machine("svc-roster-import"),
            "beneficiary": person(whose, whose.accounts[ROSTERS]),
            "entitlement": right_of(right),
            "links": [f"tracking:{tracking}"],
            "outcome": "ok",
        },
    }
    feed.send(STREAM, payload, at, _USUAL)


def change_outside(
    feed: Feed, at: datetime, by: dict[str, Any], whose: dict[str, Any], right: Right
) -> None:
    """Tell of a right that was changed at its system directly, as the desk's nightly compare."""
    payload = {
        "specversion": "1.0",
        "id": f"compare-{at:%H%M%S}-{whose['account']}",
        "source": ACCESSDESK,
        "type": "iga.changed_outside",
        "time": told(at),
        "data": {"actor": by, "beneficiary": whose, "entitlement": right_of(right)},
    }
    feed.send(STREAM, payload, at, _USUAL)
