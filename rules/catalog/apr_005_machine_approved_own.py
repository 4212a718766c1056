"""A machine can not be the second pair of eyes for itself or its owner."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, ActorKind, Party, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.moot import unless_shown
from rules.rule import Answer, Breach, CannotTell, CaseFile, SetAside, rule
from rules.shown import MACHINE_APPROVED


@rule(
    id="APR-005",
    title="Machine approved its own or its owner's request",
    severity=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "CSF PR.AA-01",
        "53 AC-5",
        "53 AC-6(9)",
        "53 IA-9",
        "NHI NHI5:2025",
        "NHI NHI10:2025",
        "AI GOVERN 3.2",
        "AI MAP 3.5",
        "TSC CC6.3",
    ),
    concerns={Action.REQUESTED, Action.APPROVED, Action.AUTO_APPROVED},
    needs=(Action.REQUESTED, frozenset({Action.APPROVED, Action.AUTO_APPROVED})),
    moot=unless_shown(MACHINE_APPROVED, Action.AUTO_APPROVED),
)
def machine_approved_own(file: CaseFile) -> Iterator[Answer]:
    """A service account or agent approved what it, or the person who owns it, had asked for.

    Fires when: the decider is a machine and is the requester, or its owner is.

    Stays quiet when: policy lists the machine under known automation; a human decided; an
    exception is recorded.

    Withdrawn by: a corrected owner of the machine account.

    Next step: stop the automation from deciding; have a person decide this request and look for
    others that it decided for the same owner.
    """
    for decided in file.path.steps(Action.APPROVED, Action.AUTO_APPROVED):
        actor = decided.actor
        if actor is None or actor.kind not in MACHINES:
            continue
        if actor.account in file.policy.known_automation:
            yield SetAside(f"policy lists {actor.account} as known automation")
            continue
        yield from _own(file, Told(party=actor, event=decided))


def _own(file: CaseFile, decider: Told) -> Iterator[Answer]:
    machine = decider.party
    for requester in file.path.requesters():
        if sameness(decider, requester) is Sameness.SAME_ACCOUNT:
            tells = f"{called(machine)}, {_a_machine(machine)}, approved its own request"
        elif machine.owner is None:
            yield CannotTell(f"nobody has said who owns {called(machine)}, which approved")
            continue
        elif requester.party.person is None and requester.party.owner is None:
            yield CannotTell(
                f"{called(machine)} belongs to {machine.owner}; nobody has said who "
                f"{called(requester.party)}, who asked, is"
            )
            continue
        elif machine.owner in (requester.party.person, requester.party.owner):
            tells = (
                f"{called(machine)}, {_a_machine(machine)} owned by {machine.owner}, approved the "
                f"request of {called(requester.party)}, who is or belongs to the same person,"
            )
        else:
            continue
        yield Breach(
            f"{tells} for {file.path.what()}",
            evidence=(decider.event.id, requester.event.id),
            parties=(machine, requester.party),
        )
        return


def _a_machine(machine: Party) -> str:
    return "an agent" if machine.kind is ActorKind.AGENT else "a service account"
