"""Event triggers about certifications, changes outside governance and machine identities."""

from collections.abc import Mapping

from rules.events import ActorKind
from stream.connectors.sailpoint.parties import identity
from stream.connectors.table import (
    Form,
    Term,
    constant,
    entitlement,
    first,
    has,
    if_known,
    is_told,
    name,
    needed,
    part,
    party,
    reach,
    text,
    utc_time,
)

CHANGED = frozenset({"ACCOUNT_CREATED", "ACCOUNT_UPDATED", "ACCOUNT_DELETED"})
CERTIFICATION_WORD, CAMPAIGN_WORD = "certification", "campaign"

_CERTIFICATION: Mapping[str, Term] = {
    "case": needed(name("certification.id")),
    "workflow": part("id", id=text("certification.campaignRef.id"), step=constant("certification")),
}
REASSIGNED = Form(
    # Who moved the work is not told, and when neither.
    title="Certification Signed Off: an earlier reassignment",
    recognised_by="certification.reassignment",
    words=frozenset({CERTIFICATION_WORD}),
    fits=lambda record: bool(reach(record, ("certification", "reassignment", "from", "reviewer"))),
    rows={
        **_CERTIFICATION,
        "action": constant("reassigned"),
        "on_behalf_of": identity("certification.reassignment.from.reviewer"),
        "assignee": identity("certification.reviewer"),
        "justification": text("certification.reassignment.comment"),
    },
)
SIGNED_OFF = Form(
    title="Certification Signed Off",
    recognised_by="certification",
    words=frozenset({CERTIFICATION_WORD}),
    fits=is_told("certification.phase", "SIGNED"),
    rows={
        **_CERTIFICATION,
        "action": constant("certified"),
        "occurred_at": utc_time("certification.signed"),
        "actor": identity("certification.reviewer"),
        "outcome": text("certification.phase"),
    },
)
_CAMPAIGN: Mapping[str, Term] = {
    "case": needed(name("campaign.id")),
    "workflow": part("id", id=text("campaign.id"), step=constant("campaign")),
    "outcome": text("campaign.status"),
}
# A campaign that is only generated (STAGED) asks nobody for anything yet.
CAMPAIGN_ACTIVATED = Form(
    title="Campaign Activated",
    recognised_by="campaign.status ACTIVE",
    words=frozenset({CAMPAIGN_WORD}),
    fits=is_told("campaign.status", "ACTIVE"),
    rows={
        **_CAMPAIGN,
        "action": constant("assigned"),
        "assignee": identity("campaign.campaignOwner"),
    },
)
CAMPAIGN_ENDED = Form(
    title="Campaign Ended",
    recognised_by="campaign.status COMPLETED",
    words=frozenset({CAMPAIGN_WORD}),
    fits=is_told("campaign.status", "COMPLETED"),
    rows={**_CAMPAIGN, "action": constant("reviewed")},
)

_OUTSIDE: Mapping[str, Term] = {
    "action": constant("changed_outside"),
    "beneficiary": first(
        identity("identity"),
        # An account that nobody is known to own.
        party(text("account.id"), namespace=constant("account"), name=text("account.name")),
    ),
}


def _rights_changed(way: str) -> Form:
    return Form(
        title=f"Native Change Account Created, Updated, Deleted: rights {way}",
        recognised_by="eventType ACCOUNT_CREATED, _UPDATED, _DELETED and account",
        words=CHANGED,
        fits=has("account"),
        each=(("change", "entitlementChanges"), ("right", f"change.{way}")),
        rows={
            **_OUTSIDE,
            "entitlement": needed(
                entitlement(
                    text("right.id", "right.value"),
                    type=text("change.attributeName"),
                    name=text("right.name"),
                    system=text("source.name"),
                )
            ),
            "outcome": constant(way),
        },
    )


ACCOUNT_CHANGED = Form(
    title="Native Change Account Created, Updated, Deleted: no rights changed",
    recognised_by="eventType ACCOUNT_CREATED, _UPDATED, _DELETED and account",
    words=CHANGED,
    fits=lambda record: "account" in record and not record.get("entitlementChanges"),
    rows={
        **_OUTSIDE,
        "entitlement": entitlement(
            text("account.id"),
            type=constant("account"),
            name=text("account.name"),
            system=text("source.name"),
        ),
        "outcome": text("eventType"),
    },
)

_MACHINE = party(
    text("machineIdentity.id"),
    kind=first(
        if_known("machineIdentity.subtype", {"AI Agent": ActorKind.AGENT.value}),
        constant(ActorKind.SERVICE.value),
    ),
    name=text("machineIdentity.name"),
)
_ITSELF = entitlement(
    text("machineIdentity.id"),
    type=constant("machine_identity"),
    name=text("machineIdentity.name"),
    system=text("machineIdentity.source.name"),
)


def _machine(event: str, title: str, rows: Mapping[str, Term], *each: tuple[str, str]) -> Form:
    return Form(
        title=f"Machine Identity {title}",
        recognised_by=f"eventType {event}",
        words=frozenset({event}),
        each=each,
        rows={"beneficiary": needed(_MACHINE), **rows},
    )


def _owner(action: str) -> Mapping[str, Term]:
    """The machine is the beneficiary, its owner the assignee."""
    return {"action": constant(action), "assignee": needed(identity("owner"))}


def _right(action: str) -> Mapping[str, Term]:
    return {
        "action": constant(action),
        "entitlement": needed(
            entitlement(
                text("right.entitlementId"),
                name=text("right.displayName"),
                system=text("right.source.name"),
            )
        ),
    }


MACHINES = (
    _machine(
        "MACHINE_IDENTITY_CREATED",
        "Created",
        {"action": constant("provisioned"), "entitlement": _ITSELF},
    ),
    _machine(
        "MACHINE_IDENTITY_CREATED",
        "Created: its owners",
        _owner("owner_assigned"),
        ("owner", "machineIdentity.owners"),
    ),
    _machine(
        "MACHINE_IDENTITY_UPDATED",
        "Updated: owners added",
        _owner("owner_assigned"),
        ("owner", "ownerChanges.added"),
    ),
    _machine(
        "MACHINE_IDENTITY_UPDATED",
        "Updated: owners removed",
        _owner("owner_left"),
        ("owner", "ownerChanges.removed"),
    ),
    _machine(
        "MACHINE_IDENTITY_UPDATED",
        "Updated: rights added",
        _right("provisioned"),
        ("right", "userEntitlementChanges.added"),
    ),
    _machine(
        "MACHINE_IDENTITY_UPDATED",
        "Updated: rights removed",
        _right("revoked"),
        ("right", "userEntitlementChanges.removed"),
    ),
    _machine(
        "MACHINE_IDENTITY_DELETED",
        "Deleted",
        {"action": constant("revoked"), "entitlement": _ITSELF},
    ),
)

FORMS = (
    REASSIGNED,
    SIGNED_OFF,
    CAMPAIGN_ACTIVATED,
    CAMPAIGN_ENDED,
    _rights_changed("added"),
    _rights_changed("removed"),
    ACCOUNT_CHANGED,
    *MACHINES,
)
