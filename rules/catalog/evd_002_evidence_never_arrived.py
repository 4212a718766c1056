"""Evidence that is owed arrives in time."""

from collections.abc import Iterator

from rules.demanded import evidence_demanded, spared
from rules.events import Action, Event, called
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, SetAside, rule

_EVIDENCE = frozenset({Action.EVIDENCED})
_OVER = (Action.CANCELLED, Action.WITHDRAWN)


@rule(
    id="EVD-002",
    title="Promised evidence never arrived",
    severity=Severity.MEDIUM,
    severity_privileged=Severity.HIGH,
    controls=(
        "CSF PR.PS-04",
        "53 AU-12",
        "53 AU-10",
        "ISO A.5.28",
        "ISO A.5.33",
        "TSC CC4.1",
    ),
    concerns={Action.APPROVED, Action.REQUESTED, *_EVIDENCE, *_OVER},
    needs=(Action.APPROVED,),
    version=2,
)
def evidence_never_arrived(file: CaseFile) -> Iterator[Answer]:
    """An approval nobody can substantiate will not survive an audit.

    Fires when: every source that could bring evidence has reported past the time it was due
    (`evidence.due_within` after the approval, and `evidence.grace`), and none is there, or none of
    a kind that policy needs for such a right (`evidence_needed`).

    Stays quiet when: policy demands none for this entitlement; it spares its type
    (`evidence.spared_types`), or the case was cancelled or withdrawn, which is counted as set
    aside; the request or the approval carried its evidence; an exception is recorded. Where
    evidence came and nobody says of what kind, the answer is: cannot tell.

    Withdrawn by: evidence that was there in time and is reported late.

    Next step: ask the approver to attach the ticket they decided on, or to decide again.
    """
    wanted = evidence_demanded(file)
    if not wanted:
        return
    for approval in file.path.approvals:
        for kinds in wanted:
            answer = _answer(file, approval, kinds)
            if answer is not None:
                yield answer


def _answer(file: CaseFile, approval: Event, kinds: frozenset[str]) -> Answer | None:
    path, policy = file.path, file.policy
    if _carries(approval, kinds) or any(_carries(asked, kinds) for asked in path.requests):
        return None
    due = policy.calendar.after(approval.occurred_at, policy.evidence.due_within)
    came = path.steps(Action.EVIDENCED)
    if any(_brings(event, kinds) and event.occurred_at <= due for event in came):
        return None
    aside = _aside(file, kinds)
    if aside:
        return SetAside(aside)
    if any(not event.evidence and event.occurred_at <= due for event in came):
        return CannotTell("evidence came, and nobody says of what kind it is")
    if not file.reached(due + policy.evidence.grace, _EVIDENCE):
        return AskAgain(due + policy.evidence.grace, _EVIDENCE)
    return _missing(file, approval, kinds)


def _aside(file: CaseFile, kinds: frozenset[str]) -> str | None:
    """Why nothing has to come any more, or ever."""
    if file.path.steps(*_OVER):
        return "the case was cancelled or withdrawn"
    return None if kinds else spared(file)


def _carries(event: Event, kinds: frozenset[str]) -> bool:
    if not kinds or not event.evidence:
        return bool(event.evidence)
    return any(each.kind in kinds for each in event.evidence)


def _brings(event: Event, kinds: frozenset[str]) -> bool:
    return not kinds or _carries(event, kinds)


def _missing(file: CaseFile, approval: Event, kinds: frozenset[str]) -> Breach:
    path, policy = file.path, file.policy
    due = policy.calendar.after(approval.occurred_at, policy.evidence.due_within)
    came = (event for event in path.steps(Action.EVIDENCED) if _brings(event, kinds))
    arrived = next(came, None)
    late = f"; it came at {arrived.occurred_at:%Y-%m-%d %H:%M:%SZ}" if arrived else ""
    which = " or ".join(sorted(kinds))
    return Breach(
        f"the evidence{f' ({which})' if which else ''} for {called(approval.actor)}'s approval of "
        f"{path.what()} was due by {due:%Y-%m-%d %H:%M:%SZ} and was not there{late}",
        evidence=(approval.id, arrived.id) if arrived else (approval.id,),
        parties=(approval.actor,),
        at=due + policy.evidence.grace,
        subject=f"{approval.source}\x1f{approval.id}\x1f{which}" if which else None,
    )
