"""Every knob of the policy is known to make the control weaker, stronger, or neither."""

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pytest

from rules.calendar import Calendar, Weekday
from rules.pattern_terms import Changes, Haste
from rules.policy import Approvals, Demand, EvidencePolicy, Policy, Webhooks
from rules.terms import EvidenceNeeded, KeptApart, MayApprove
from rules.weakening import KNOBS, Effect, knobs_of, policy_changes, weakened

NOW = Policy(
    approvals=Approvals(quorum=1, quorum_privileged=2),
    webhooks=Webhooks(allowed_destinations=("https://a.example",)),
    may_approve=(MayApprove(accounts=("bo",)),),
    evidence_needed=(EvidenceNeeded(types=("vendor_access",), kinds=("contract",)),),
)
WEAKER = {
    "approvals.quorum_privileged": replace(NOW, approvals=Approvals(quorum_privileged=1)),
    "approvals.grace": replace(NOW, approvals=replace(NOW.approvals, grace=timedelta(days=1))),
    "evidence.due_for": replace(NOW, evidence=EvidencePolicy(due_for=Demand.PRIVILEGED)),
    "evidence.spared_types": replace(NOW, evidence=EvidencePolicy(spared_types=("list",))),
    "evidence_needed": replace(NOW, evidence_needed=()),
    "changes.pipelines": replace(NOW, changes=Changes(pipelines=("svc-deploy",))),
    "haste.burst_count": replace(NOW, haste=Haste(burst_count=40)),
    "webhooks.allowed_destinations": replace(NOW, webhooks=Webhooks()),
    "may_approve": replace(NOW, may_approve=(*NOW.may_approve, MayApprove(accounts=("cy",)))),
    "keep_apart": replace(NOW, keep_apart=NOW.keep_apart[1:]),
    "known_automation": replace(NOW, known_automation=("bot",)),
    "shadow": replace(NOW, shadow=("APR-001",)),
    "calendar.holidays": replace(NOW, calendar=Calendar(holidays=(date(2026, 12, 25),))),
}


def test_every_knob_that_is_explained_is_there() -> None:
    """And of one that is not yet explained a difference is told all the same."""
    assert set(KNOBS) <= set(knobs_of(Policy()))


@pytest.mark.parametrize("knob", WEAKER)
def test_what_asks_for_less_is_weaker_and_back_again_stronger(knob: str) -> None:
    """One change, and the other way round it is the opposite."""
    forth, back = (
        [(each.knob, each.effect) for each in policy_changes(*both)]
        for both in ((NOW, WEAKER[knob]), (WEAKER[knob], NOW))
    )

    assert forth == [(knob, Effect.WEAKER)]
    assert back == [(knob, Effect.STRONGER)]
    assert weakened(WEAKER[knob], NOW) == []


def test_a_change_says_from_what_to_what() -> None:
    """For whoever has to approve it."""
    (change,) = policy_changes(NOW, replace(NOW, keep_apart=(*NOW.keep_apart, CHECKED)))

    assert (change.before, change.after) == ("not there", "first check, second release")
    assert change.effect is Effect.STRONGER


CHECKED = KeptApart(first="check", second="release")
FRIDAY = datetime(2026, 12, 18, 16, tzinfo=UTC)
HOURS = timedelta(hours=1)
WORKWEEK = Calendar(workdays=tuple(Weekday)[:5], holidays=(date(2026, 12, 21),))


@pytest.mark.parametrize(
    ("start", "span", "due"),
    [
        (FRIDAY, 8 * HOURS, FRIDAY + 8 * HOURS),
        (FRIDAY, 9 * HOURS, datetime(2026, 12, 22, 1, tzinfo=UTC)),
        (FRIDAY + 24 * HOURS, HOURS, datetime(2026, 12, 22, 1, tzinfo=UTC)),
        (FRIDAY + 24 * HOURS, 0 * HOURS, datetime(2026, 12, 22, tzinfo=UTC)),
    ],
)
def test_only_business_days_count(start: datetime, span: timedelta, due: datetime) -> None:
    """A Friday afternoon, a weekend and a holiday on Monday."""
    assert WORKWEEK.after(start, span) == due
    assert Calendar().after(start, span) == start + span
