"""Emergency access is looked at afterwards, by somebody else, and soon."""

from collections.abc import Iterator
from datetime import datetime

from rules.events import UNKNOWN, Action, Event, Sameness, Told, called, sameness
from rules.finding import Severity
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, SetAside, rule

_REVIEWS = frozenset({Action.REVIEWED})
_ONE = (Sameness.SAME_ACCOUNT, Sameness.SAME_PERSON)


@rule(
    id="EXC-003",
    title="Emergency access not reviewed in time, or reviewed by its user",
    severity=Severity.HIGH,
    severity_privileged=Severity.CRITICAL,
    controls=(
        "CSF PR.AA-05",
        "CSF DE.CM-03",
        "53 AC-2(2)",
        "53 AC-6(9)",
        "53 AU-6",
        "ISO A.8.2",
        "ISO A.5.3",
        "TSC CC6.3",
        "TSC CC7.2",
    ),
    concerns={Action.EMERGENCY_ACTIVATED, *_REVIEWS},
    needs=(Action.EMERGENCY_ACTIVATED,),
)
def emergency_not_reviewed(file: CaseFile) -> Iterator[Answer]:
    """Somebody used emergency access, and nobody independent has looked at it.

    Fires when: whoever used it reviews it themselves, at once; or every source of reviews has
    reported past the time for one (`emergency.review_within` after the activation) and no review
    by somebody else is there.

    Stays quiet when: somebody else reviewed it in time, also together with other uses in the same
    case; the activation is marked as a drill (`emergency.drills`); an exception is recorded.

    Withdrawn by: a review by somebody else that was made in time and is reported late.

    Next step: have somebody who did not use it go through what was done with the access, today.
    """
    for used in file.path.steps(Action.EMERGENCY_ACTIVATED):
        if (used.outcome or "").lower() in (each.lower() for each in file.policy.emergency.drills):
            yield SetAside("the activation is marked as a drill")
            continue
        due = file.policy.calendar.after(used.occurred_at, file.policy.emergency.review_within)
        reviews = [
            each for each in file.path.steps(*_REVIEWS) if each.occurred_at >= used.occurred_at
        ]
        answer = _reviewed(file, used, due, reviews)
        if answer is not None:
            yield answer


def _reviewed(file: CaseFile, used: Event, due: datetime, reviews: list[Event]) -> Answer | None:
    by = [(review, _same(used, review)) for review in reviews]
    others = [review for review, same in by if same is Sameness.DIFFERENT]
    if any(review.occurred_at <= due for review in others):
        return None
    own = next((review for review, same in by if same in _ONE), None)
    if own is not None and not others:
        return Breach(
            f"{called(own.actor)} reviewed the emergency access that they used themselves",
            evidence=(used.id, own.id),
            parties=(own.actor, used.actor),
        )
    unknown = [review for review, same in by if same is None or same in UNKNOWN]
    if any(review.occurred_at <= due for review in unknown):
        return CannotTell(
            f"nobody has said whether {called(unknown[0].actor)}, who reviewed, is somebody else "
            f"than {called(used.actor)}, who used the access"
        )
    if not file.reached(due, _REVIEWS):
        return AskAgain(due, _REVIEWS)
    late = f"; the first came at {others[0].occurred_at:%Y-%m-%d %H:%M:%SZ}" if others else ""
    return Breach(
        f"the emergency access of {called(used.actor)} was to be reviewed by "
        f"{due:%Y-%m-%d %H:%M:%SZ} and was not{late}",
        evidence=(used.id, *(review.id for review in others[:1])),
        parties=(used.actor,),
        at=due,
    )


def _same(used: Event, review: Event) -> Sameness | None:
    """Whether the reviewer is who activated or got the access; None: one of them is not named."""
    users = [Told(party, used) for party in (used.actor, used.beneficiary) if party is not None]
    if not users or review.actor is None:
        return None
    answers = {sameness(user, Told(review.actor, review)) for user in users}
    for answer in (*_ONE, Sameness.UNLINKED, Sameness.INCOMPARABLE):
        if answer in answers:
            return answer
    return Sameness.DIFFERENT
