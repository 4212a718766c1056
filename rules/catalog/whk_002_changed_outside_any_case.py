"""Access changes inside a case, or not at all."""

from collections.abc import Iterator

from rules.events import Action, called
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CaseFile, SetAside, rule

_EXPLAINING = frozenset(
    {Action.REQUESTED, Action.APPROVED, Action.AUTO_APPROVED, Action.EMERGENCY_ACTIVATED}
)


@rule(
    id="WHK-002",
    title="Access changed outside any case",
    severity=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "CSF DE.CM-06",
        "53 AC-2(4)",
        "53 CM-5",
        "ISO A.5.18",
        "TSC CC6.2",
        "TSC CC6.3",
    ),
    concerns={Action.CHANGED_OUTSIDE, *_EXPLAINING},
    needs=(Action.CHANGED_OUTSIDE,),
)
def changed_outside_any_case(file: CaseFile) -> Iterator[Answer]:
    """The target system changed, and no decision explains it.

    Fires when: a source reports a change of access made at the target, and every source of
    requests and approvals has reported past it and its grace (`outside.grace`) without a decision
    in the same case.

    Stays quiet when: the account that changed it is sanctioned by policy (HR feed, vendor
    maintenance); birthright access; a request or an approval joins the case; an exception is
    recorded.

    Withdrawn by: a late ticket or approval that joins the case.

    Next step: ask the owner of the target system who changed it; undo it unless they can say.
    """
    if file.path.steps(*_EXPLAINING):
        return
    for change in file.path.steps(Action.CHANGED_OUTSIDE):
        due = change.occurred_at + file.policy.outside.grace
        aside = file.birthright()
        if (
            change.actor is not None
            and change.actor.account in file.policy.outside.sanctioned_actors
        ):
            aside = f"policy sanctions direct changes by {change.actor.account}"
        if aside:
            yield SetAside(aside)
        elif not file.reached(due, _EXPLAINING):
            yield AskAgain(due, _EXPLAINING)
        else:
            whose = f" of {called(change.beneficiary)}" if change.beneficiary else ""
            what = (
                change.entitlement.name or change.entitlement.id if change.entitlement else "access"
            )
            yield Breach(
                f"{what}{whose} was changed at {change.source} at "
                f"{change.occurred_at:%Y-%m-%d %H:%M:%SZ} by {called(change.actor)}, and no "
                "request or approval explains it",
                evidence=(change.id,),
                parties=(change.actor, change.beneficiary),
                at=due,
            )
