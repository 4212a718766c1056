"""Access that was given for a time ends when the time is over."""

from collections.abc import Iterator
from datetime import datetime

from rules.events import Action, Event, called
from rules.extent import APPROVING, ASKING, approved, is_about
from rules.finding import Severity
from rules.lasting import end_of
from rules.moot import unless_shown
from rules.path import order
from rules.rule import Answer, AskAgain, Breach, CaseFile, SetAside, rule
from rules.shown import LIMITED

_ENDING = frozenset({Action.REVOKED, Action.EXPIRED, Action.EMERGENCY_ENDED})


@rule(
    id="EXC-002",
    title="Time ran out, access stayed",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "53 AC-2(2)",
        "53 AC-2(3)",
        "53 PS-4",
        "ISO A.5.18",
        "ISO A.6.5",
        "TSC CC6.2",
        "TSC CC6.3",
        "NHI NHI1:2025",
    ),
    concerns={*ASKING, *APPROVING, Action.PROVISIONED, *_ENDING},
    needs=(Action.PROVISIONED,),
    moot=unless_shown(LIMITED),
)
def time_ran_out(file: CaseFile) -> Iterator[Answer]:
    """The end of the access has come and gone, and nothing says that it was taken back.

    Fires when: every source that could tell of an end has reported past the end of a grant (as
    the grant tells it, else as it was approved or asked for) and its grace (`expiry.grace`), and
    no end is on record since the grant.

    Stays quiet when: no end was told; the access was taken back or expired; a longer time was
    approved, or given again, before the end; policy lists the system as one in which rights end
    by themselves (`expiry.enforced_systems`); an exception is recorded.

    Withdrawn by: an end, or an extension from before it, that is reported late.

    Next step: have the access taken back now; look at what it was used for since.
    """
    if not any(event.duration for event in file.path.events if event.action in _TELLING):
        return
    for grant in file.path.grants:
        end = _end(file, grant)
        if end is not None and _is_latest(file, grant):
            yield from _stayed(file, grant, end)


_TELLING = frozenset({*ASKING, *APPROVING, Action.PROVISIONED})


def _end(file: CaseFile, grant: Event) -> datetime | None:
    """When the access of a grant ends: by its own word, else by what was approved before it."""
    path = file.path
    approvals = path.steps(*APPROVING)
    before = [each for each in approvals if order(each) < order(grant)]
    duration = grant.duration or approved(path, before, grant).duration or _asked(file, grant)
    end = end_of(grant.occurred_at, duration)
    for each in approvals:
        if end is not None and order(grant) < order(each) and each.occurred_at <= end:
            longer = end_of(each.occurred_at, each.duration) if is_about(each, grant) else None
            end = max(end, longer or end)
    return end


def _asked(file: CaseFile, grant: Event) -> str | None:
    told = [each.duration for each in file.path.steps(*ASKING) if is_about(each, grant)]
    return next((duration for duration in reversed(told) if duration), None)


def _is_latest(file: CaseFile, grant: Event) -> bool:
    """Whether the right was not given again: then the later grant says how long it lasts."""
    return not any(
        order(grant) < order(each) and is_about(each, grant) for each in file.path.grants
    )


def _stayed(file: CaseFile, grant: Event, end: datetime) -> Iterator[Answer]:
    endings = [
        each
        for each in file.path.steps(*_ENDING)
        if order(grant) < order(each) and is_about(each, grant)
    ]
    due = end + file.policy.expiry.grace
    if any(each.occurred_at <= due for each in endings):
        return
    aside = file.ends_by_itself(grant.entitlement)
    if aside:
        yield SetAside(aside)
    elif not file.reached(due, _ENDING):
        yield AskAgain(due, _ENDING)
    else:
        late = f"; it ended at {endings[0].occurred_at:%Y-%m-%d %H:%M:%SZ}" if endings else ""
        yield Breach(
            f"{file.path.what()} was given{_to(grant)} until {end:%Y-%m-%d %H:%M:%SZ}, and nothing "
            f"says that it was taken back by then{late}",
            evidence=(grant.id, *(each.id for each in endings[:1])),
            parties=(grant.beneficiary, grant.actor),
            at=due,
        )


def _to(grant: Event) -> str:
    return f" to {called(grant.beneficiary)}" if grant.beneficiary else ""
