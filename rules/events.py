"""One recorded step, already translated out of its vendor's words."""

from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from typing import NamedTuple

from rules.errors import InvalidEventError


class Action(StrEnum):
    """What happened, in the past tense. New words are added here and nowhere else."""

    # Enum's own is written in Python and is called for every look-up.
    __hash__ = str.__hash__

    REQUESTED = "requested"
    AMENDED = "amended"
    WITHDRAWN = "withdrawn"
    CANCELLED = "cancelled"
    EXPIRED = "expired"
    EVIDENCED = "evidenced"
    EVIDENCE_VIEWED = "evidence_viewed"
    ASSIGNED = "assigned"
    DELEGATED = "delegated"
    ESCALATED = "escalated"
    REASSIGNED = "reassigned"
    APPROVED = "approved"
    DENIED = "denied"
    AUTO_APPROVED = "auto_approved"
    DECIDED = "decided"
    """Somebody decided, and the source does not say what: a wait that ended, a task completed."""
    BYPASSED = "bypassed"
    PROVISIONED = "provisioned"
    PROVISION_FAILED = "provision_failed"
    REVOKED = "revoked"
    CHANGED_OUTSIDE = "changed_outside"
    CERTIFIED = "certified"
    REVIEWED = "reviewed"
    EXCEPTION_GRANTED = "exception_granted"
    EXCEPTION_ENDED = "exception_ended"
    EMERGENCY_ACTIVATED = "emergency_activated"
    EMERGENCY_ENDED = "emergency_ended"
    STEP_INVOKED = "step_invoked"
    STEP_RECORDED = "step_recorded"
    WORKFLOW_PUBLISHED = "workflow_published"
    WORKFLOW_APPROVED = "workflow_approved"
    EXTENSION_PUBLISHED = "extension_published"
    EXTENSION_TESTED = "extension_tested"
    EXTENSION_APPROVED = "extension_approved"
    CREDENTIAL_ISSUED = "credential_issued"
    CREDENTIAL_ROTATED = "credential_rotated"
    CREDENTIAL_REVOKED = "credential_revoked"
    OWNER_ASSIGNED = "owner_assigned"
    OWNER_LEFT = "owner_left"
    SOURCE_GAP = "source_gap"
    AUDIT_RECORD_REMOVED = "audit_record_removed"


class ActorKind(StrEnum):
    """What stands behind an account, as far as anyone has said."""

    # Enum's own is written in Python and is called for every look-up.
    __hash__ = str.__hash__

    HUMAN = "human"
    SERVICE = "service"
    AGENT = "agent"
    UNKNOWN = "unknown"


MACHINES = frozenset({ActorKind.SERVICE, ActorKind.AGENT})
"""The kinds that can not answer for a decision themselves."""

PERSONAL = frozenset(
    {
        Action.APPROVED,
        Action.DENIED,
        Action.AUTO_APPROVED,
        Action.BYPASSED,
        Action.CERTIFIED,
        Action.REVIEWED,
        Action.EXCEPTION_GRANTED,
    }
)
"""What counts as a decision of whoever did it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Party:
    """An account as one source names it, with what intake knew about it when the event occurred.

    `account` is comparable only with accounts of the same source and the same `namespace`
    (a source may use ids in one field and display names in another: then the latter carry a
    namespace). `person` and `proof` (how the link is known), and for machines `owner` (a
    person), are stamped at intake from the reference feeds; sources do not set them.
    """

    account: str
    kind: ActorKind = ActorKind.UNKNOWN
    namespace: str | None = None
    name: str | None = None
    person: str | None = None
    proof: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Entitlement:
    """The right that a case is about. `privileged` and `criticality` are None where nobody said."""

    id: str
    type: str | None = None
    name: str | None = None
    system: str | None = None
    privileged: bool | None = None
    criticality: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Evidence:
    """Something that backs a decision (a ticket, a document, a form); `digest` as told."""

    kind: str
    ref: str | None = None
    digest: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Workflow:
    """The definition a step belongs to, and who answers for that step's policy."""

    id: str
    version: str | None = None
    step: str | None = None
    owner: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A webhook, script or connector action; `invocation` pairs the two sides that tell of it."""

    invocation: str | None = None
    extension: str | None = None
    version: str | None = None
    digest: str | None = None
    destination: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Event:
    """One step of a decision path, as intake recorded it.

    `id` is unique within `source`. `sequence` is the source's own order (|n| < 2**53).
    `occurred_at` is the source's time, `observed_at` intake's; where a source tells no time, the
    two are the same moment. `case` is None only until the linker has found it through `links`.
    `assignee` is who was handed the work (assigned, delegated, escalated, reassigned).
    `scope` and `duration` (ISO 8601) are as asked, approved or given, by `action`.
    `raw` is the digest of the bytes the event was read from.
    """

    id: str
    source: str
    action: Action
    occurred_at: datetime
    actor: Party | None = None
    tenant: str | None = None
    case: str | None = None
    sequence: int | None = None
    observed_at: datetime | None = None
    links: tuple[str, ...] = ()
    on_behalf_of: Party | None = None
    beneficiary: Party | None = None
    assignee: Party | None = None
    stage: str | None = None
    entitlement: Entitlement | None = None
    scope: tuple[str, ...] = ()
    duration: str | None = None
    justification: str | None = None
    evidence: tuple[Evidence, ...] = ()
    workflow: Workflow | None = None
    step: Step | None = None
    outcome: str | None = None
    raw: str | None = None

    def __post_init__(self) -> None:
        """Refuse what no later step could repair: a time without a zone, an empty name."""
        if self.occurred_at.tzinfo is None:
            raise InvalidEventError(
                field="occurred_at",
                found=self.occurred_at.isoformat(),
                expected="a time with a zone",
            )
        if not self.id or not self.source:
            raise InvalidEventError(
                field="id" if not self.id else "source",
                found="",
                expected="a name that is not empty",
            )


UNLINKED_CASE = "unlinked:"
"""How a case is called, before its link, that exists only because nobody named it."""


class Sameness(StrEnum):
    """Whether two accounts are one person: yes by account, yes by a proven link, no, or unknown."""

    # Enum's own is written in Python and is called for every look-up.
    __hash__ = str.__hash__

    SAME_ACCOUNT = "same_account"
    SAME_PERSON = "same_person"
    DIFFERENT = "different"
    UNLINKED = "unlinked"
    """Two accounts of one system, and nobody has said who stands behind them."""
    INCOMPARABLE = "incomparable"
    """Accounts of two systems or name spaces that nobody has linked: the texts mean nothing."""


# Looking a member up by name is slow enough to show: these two are what nearly every call gives.
_SAME_ACCOUNT, _UNLINKED, _UNKNOWN = Sameness.SAME_ACCOUNT, Sameness.UNLINKED, ActorKind.UNKNOWN
UNKNOWN = frozenset({Sameness.UNLINKED, Sameness.INCOMPARABLE})


class Told(NamedTuple):
    """A party, with the event and the source that name it."""

    party: Party
    event: Event

    @property
    def source(self) -> str:
        """The system whose account this is."""
        return self.event.source


def sameness(one: Told, other: Told) -> Sameness:
    """Compare two parties the only ways that are valid.

    Account texts compare within one source and namespace; across them only persons do. Names and
    e-mail addresses never do. A machine and a human are different (whose machine it is, is
    another question).
    """
    a, b = one.party, other.party
    comparable = one.event.source == other.event.source and a.namespace == b.namespace
    if comparable and a.account == b.account:
        return _SAME_ACCOUNT
    if a.person is not None and b.person is not None:
        return Sameness.SAME_PERSON if a.person == b.person else Sameness.DIFFERENT
    kind, other_kind = a.kind, b.kind
    if (
        kind is not other_kind
        and (kind in MACHINES) != (other_kind in MACHINES)
        and _UNKNOWN not in (kind, other_kind)
    ):
        return Sameness.DIFFERENT
    return _UNLINKED if comparable else Sameness.INCOMPARABLE


def called(party: Party | None) -> str:
    """Name a party for a reader: what people call it, and the account that is compared."""
    if party is None:
        return "somebody who is not named"
    if party.name and party.name != party.account:
        return f"{party.name} ({party.account})"
    return party.account


def named(right: Entitlement) -> str:
    """Name a right for a reader: what people call it, and the system that it is in."""
    name = right.name or right.id
    return f"{name} ({right.system})" if right.system else name
