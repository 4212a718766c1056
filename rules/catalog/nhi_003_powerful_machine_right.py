"""What a machine may do that is powerful has an end, one environment, and a person's word."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, Event, Party, called
from rules.extent import ASKING, is_about
from rules.facts import is_privileged
from rules.finding import Severity
from rules.moot import unless_shown
from rules.rule import (
    Answer,
    AskAgain,
    Breach,
    CannotTell,
    CaseFile,
    Pattern,
    Scope,
    SetAside,
    groups_of,
    rule,
)
from rules.shown import FOR_MACHINE

_APPROVALS = frozenset({Action.APPROVED})
_TELLING = frozenset({*ASKING, *_APPROVALS, Action.PROVISIONED})
_TAKEN = (Action.REVOKED, Action.EXPIRED)


def across_environments(file: CaseFile) -> Iterator[Answer]:
    """Find grants after which a machine holds powerful rights in more than one environment."""
    held: dict[str, Event] = {}
    for fact in file.path.steps(Action.PROVISIONED, *_TAKEN):
        right = fact.entitlement
        if right is None or not is_privileged(right):
            continue
        if fact.action in _TAKEN:
            held.pop(right.id, None)
            continue
        here = file.policy.environment_of(right.system)
        others = [each for each in held.values() if _environment(file, each) != here]
        held[right.id] = fact
        if here is not None and others:
            yield _in_both(file, fact, others[-1])


def _environment(file: CaseFile, grant: Event) -> str | None:
    right = grant.entitlement
    return file.policy.environment_of(right.system) if right is not None else None


def _in_both(file: CaseFile, grant: Event, other: Event) -> Answer:
    machine = grant.beneficiary
    if machine is not None and machine.account in file.policy.machine_rights.bootstrap_accounts:
        return SetAside(f"policy lists {machine.account} as needed to start")
    return Breach(
        f"{called(machine)}, a machine, holds powerful rights in {_environment(file, other)} and "
        f"in {_environment(file, grant)}",
        evidence=(grant.id, other.id),
        parties=(machine, grant.actor),
        subject=f"environments\x1f{grant.source}\x1f{grant.id}",
        privileged=True,
    )


@rule(
    id="NHI-003",
    title="Powerful machine right with no end date or human decision",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "53 AC-6",
        "53 AC-6(5)",
        "53 AC-2(2)",
        "ISO A.8.2",
        "TSC CC6.3",
        "NHI NHI5:2025",
        "NHI NHI7:2025",
        "NHI NHI8:2025",
        "NHI NHI9:2025",
        "AI MAP 3.5",
    ),
    concerns=_TELLING,
    needs=(Action.PROVISIONED,),
    moot=unless_shown(FOR_MACHINE),
    patterns=(
        Pattern(scope=Scope.MACHINE, needs=groups_of(Action.PROVISIONED), ask=across_environments),
    ),
    version=2,
)
def powerful_machine_right(file: CaseFile) -> Iterator[Answer]:
    """A service account or agent got a privileged right for good, or nobody human agreed to it.

    Fires when: something privileged was given to a machine and neither the grant nor what was
    asked or approved tells an end; or, once every source of approvals has reported past the
    grant, no person had approved it; or, across cases, it was given while the machine held another
    in another of the environments that policy names (`environments`).

    Stays quiet when: nothing privileged is at stake, or a person gets it; policy lists the
    account as one that the platform needs to start (`machine_rights.bootstrap_accounts`), or the
    system as one in which rights end by themselves (`expiry.enforced_systems`); an exception is
    recorded. Where no source can tell an end, or policy names
    environments and nobody tells the right's system, the answer is: cannot tell.

    Withdrawn by: a person's approval, or an end, that is reported late.

    Next step: have the owner of the machine account say for what and how long it needs the right;
    give it again with an end.
    """
    if not file.path.privileged:
        return
    for grant in file.path.grants:
        machine = _receiver(file, grant)
        if machine is None:
            continue
        if machine.account in file.policy.machine_rights.bootstrap_accounts:
            yield SetAside(f"policy lists {machine.account} as needed to start")
            continue
        told = (
            _without_end(file, grant, machine),
            _undecided(file, grant, machine),
            _nowhere(file, grant),
        )
        for answer in told:
            if answer is not None:
                yield answer


def _receiver(file: CaseFile, grant: Event) -> Party | None:
    """Who gets the right, if it is a machine: as the grant says, else as the request does."""
    asked = [each.beneficiary for each in file.path.requests if is_about(each, grant)]
    told = [party for party in (grant.beneficiary, *asked) if party is not None]
    return told[0] if told and told[0].kind in MACHINES else None


def _nowhere(file: CaseFile, grant: Event) -> Answer | None:
    right = grant.entitlement
    if not file.policy.environments or right is None or right.system is not None:
        return None
    return CannotTell(f"{grant.source} does not say in which system {right.id} is")


def _without_end(file: CaseFile, grant: Event, machine: Party) -> Answer | None:
    telling = [
        each for each in file.path.events if each.action in _TELLING and is_about(each, grant)
    ]
    if any(each.duration for each in telling):
        return None
    aside = file.ends_by_itself(grant.entitlement)
    if aside:
        return SetAside(aside)
    if not any(file.tells(each.source, "duration") for each in telling):
        return CannotTell("no source of this case can say whether the right has an end")
    return Breach(
        f"{called(machine)}, a machine, got {file.path.what()} and no end of it is told",
        evidence=(grant.id,),
        parties=(machine, grant.actor),
        subject=f"end\x1f{grant.source}\x1f{grant.id}",
    )


def _undecided(file: CaseFile, grant: Event, machine: Party) -> Answer | None:
    until = grant.occurred_at + file.policy.approvals.clock_skew
    if any(
        each.actor is not None and each.actor.kind not in MACHINES and each.occurred_at <= until
        for each in file.path.approvals
    ):
        return None
    if not file.reached(until, _APPROVALS):
        return AskAgain(until, _APPROVALS)
    return Breach(
        f"{called(machine)}, a machine, got {file.path.what()} and no person had approved it",
        evidence=(grant.id,),
        parties=(machine, grant.actor),
        at=until,
        subject=f"decision\x1f{grant.source}\x1f{grant.id}",
    )
