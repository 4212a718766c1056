"""Nobody forces a case past the people who should decide it."""

from collections.abc import Iterator

from rules.events import MACHINES, Action, Event, Party, called
from rules.finding import Severity
from rules.rule import Answer, Breach, CaseFile, SetAside, rule


@rule(
    id="APR-015",
    title="Review bypassed by an administrator",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "CSF DE.CM-03",
        "53 AC-6(9)",
        "53 AC-3",
        "53 AU-12",
        "ISO A.8.2",
        "TSC CC6.3",
        "TSC CC7.2",
    ),
    concerns={Action.BYPASSED, Action.APPROVED, Action.EMERGENCY_ACTIVATED},
    needs=(Action.BYPASSED,),
)
def review_bypassed(file: CaseFile) -> Iterator[Answer]:
    """Somebody with power over the system moved the case on without its reviewers.

    Fires when: a source reports that a review was bypassed: a forced state, a superuser's
    approval, a bypass flag.

    Stays quiet when: policy lets the account repair stuck requests, or takes the evidence on the
    bypass as the record of a repair; a machine finished a case that as many people as policy asks
    for had approved before; emergency access was declared before; an exception is recorded.

    Withdrawn by: an approval from before the bypass that is reported late, where a machine
    finished the case.

    Next step: ask the administrator for the ticket; have the reviewers decide now, and look for
    other cases that the same account moved on.
    """
    for bypass in file.path.steps(Action.BYPASSED):
        aside = _repaired(file, bypass) or _finished(file, bypass) or _declared(file, bypass)
        if aside:
            yield SetAside(aside)
            continue
        yield Breach(
            f"{called(bypass.actor)} moved the case about {file.path.what()} past its review",
            evidence=(bypass.id,),
            parties=(bypass.actor, bypass.on_behalf_of),
        )


def _repaired(file: CaseFile, bypass: Event) -> str | None:
    terms = file.policy.bypass
    if bypass.actor is not None and bypass.actor.account in terms.repair_accounts:
        return f"policy lets {bypass.actor.account} repair requests that are stuck"
    for evidence in bypass.evidence:
        if evidence.kind in terms.repair_evidence:
            return f"the bypass names its repair: {evidence.kind} {evidence.ref or ''}".rstrip()
    return None


def _finished(file: CaseFile, bypass: Event) -> str | None:
    """Whether a machine carried out what people had decided."""
    if bypass.actor is None or bypass.actor.kind not in MACHINES:
        return None
    quorum = file.policy.approvals
    asked = quorum.quorum_privileged if file.path.privileged else quorum.quorum
    people = {
        _who(approval.source, approval.actor)
        for approval in file.path.approvals
        if approval.actor is not None
        and approval.actor.kind not in MACHINES
        and approval.occurred_at <= bypass.occurred_at
    }
    return "a machine finished what people had approved" if len(people) >= asked else None


def _who(source: str, party: Party) -> tuple[str | None, ...]:
    """Name a person where one is known, and an account otherwise."""
    if party.person is not None:
        return (party.person,)
    return source, party.namespace, party.account


def _declared(file: CaseFile, bypass: Event) -> str | None:
    declared = file.path.steps(Action.EMERGENCY_ACTIVATED)
    if declared and declared[0].occurred_at <= bypass.occurred_at:
        return "emergency access was declared before"
    return None
