"""Single sentences of a story: what a reader must be told, and how."""

from dataclasses import replace
from datetime import timedelta

import pytest

from rules.events import Action, ActorKind, Entitlement, Evidence, Party, Step, Workflow
from rules.narrative import LATE_AFTER
from rules.policy import Exemption, OutsideChanges, Policy
from rules.words import LISTED_MAX, QUOTED_CHARS_MAX, WORDS, duration, quoted, span
from tests.rules.told_cases import (
    ANN,
    BO,
    CY,
    NINE,
    POLICY,
    PROVISIONER,
    Part,
    hours,
    judged,
    minutes,
    step,
    story_of,
    wf,
)


def told(heading: str, *parts: Part, sources: tuple[str, ...] = ("iga/acme",)) -> list[str]:
    """What a story tells under the heading that begins so; nothing where there is no such."""
    sections = story_of(judged(*parts, sources=sources)).sections
    return [p for each in sections if each.heading.startswith(heading) for p in each.paragraphs]


def test_every_action_has_words() -> None:
    """A new action can not be forgotten: it has to be told, and waited for."""
    assert set(WORDS) == set(Action)


@pytest.mark.parametrize("action", Action)
def test_every_action_is_told_with_and_without_a_name(action: Action) -> None:
    """Nobody is left out, and nobody is made up."""
    named, unnamed = told(
        "What happened", step(1, minutes(0), action, ANN), step(2, minutes(1), action, None)
    )

    speaks_for_itself = action in {Action.OWNER_LEFT, Action.SOURCE_GAP}
    assert speaks_for_itself or "Ann Ames (ann)" in named
    assert "None" not in named + unnamed
    assert "Ann Ames" not in unnamed


def test_a_system_that_acts_by_itself_is_named_by_its_source() -> None:
    """An automatic decision has no hand; a grant by nobody we know of is another thing."""
    automatic, given = told(
        "What happened",
        step(1, minutes(0), Action.AUTO_APPROVED, None, beneficiary=CY),
        step(2, minutes(1), Action.PROVISIONED, None, beneficiary=CY),
    )

    assert "iga/acme approved the request for cy automatically." in automatic
    assert "somebody who is not named gave access that is not named to cy." in given


def test_who_asks_for_another_is_told_with_both() -> None:
    """Asked for somebody, in somebody's name: three people, one sentence."""
    (asked,) = told(
        "What happened",
        step(1, minutes(0), Action.REQUESTED, ANN, on_behalf_of=BO, beneficiary=CY),
    )

    assert "Ann Ames (ann), on behalf of Bo Berg (bo), asked for access that is not" in asked
    assert "named for cy." in asked


def test_a_grant_before_its_approval_is_told_as_such() -> None:
    """What was on record when access was given, and what was not."""
    grant, approval = told(
        "What happened",
        step(1, minutes(0), Action.PROVISIONED, PROVISIONER, beneficiary=CY),
        step(2, minutes(4), Action.APPROVED, BO),
    )

    assert "No approval was on record at that moment." in grant
    assert "At that moment neither a reason nor evidence was on record." in approval


def test_access_that_is_taken_away_is_told_with_how_long_it_was_held() -> None:
    """Counted from the grant, where other steps lie between."""
    *_, revoked = told(
        "What happened",
        step(1, minutes(0), Action.PROVISIONED, PROVISIONER, beneficiary=CY),
        step(2, hours(20), Action.REVIEWED, BO),
        step(3, hours(50), Action.REVOKED, PROVISIONER, beneficiary=CY),
    )

    assert "svc-prov, a service account, took access that is not named away from cy." in revoked
    assert "That is 2 days and 2 hours after the grant in step 1." in revoked


def test_only_a_report_that_came_late_is_told_with_its_delay() -> None:
    """Every report takes a while; what takes long may have changed a verdict."""
    at = NINE + minutes(1)
    quick, slow, timeless = told(
        "What happened",
        step(1, minutes(1), Action.REQUESTED, CY, observed_at=at + LATE_AFTER),
        step(2, minutes(1), Action.REVIEWED, BO, observed_at=at + timedelta(days=1, seconds=5)),
        step(3, minutes(1), Action.REVIEWED, BO, observed_at=at),
    )

    assert "arrived" not in quick
    assert "The report of it arrived 1 day later, on 3 November 2026 at 09:01:05 UTC." in slow
    assert "The source tells no time; this is when the report arrived." in timeless


def test_an_event_that_was_told_in_two_ways_says_so() -> None:
    """The story tells the one that counts, and that there is another."""
    request = step(1, minutes(0), Action.REQUESTED, CY, justification="Quarter end")

    (asked,) = told("What happened", request, replace(request, justification="Holiday"))

    assert "iga/acme has told this event in 2 different ways;" in asked


def test_each_reason_is_read_out_once_and_many_grounds_are_counted() -> None:
    """A decision may rest on a hundred files; nobody reads a hundred out."""
    evidence = [
        step(n, minutes(n), Action.EVIDENCED, CY, evidence=(Evidence(kind="file", ref=f"F-{n}"),))
        for n in range(10, 20)
    ]
    *_, decision = told(
        "What happened",
        step(1, minutes(0), Action.REQUESTED, CY, justification="Quarter end"),
        step(2, minutes(1), Action.AMENDED, CY, justification="Quarter end"),
        *evidence,
        step(99, minutes(99), Action.APPROVED, BO),
    )

    assert 'On record at that moment: the reason "Quarter end" (step 1 and step 2)' in decision
    assert f"file F-{10 + LISTED_MAX - 2} (step {3 + LISTED_MAX - 2}) and 3 more." in decision


def test_what_somebody_wrote_can_not_steer_a_terminal() -> None:
    """Colours, cursor movements and right-to-left marks are shown as what they are: nothing."""
    nasty = "close \x1b[31mred\u202e\nnext line"
    (asked,) = told("What happened", step(1, minutes(0), Action.REQUESTED, CY, justification=nasty))

    assert 'The reason given: "close \ufffd[31mred\ufffd next line".' in asked


def test_a_long_text_is_cut() -> None:
    """The rest is in the record."""
    assert quoted("x" * 1000) == f'"{"x" * QUOTED_CHARS_MAX}…"'


def test_two_people_behind_one_account_are_both_named() -> None:
    """An account that changed hands during the case."""
    later = replace(BO, person="P-201", proof=None)

    people = told(
        "Who is who",
        step(1, minutes(0), Action.ASSIGNED, None, assignee=BO),
        step(2, minutes(1), Action.APPROVED, later),
    )

    assert people == [
        "Bo Berg (bo) of iga/acme is P-200; the proof is: hr.",
        "Bo Berg (bo) of iga/acme is P-201; no proof is stated.",
    ]


def test_a_policy_is_told_with_its_owner_and_since_when_it_holds() -> None:
    """Whose rule it was, and whose the workflow's steps were, as told."""
    policy = told(
        "Under which policy",
        replace(POLICY, in_force_from=NINE - timedelta(days=1)),
        step(1, minutes(0), Action.REQUESTED, CY, workflow=wf("request")),
        step(2, minutes(1), Action.ASSIGNED, None, workflow=Workflow(id="wf-access", step="go")),
        step(3, minutes(2), Action.AUTO_APPROVED, None, workflow=Workflow(id="wf-access")),
    )

    assert policy[0] == (
        "The case is judged by policy 2026-11, in force from 1 November 2026 at 09:00:00 UTC on; "
        "Ina Lopez answers for it."
    )
    assert policy[2:] == [
        'Step 1 ran in workflow wf-access, version 17; team-iam owns its step "request".',
        'Step 2 ran in workflow wf-access, of untold version; nobody is told to own its step "go".',
        "Step 3 ran in workflow wf-access, of untold version; nobody is told to own it.",
    ]


def test_what_policy_sets_aside_is_told_with_the_reason() -> None:
    """It is neither a breach nor nothing."""
    exemption = Exemption(
        rule="APR-001", reason="One-person team.", owner="Ina", until=NINE + hours(9), account="bo"
    )
    parts = (
        replace(POLICY, exceptions=(exemption,)),
        step(1, minutes(0), Action.REQUESTED, BO),
        step(2, minutes(1), Action.APPROVED, BO),
    )

    assert told("What looked like a breach", *parts) == [
        "APR-001 (Approved own request): recorded exception of Ina: One-person team."
    ]
    assert "APR-001" not in told("What was looked for", *parts)[0]


def test_a_finding_that_changes_is_told_with_each_change() -> None:
    """Seen, seen differently, taken back: the whole life, and why."""
    change = step(1, minutes(0), Action.CHANGED_OUTSIDE, ANN, beneficiary=CY)
    seen, life, next_step, _ = told(
        "Finding",
        Policy(outside=OutsideChanges(grace=minutes(5))),
        change,
        minutes(10),
        replace(change, actor=None),
        step(2, minutes(2), Action.APPROVED, BO),
        sources=("iga/acme",),
    )[:4]

    assert "by Ann Ames (ann), and no request" in seen
    assert "It was updated as of" in life
    assert "Since then it says: access of cy was changed" in life
    assert "It was withdrawn as of" in life
    assert next_step.startswith("Nothing is left to do. While it stood, the next step was: Ask")


def test_a_call_is_told_with_what_is_known_of_it() -> None:
    """Extension, version, digest, place: whatever there is."""
    steps = [
        Step(extension="notify", digest="sha256:" + "0" * 64),
        Step(invocation="inv-2"),
        None,
    ]
    first, second, third = told(
        "What happened",
        *(
            step(n, minutes(n), Action.STEP_INVOKED, PROVISIONER, step=each)
            for n, each in enumerate(steps)
        ),
    )

    assert "called extension notify (digest sha256:000000000000…)." in first
    assert "called something (invocation inv-2)." in second
    assert "called something that is not named." in third


def test_facts_that_nobody_told_are_told_apart_from_those_nobody_can_tell() -> None:
    """Silence and inability are not the same."""
    unknown = told(
        "What nobody knows",
        step(
            1,
            minutes(0),
            Action.REQUESTED,
            Party(account="svc-x", kind=ActorKind.AGENT),
            entitlement=Entitlement(id="ent-9"),
        ),
    )

    assert unknown[0].startswith("Nobody has said who gets the access, why it was asked for and ")
    assert unknown[1:] == [
        "Nobody has said how much is at stake with ent-9.",
        "Nobody has said who answers for svc-x of iga/acme.",
    ]


@pytest.mark.parametrize(
    ("iso", "words"),
    [
        ("PT8H", "8 hours"),
        ("P1DT12H30M", "1 day, 12 hours and 30 minutes"),
        ("PT7260S", "2 hours and 1 minute"),
        ("PT0.250S", "0.250 seconds"),
        ("PT0S", "0 seconds"),
        ("P1Y", "1 year"),
        ("P", 'a time told as "P"'),
        ("8 hours", 'a time told as "8 hours"'),
    ],
)
def test_durations_are_read_out(iso: str, words: str) -> None:
    """In units that people use; what can not be read is given as it was told."""
    assert duration(iso) == words


@pytest.mark.parametrize(
    ("length", "words"),
    [
        (timedelta(0), "less than a second"),
        (timedelta(milliseconds=999), "less than a second"),
        (timedelta(seconds=1), "1 second"),
        (timedelta(minutes=41), "41 minutes"),
        (timedelta(hours=1, seconds=5), "1 hour"),
        (timedelta(days=2, hours=3, minutes=59), "2 days and 3 hours"),
    ],
)
def test_spans_are_told_by_their_two_largest_units(length: timedelta, words: str) -> None:
    """The exact times stand beside them."""
    assert span(length) == words
