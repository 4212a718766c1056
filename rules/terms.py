"""The terms of single rules: what policy can agree to, list or keep apart for one of them."""

from dataclasses import dataclass
from datetime import datetime, timedelta

from rules.errors import InvalidPolicyError


@dataclass(frozen=True, slots=True, kw_only=True)
class Bypass:
    """When an administrator may force a case past its review (APR-015)."""

    repair_accounts: tuple[str, ...] = ()
    """Accounts that may repair requests which are stuck."""
    repair_evidence: tuple[str, ...] = ()
    """Kinds of evidence on the bypass itself that document such a repair."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Given:
    """What may differ between what was approved and what was given (APR-011)."""

    standing_scopes: tuple[str, ...] = ()
    """Scopes that everybody has anyway, so that a grant which lists them gives no more."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Expiry:
    """How access ends that was given for a time."""

    grace: timedelta = timedelta(hours=1)
    """How long past its end the report that it was taken back may take (EXC-002)."""
    enforced_systems: tuple[str, ...] = ()
    """Systems in which a right ends by itself, so that nobody has to take it back."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Emergency:
    """What emergency access owes afterwards (EXC-003)."""

    review_within: timedelta = timedelta(hours=72)
    """Somebody else looks at it within this span; the default lives through a weekend."""
    drills: tuple[str, ...] = ("drill",)
    """Outcomes that mark an activation as an exercise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ExceptionTerms:
    """What an exception to the rules of access has to name (EXC-001)."""

    control_evidence: tuple[str, ...] = ("mitigating_control",)
    """Kinds of evidence that name a mitigating control."""
    permanent_evidence: tuple[str, ...] = ("regulation",)
    """Kinds of evidence that let an exception go without an end."""
    imported_from: tuple[str, ...] = ()
    """Sources that replay an older register, which told none of this."""
    renewals_max: int = 2
    """So often an exception for one person and right may be renewed, after it was first granted."""
    renewals_within: timedelta = timedelta(days=365)
    """In so long a time."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MachineRights:
    """Which machine accounts may hold powerful rights for good (NHI-003)."""

    bootstrap_accounts: tuple[str, ...] = ()
    """Accounts that the platform itself needs to start, each answered for elsewhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Environment:
    """Systems that belong together and apart from others: production, test (NHI-003)."""

    name: str
    systems: tuple[str, ...]
    """As entitlements name them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class KeptApart:
    """Two steps that one person may not both take, by our actions or a workflow's step names."""

    first: str
    second: str
    workflow: str | None = None
    """None: in every workflow."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MayApprove:
    """Who may approve. What is named of entitlement, workflow and stage says of which approvals."""

    accounts: tuple[str, ...] = ()
    persons: tuple[str, ...] = ()
    entitlement: str | None = None
    workflow: str | None = None
    stage: str | None = None

    def __post_init__(self) -> None:
        """A list of nobody would make every approval a breach."""
        if not (self.accounts or self.persons):
            raise InvalidPolicyError(
                key="may_approve", found="nobody", expected="accounts, persons or both"
            )


@dataclass(frozen=True, slots=True, kw_only=True)
class PreApproval:
    """A decision that people took once for many cases, which an automatic approval may cite."""

    id: str
    owner: str
    until: datetime
    entitlement: str | None = None
    """None: whatever the case is about."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bundle:
    """A right that consists of others: whoever approves it approves them."""

    entitlement: str
    holds: tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class EvidenceNeeded:
    """What rights of some types need, whatever their risk: evidence of one kind (EVD-002)."""

    types: tuple[str, ...]
    """Types of entitlement, as their sources name them."""
    kinds: tuple[str, ...]
    """Kinds of evidence of which one is enough."""

    def __post_init__(self) -> None:
        """Types or kinds that nobody names would ask for nothing."""
        for key in ("types", "kinds"):
            if not getattr(self, key):
                raise InvalidPolicyError(key=key, found="none", expected="at least one")


@dataclass(frozen=True, slots=True, kw_only=True)
class Route:
    """The steps of a workflow, in order, by our actions or by its own step names (EVD-003)."""

    id: str
    steps: tuple[str, ...]
    version: str | None = None
    """None: every version that has no route of its own."""
    optional: tuple[str, ...] = ()
    """Those of the steps that a branch may leave out."""
    ends_within: timedelta | None = None
    """A case that has not come to an end so long after it began has a hole. None: never."""

    def __post_init__(self) -> None:
        """A route without steps would ask for nothing."""
        if not self.steps:
            raise InvalidPolicyError(key="steps", found="none", expected="at least one step")
