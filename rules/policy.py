"""What is asked of whom: the knobs of judgement, versioned, as one frozen value.

Every span is a `timedelta`. The document that people write, its units and its reasons are in
`deploy/policy.example.toml`; `stream.policy_file` reads it.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from enum import StrEnum

from rules.calendar import Calendar
from rules.errors import InvalidPolicyError
from rules.pattern_terms import (
    Changes,
    Conflict,
    Extensions,
    Flow,
    Haste,
    MachineOwners,
    Maintenance,
    Reciprocity,
    Rights,
    Secrets,
    StaticRoute,
    Windows,
)
from rules.terms import (
    Bundle,
    Bypass,
    Emergency,
    Environment,
    EvidenceNeeded,
    ExceptionTerms,
    Expiry,
    Given,
    KeptApart,
    MachineRights,
    MayApprove,
    PreApproval,
    Route,
)

_SINCE_EVER = datetime.min.replace(tzinfo=UTC)


class Demand(StrEnum):
    """On which entitlements something is demanded."""

    ALL = "all"
    PRIVILEGED = "privileged"
    NONE = "none"


class Progress(StrEnum):
    """How it is known up to when a source has reported."""

    CLOCK = "clock"
    """Intake's clock less the declared delay, once everything waiting has been read."""
    TOLD = "told"
    """The source says so itself (`iga.tick`); nobody guesses."""
    EVENTS = "events"
    """The latest time among its events less the declared delay (files, backfills)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Approvals:
    """How many different people must approve, and when access may follow."""

    quorum: int = 1
    quorum_privileged: int = 1
    grace: timedelta = timedelta(minutes=15)
    """How long after access was given its approval may still turn up (APR-008)."""
    clock_skew: timedelta = timedelta(seconds=30)
    """By how much the clocks of two systems may disagree (APR-007, APR-009)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidencePolicy:
    """What must back a decision, and by when."""

    reason_for: Demand = Demand.ALL
    reason_length_min: int = 3
    """A justification shorter than this, in characters, is none."""
    template_reasons: tuple[str, ...] = ("n/a", "na", "none", "test", "access needed")
    """Texts that say nothing; compared without case, outer blanks and full stops."""
    reason_grace: timedelta = timedelta(minutes=2)
    due_for: Demand = Demand.ALL
    due_within: timedelta = timedelta(hours=1)
    """Evidence is due this long after the approval."""
    grace: timedelta = timedelta(0)
    """How long past its due time evidence is still waited for before it is called missing."""
    spared_types: tuple[str, ...] = ()
    """Types of entitlement that need neither reason nor evidence, unless they are privileged."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Webhooks:
    """What both sides of a callout owe each other."""

    pair_within: timedelta = timedelta(minutes=15)
    ignored_destinations: tuple[str, ...] = ()
    """Beginnings of destinations whose calls need no workflow: health checks and the like."""
    linking_grace: timedelta = timedelta(minutes=15)
    """How long an event that names no case waits for somebody to name it."""
    reused_links: tuple[str, ...] = ("execution", "n8n-execution")
    """Kinds of ids (what stands before the colon) that count up and may begin again at one."""
    reused_after: timedelta = timedelta(days=3)
    """Such an id that has not been heard of for so long is another one when it comes again."""
    allowed_destinations: tuple[str, ...] = ()
    """Where calls may go, as beginnings that end with a part of the address. None: anywhere."""
    unsigned_destinations: tuple[str, ...] = ()
    """Places that are known to sign nothing; written as the allowed ones are (WHK-003)."""
    sandbox_tenants: tuple[str, ...] = ()
    """Tenants in which workflows are tried out, so that where they call is nobody's loss."""


@dataclass(frozen=True, slots=True, kw_only=True)
class OutsideChanges:
    """Access changed at the target."""

    grace: timedelta = timedelta(hours=1)
    """How long a manual change may wait for its ticket (WHK-002)."""
    sanctioned_actors: tuple[str, ...] = ()
    """Accounts whose direct changes are known and answered for (HR feed, vendor maintenance)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Ownership:
    """Whose automated steps somebody has to answer for (OWN-001)."""

    owner_for: Demand = Demand.ALL
    vendor_steps: tuple[str, ...] = ()
    """Workflows, steps of them or extensions that their vendor answers for."""
    replace_within: timedelta = timedelta(days=14)
    """How long after a workflow's owner left a new one may be named."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SelfService:
    """Entitlements that people may give themselves."""

    entitlements: tuple[str, ...] = ()
    criticalities: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Exemption:
    """A recorded exception to one rule, for one person, entitlement or workflow, until a day."""

    rule: str
    reason: str
    owner: str
    until: datetime
    person: str | None = None
    account: str | None = None
    entitlement: str | None = None
    workflow: str | None = None
    mitigating_control: str | None = None
    """What stands in for the control meanwhile."""

    def __post_init__(self) -> None:
        """An exception that names nobody and nothing would switch the rule off."""
        if not (self.person or self.account or self.entitlement or self.workflow):
            raise InvalidPolicyError(
                key="exceptions",
                found=f"an exception to {self.rule} for everybody",
                expected="one of person, account, entitlement, workflow",
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class SourcePolicy:
    """What is expected of one source."""

    name: str
    connector: str | None = None
    progress: Progress | None = None
    """None: told as soon as the source tells, the clock until then."""
    delay: timedelta | None = None
    """None: as the connector declares."""
    silent_after: timedelta | None = None
    """Unheard for so long, the source no longer counts as having reported. None: never."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Policy:
    """One version of the policy document.

    `version` is its author's name for it; findings carry it. `in_force_from` is the moment from
    which cases that open are judged by it (None: since ever).
    """

    version: str = "built-in-1"
    owner: str | None = None
    author: str | None = None
    """The account of whoever wrote this version."""
    approved_by: str | None = None
    """The account of whoever approved it."""
    in_force_from: datetime | None = None
    approvals: Approvals = field(default_factory=Approvals)
    evidence: EvidencePolicy = field(default_factory=EvidencePolicy)
    evidence_needed: tuple[EvidenceNeeded, ...] = ()
    webhooks: Webhooks = field(default_factory=Webhooks)
    outside: OutsideChanges = field(default_factory=OutsideChanges)
    self_service: SelfService = field(default_factory=SelfService)
    birthright_entitlements: tuple[str, ...] = ()
    birthright_workflows: tuple[str, ...] = ()
    known_automation: tuple[str, ...] = ()
    """Machine accounts whose approvals are sanctioned (APR-005, APR-014)."""
    human_decision_for: Demand = Demand.ALL
    """On which entitlements a person has to decide (APR-014)."""
    pre_approvals: tuple[PreApproval, ...] = ()
    bypass: Bypass = field(default_factory=Bypass)
    given: Given = field(default_factory=Given)
    bundles: tuple[Bundle, ...] = ()
    keep_apart: tuple[KeptApart, ...] = (
        KeptApart(first="requested", second="certified"),
        KeptApart(first="approved", second="certified"),
        KeptApart(first="provisioned", second="certified"),
    )
    """Steps of one case that one person may not both take (SOD-001)."""
    may_approve: tuple[MayApprove, ...] = ()
    """Who may approve what. Where it is empty nobody has said, and nothing is asked (APR-006)."""
    workflows: tuple[Route, ...] = ()
    expiry: Expiry = field(default_factory=Expiry)
    emergency: Emergency = field(default_factory=Emergency)
    exception_terms: ExceptionTerms = field(default_factory=ExceptionTerms)
    ownership: Ownership = field(default_factory=Ownership)
    machine_rights: MachineRights = field(default_factory=MachineRights)
    environments: tuple[Environment, ...] = ()
    """Which systems are whose production, whose test. None: nothing is asked."""
    patterns: Windows = field(default_factory=Windows)
    reciprocity: Reciprocity = field(default_factory=Reciprocity)
    haste: Haste = field(default_factory=Haste)
    static_route: StaticRoute = field(default_factory=StaticRoute)
    conflicts: tuple[Conflict, ...] = ()
    """Rights that one person may not hold together (SOD-002). None: nothing is asked."""
    rights: Rights = field(default_factory=Rights)
    extensions: Extensions = field(default_factory=Extensions)
    machine_owners: MachineOwners = field(default_factory=MachineOwners)
    secrets: Secrets = field(default_factory=Secrets)
    changes: Changes = field(default_factory=Changes)
    flow: Flow = field(default_factory=Flow)
    maintenance: tuple[Maintenance, ...] = ()
    exceptions: tuple[Exemption, ...] = ()
    calendar: Calendar = field(default_factory=Calendar)
    shadow: tuple[str, ...] = ()
    """Rules that are asked and counted, and whose findings nobody is told of."""
    link_proofs: tuple[str, ...] = ("declared", "hr", "sso", "verified")
    """Kinds of proof that make two accounts one person. E-mail or name equality never does."""
    silence_patience: timedelta = timedelta(hours=1)
    """How long past a deadline a silent source is waited for before the answer is cannot tell."""
    settle_after: timedelta = timedelta(hours=24)
    """A case without news for so long is settled: its findings are confirmed."""
    keep_closed_cases: timedelta | None = None
    """How long the archive keeps a settled case after its last step; None: for good."""
    sources: tuple[SourcePolicy, ...] = ()

    @property
    def watched(self) -> frozenset[str]:
        """The rights of which it matters who else holds them, by id."""
        return frozenset(r for each in self.conflicts for r in (each.first, each.second))

    def watches(self, right: str) -> bool:
        """Whether it matters who holds a right."""
        return bool(self.conflicts) and right in self.watched

    def environment_of(self, system: str | None) -> str | None:
        """Name the environment that a system belongs to, if anybody has said so."""
        return next((each.name for each in self.environments if system in each.systems), None)

    def source(self, name: str) -> SourcePolicy:
        """What is expected of `name`; the defaults where the policy does not mention it."""
        for source in self.sources:
            if source.name == name:
                return source
        return SourcePolicy(name=name)


def with_version(policies: Sequence[Policy], policy: Policy) -> list[Policy]:
    """Put a version in force: one that holds since ever leaves nothing of those before it."""
    return [policy] if policy.in_force_from is None else [*policies, policy]


def policy_at(policies: Sequence[Policy], opened: datetime) -> Policy:
    """The version by which a case that opened then is judged; `policies` as they were recorded."""
    if len(policies) == 1:
        return policies[0]
    in_force = [
        policy
        for policy in reversed(policies)
        if policy.in_force_from is None or policy.in_force_from <= opened
    ]
    # Of two from one moment on, the one that was recorded last, which is here the first.
    return max(in_force, key=_in_force_from, default=policies[0])


def _in_force_from(policy: Policy) -> datetime:
    return policy.in_force_from or _SINCE_EVER
