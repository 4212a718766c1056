"""What the events of a case tell of the entities behind it: persons, workflows, machines.

A fact is an event as its case has it: with who asked, the workflow and the right filled in where
the event itself does not name them. Which entities it is told to follows from nothing else.

| told to | what | of which events |
|---|---|---|
| a workflow (or the source, where none is named) | decisions | approved, auto_approved |
| a workflow | its versions, and who approved them | workflow_published, workflow_approved |
| a person | what they decided | approved |
| a person | what they hold of what policy watches | provisioned, revoked, expired |
| a person | the exceptions they were granted | exception_granted |
| an extension | its versions, their tests and approvals, which ran | extension_…, step_invoked |
| a machine account | its secrets and owners | credential_…, owner_… |
| a workflow | its owners | owner_… that name a workflow and no account |
| a machine account | what it holds in the environments of policy | provisioned, revoked, expired |
| a source | what it says it has lost | source_gap |
"""

from collections.abc import Callable, Iterable, Iterator
from typing import Any, NamedTuple

from rules.canary import is_canary
from rules.events import MACHINES, Action, Entitlement, Event, Party, Told, Workflow
from rules.path import HIGH_CRITICALITIES, Whole
from rules.policy import Policy
from rules.rule import Scope

DECIDING = frozenset({Action.APPROVED, Action.AUTO_APPROVED})
PASSING = frozenset({*DECIDING, Action.STEP_INVOKED})
"""Facts of which there are ever more: they are kept for a while. The others stand."""
_HOLDING = frozenset({Action.PROVISIONED, Action.REVOKED, Action.EXPIRED})
_VERSIONS = frozenset({Action.WORKFLOW_PUBLISHED, Action.WORKFLOW_APPROVED})
EXTENDING = frozenset(
    {Action.EXTENSION_PUBLISHED, Action.EXTENSION_TESTED, Action.EXTENSION_APPROVED}
)
_STAKED = DECIDING | _HOLDING | {Action.STEP_INVOKED}
SECRETS = frozenset(
    {Action.CREDENTIAL_ISSUED, Action.CREDENTIAL_ROTATED, Action.CREDENTIAL_REVOKED}
)
OWNING = frozenset({Action.OWNER_ASSIGNED, Action.OWNER_LEFT})


class Stake(NamedTuple):
    """What a case as a whole adds to the facts of its events."""

    workflow: str | None
    asker: Told | None
    """For whom access is asked, or who asks: whose request it is."""
    entitlement: Entitlement | None


Place = tuple[Scope, str]
"""An entity of a tenant, by its kind and name."""


def stake_of(case: Whole) -> Stake:
    """Say what a case adds to its facts."""
    askers = case.beneficiaries or case.requesters
    return Stake(case.workflow, askers[0] if askers else None, _at_stake(case.entitlements))


def _at_stake(rights: tuple[Entitlement, ...]) -> Entitlement | None:
    for right in rights:
        if is_privileged(right):
            return right
    return rights[0] if rights else None


def is_privileged(right: Entitlement | None) -> bool:
    """Whether somebody has said that a right is privileged or highly critical."""
    return right is not None and (bool(right.privileged) or right.criticality in HIGH_CRITICALITIES)


def name_of_person(party: Party, source: str) -> str:
    """Name who acts: by the person, else by the account and where it means anything."""
    if party.person is not None:
        return party.person
    account = f"{party.namespace}:{party.account}" if party.namespace else party.account
    return f"{account} at {source}"


def asker_of(fact: Event) -> str | None:
    """Name whose request a decision is about, as far as that compares with who decides."""
    party = fact.beneficiary
    return None if party is None else name_of_person(party, fact.source)


def comparable_asker(event: Event, stake: Stake) -> Party | None:
    """Give whose request it is, unless that is an account of another system that nobody linked."""
    if event.beneficiary is not None:
        return event.beneficiary
    asker = stake.asker
    if asker is None or (asker.source != event.source and asker.party.person is None):
        return None
    return asker.party


def may_be_told(event: Event, policy: Policy) -> bool:
    """Whether anybody may be told of an event, seen before what is at stake is looked up."""
    action = event.action
    if action is Action.STEP_INVOKED:
        step = event.step
        return step is not None and bool(step.version or step.digest)
    if action in _HOLDING:
        return bool(policy.conflicts or policy.environments)
    return action in TELLING


def told_to(event: Event, stake: Stake, policy: Policy) -> Iterable[Place]:
    """Give everybody to whom one event of a case is told, filled in; of the canary's nobody is."""
    teller = _TELLERS.get(event.action)
    if teller is None or is_canary(event.tenant):
        return ()
    return teller(event, stake, policy)


def depends_on_stake(event: Event) -> bool:
    """Whether a fact changes when more becomes known of its case."""
    return event.action in _STAKED


def filled_in(event: Event, stake: Stake) -> dict[str, Any]:
    """Give what the case knows and the event does not say, by field."""
    more: dict[str, Any] = {}
    right = stake.entitlement
    # Of what is decided or run it matters whether it is privileged; of what is held, what it is.
    if event.entitlement is None and (is_privileged(right) or event.action in _HOLDING):
        more["entitlement"] = right
    if event.action is Action.STEP_INVOKED:
        return more
    if event.beneficiary is None:
        asker = comparable_asker(event, stake)
        if asker is not None:
            more["beneficiary"] = asker
    if event.workflow is None and stake.workflow is not None:
        more["workflow"] = Workflow(id=stake.workflow)
    return more


_Teller = Callable[[Event, Stake, Policy], Iterable[Place]]


def _decided(event: Event, stake: Stake, _policy: Policy) -> Iterator[Place]:
    workflow = event.workflow.id if event.workflow is not None else stake.workflow
    yield Scope.WORKFLOW, workflow or event.source
    actor = event.actor
    if event.action is Action.APPROVED and actor is not None and actor.kind not in MACHINES:
        yield Scope.PERSON, name_of_person(actor, event.source)


def _held(event: Event, stake: Stake, policy: Policy) -> Iterator[Place]:
    right = event.entitlement or stake.entitlement
    if right is None or not (policy.watches(right.id) or policy.environment_of(right.system)):
        return
    party = comparable_asker(event, stake)
    if party is None:
        return
    if party.kind not in MACHINES:
        if policy.watches(right.id):
            yield Scope.PERSON, name_of_person(party, event.source)
    elif policy.environment_of(right.system):
        yield Scope.MACHINE, name_of_machine(party, event.source)


def _versioned(event: Event, _stake: Stake, _policy: Policy) -> Iterator[Place]:
    if event.workflow is not None:
        yield Scope.WORKFLOW, event.workflow.id


def _extended(event: Event, _stake: Stake, _policy: Policy) -> Iterator[Place]:
    step = event.step
    if step is None or not step.extension:
        return
    if step.version or step.digest:
        yield Scope.EXTENSION, step.extension


def _excepted(event: Event, _stake: Stake, _policy: Policy) -> Iterator[Place]:
    if event.beneficiary is not None:
        yield Scope.PERSON, name_of_person(event.beneficiary, event.source)


def _of_a_machine(event: Event, _stake: Stake, _policy: Policy) -> Iterator[Place]:
    if event.beneficiary is not None:
        yield Scope.MACHINE, name_of_machine(event.beneficiary, event.source)


def _owned(event: Event, stake: Stake, policy: Policy) -> Iterator[Place]:
    if event.beneficiary is None and event.workflow is not None:
        yield Scope.WORKFLOW, event.workflow.id
    yield from _of_a_machine(event, stake, policy)


def name_of_machine(party: Party, source: str) -> str:
    """Name a machine account: it is its own, whoever owns it."""
    account = f"{party.namespace}:{party.account}" if party.namespace else party.account
    return f"{account} at {source}"


def _lost(event: Event, _stake: Stake, _policy: Policy) -> Iterator[Place]:
    yield Scope.SOURCE, event.source


_TELLERS: dict[Action, _Teller] = {
    **dict.fromkeys(DECIDING, _decided),
    **dict.fromkeys(_HOLDING, _held),
    **dict.fromkeys(_VERSIONS, _versioned),
    **dict.fromkeys({*EXTENDING, Action.STEP_INVOKED}, _extended),
    **dict.fromkeys(SECRETS, _of_a_machine),
    **dict.fromkeys(OWNING, _owned),
    Action.EXCEPTION_GRANTED: _excepted,
    Action.SOURCE_GAP: _lost,
}
TELLING = frozenset(_TELLERS)
"""Actions that tell anything to an entity."""
