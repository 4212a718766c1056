"""Somebody who is there answers for every machine account."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, Event, Party, called
from rules.extent import ASKING, is_about
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

_ASSIGNED = frozenset({Action.OWNER_ASSIGNED})


def owner_not_replaced(file: CaseFile) -> Iterator[Answer]:
    """Ask of a machine account: whoever answered for it left, and nobody took over."""
    for left in file.path.steps(Action.OWNER_LEFT):
        due = left.occurred_at + file.policy.machine_owners.replace_within
        taken_over = [
            each
            for each in file.path.steps(Action.OWNER_ASSIGNED)
            if left.occurred_at <= each.occurred_at <= due
        ]
        if taken_over:
            continue
        machine = left.beneficiary
        if machine is not None and machine.account in file.policy.machine_owners.team_owned:
            yield SetAside(f"a team with a named lead answers for {machine.account}")
        elif not file.reached(due, _ASSIGNED):
            yield AskAgain(due, _ASSIGNED)
        else:
            yield Breach(
                f"whoever answered for {called(machine)} left at "
                f"{left.occurred_at:%Y-%m-%d %H:%M:%SZ}, and nobody took over by "
                f"{due:%Y-%m-%d %H:%M:%SZ}",
                evidence=(left.id,),
                parties=(machine, left.assignee),
                at=due,
                privileged=bool(left.entitlement and left.entitlement.privileged),
            )


@rule(
    id="NHI-001",
    title="Machine account without a living owner",
    severity=Severity.MEDIUM,
    severity_privileged=Severity.HIGH,
    controls=(
        "CSF PR.AA-01",
        "CSF ID.AM-08",
        "53 AC-2",
        "53 PS-4",
        "ISO A.5.16",
        "ISO A.6.5",
        "TSC CC6.2",
        "NHI NHI1:2025",
    ),
    concerns={*ASKING, Action.PROVISIONED},
    needs=(Action.PROVISIONED,),
    moot=unless_shown(FOR_MACHINE),
    patterns=(
        Pattern(scope=Scope.MACHINE, needs=groups_of(Action.OWNER_LEFT), ask=owner_not_replaced),
    ),
)
def machine_without_owner(file: CaseFile) -> Iterator[Answer]:
    """A service account or agent goes on working when nobody answers for it any more.

    Fires when: the owner of a machine account left and, once every source that tells of owners has
    reported past `machine_owners.replace_within` after that, nobody had been named in their place.

    Stays quiet when: somebody took over in time; policy lists the account as owned by a team with
    a named lead (`machine_owners.team_owned`), which is counted as set aside; an exception is
    recorded. Where a machine is given a right and no feed says who owns it, the answer is: cannot
    tell, since an owner that nobody told is not one that is missing.

    Withdrawn by: a new owner, named in time, that becomes known late.

    Next step: name an owner for the account, or switch it off.
    """
    for grant in file.path.grants:
        machine = _receiver(file, grant)
        if machine is not None and machine.owner is None:
            yield CannotTell(f"no feed says who owns {called(machine)}, which was given a right")


def _receiver(file: CaseFile, grant: Event) -> Party | None:
    asked = [each.beneficiary for each in file.path.requests if is_about(each, grant)]
    told = [party for party in (grant.beneficiary, *asked) if party is not None]
    return told[0] if told and told[0].kind in MACHINES else None
