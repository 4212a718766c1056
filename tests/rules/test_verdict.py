"""What a rule answers is weighed, excused and stamped: each part of it, by hand."""

from collections.abc import Iterator
from dataclasses import replace
from datetime import timedelta
from typing import Any

import pytest

from rules.events import Action, Entitlement, Event, Party, Workflow
from rules.finding import Change, Severity
from rules.path import DecisionPath
from rules.policy import Exemption, Policy
from rules.rule import Answer, AskAgain, Breach, CannotTell, CaseFile, Scope, SetAside, rule
from rules.verdict import BADNESS, Verdict, decided_at, reach, stamp
from tests.rules.machines.small_world import ANN, BO, NINE, at, minutes, step

BREACH = Breach("Ann approved it herself.", evidence=("e2", "e1"), parties=(None, ANN, BO, ANN))
ASK = AskAgain(at(60), frozenset({Action.EVIDENCED}))
UNKNOWN = CannotTell("nobody tells who approved")
ASIDE = SetAside("policy lists it as self-service")
ROOT = Entitlement(id="root", privileged=True)
STEPS = (
    step(1, 0, Action.REQUESTED, ANN, entitlement=Entitlement(id="pay")),
    step(2, 5, Action.APPROVED, ANN, source="engine", workflow=Workflow(id="joiners")),
    step(3, 9, Action.PROVISIONED),
)


def asked(*answers: Answer) -> Any:
    """A rule that always answers so."""

    @rule(
        id="APR-001",
        title="Approved own request",
        severity=Severity.MEDIUM,
        severity_privileged=Severity.CRITICAL,
        controls=("CSF PR.AA-05",),
        concerns=set(),
        needs=(Action.REQUESTED,),
        version=7,
    )
    def answered(_file: CaseFile) -> Iterator[Answer]:
        """Made up.

        Next step: ask Ann.
        """
        yield from answers

    return answered


def case(policy: Policy | None = None, steps: tuple[Event, ...] = STEPS) -> CaseFile:
    """The file of REQ-1."""
    file = CaseFile(
        reported=lambda _actions: None,
        tells=lambda _source, _field: True,
        policy=policy or Policy(),
    )
    file.case, file.tenant, file.path = "REQ-1", "emea", DecisionPath(steps)
    return file


def excepted(**fields: Any) -> Policy:
    """A policy with one exception to the rule."""
    terms = {"rule": "APR-001", "reason": "One-person team.", "owner": "ciso", "until": at(600)}
    return Policy(exceptions=(Exemption(**{**terms, **fields}),))


@pytest.mark.parametrize(
    ("answers", "verdict"),
    [
        ((ASIDE, UNKNOWN, ASK, BREACH), Verdict.BROKEN),
        ((ASIDE, UNKNOWN, ASK), Verdict.OPEN),
        ((ASIDE, UNKNOWN), Verdict.CANNOT_TELL),
        ((ASIDE,), Verdict.HELD),
        ((), Verdict.HELD),
    ],
)
def test_the_worst_answer_is_the_verdict(answers: tuple[Answer, ...], verdict: Verdict) -> None:
    """And every answer is kept under its kind."""
    reached = reach(asked(*answers), case())

    assert reached.verdict is verdict
    assert reached.breaches == ((BREACH,) if BREACH in answers else ())
    assert reached.asks == ((ASK,) if ASK in answers else ())
    assert reached.unknown == ((UNKNOWN.reason,) if UNKNOWN in answers else ())
    assert reached.set_aside == ((ASIDE.reason,) if ASIDE in answers else ())


def test_broken_is_the_worst_and_held_the_best() -> None:
    """In the order in which the verdicts are written."""
    worst_first = sorted(Verdict, key=lambda verdict: -BADNESS[verdict])

    assert worst_first == [Verdict.BROKEN, Verdict.OPEN, Verdict.CANNOT_TELL, Verdict.HELD]
    assert BADNESS[Verdict.BROKEN] == 0


@pytest.mark.parametrize(
    "terms",
    [
        {"person": "P-1"},
        {"account": "bo"},
        {"entitlement": "pay"},
        {"workflow": "joiners"},
        {"person": "P-2", "account": "ann", "entitlement": "pay", "workflow": "joiners"},
        {"person": "P-1", "until": at(5) + timedelta(microseconds=1)},
    ],
    ids=str,
)
def test_an_exception_covers_what_it_names(terms: dict[str, Any]) -> None:
    """Whatever it names has to be so; the last moment before its end is covered."""
    reached = reach(asked(BREACH), case(excepted(**terms)))

    assert reached.verdict is Verdict.HELD
    assert reached.set_aside == ("recorded exception of ciso: One-person team.",)


@pytest.mark.parametrize(
    "terms",
    [
        {"person": "P-1", "rule": "APR-002"},
        {"person": "P-1", "rule": "APR-000"},
        {"person": "P-1", "until": at(5)},
        {"person": "P-1", "until": at(4)},
        {"person": "P-9"},
        {"account": "cy"},
        {"entitlement": "admin"},
        {"workflow": "leavers"},
        {"workflow": "a first one"},
        {"person": "P-9", "account": "ann", "entitlement": "pay", "workflow": "joiners"},
        {"person": "P-1", "account": "cy", "entitlement": "pay", "workflow": "joiners"},
        {"person": "P-1", "account": "ann", "entitlement": "admin", "workflow": "joiners"},
        {"person": "P-1", "account": "ann", "entitlement": "pay", "workflow": "leavers"},
    ],
    ids=str,
)
def test_an_exception_covers_nothing_else(terms: dict[str, Any]) -> None:
    """One that is for another rule, has ended, or names something that is not so."""
    assert reach(asked(BREACH), case(excepted(**terms))).breaches == (BREACH,)


def test_an_exception_excuses_no_other_answer() -> None:
    """What is open stays open."""
    assert reach(asked(ASK, UNKNOWN), case(excepted(person="P-1"))).asks == (ASK,)


def test_the_second_of_two_exceptions_counts_as_well() -> None:
    """The first one is for somebody else."""
    first, second = excepted(person="P-9").exceptions, excepted(person="P-2").exceptions

    reached = reach(asked(BREACH), case(Policy(exceptions=(*first, *second))))

    assert reached.breaches == ()


def test_it_was_decided_by_the_last_of_the_evidence_or_by_the_deadline() -> None:
    """Not by what happened afterwards."""
    assert decided_at(case(), BREACH) == at(5)
    assert decided_at(case(), replace(BREACH, at=at(60))) == at(60)


def test_a_finding_carries_what_the_rule_could_not_say() -> None:
    """Who, when, where, under which policy, and what to do."""
    found = stamp(asked(BREACH), case(Policy(version="3")), BREACH)

    assert (found.rule, found.rule_version, found.title) == ("APR-001", 7, "Approved own request")
    assert (found.number, found.change, found.severity) == (1, Change.OPENED, Severity.MEDIUM)
    assert (found.tenant, found.case, found.at) == ("emea", "REQ-1", at(5))
    assert (found.who, found.evidence) == (("ann", "bo"), ("e2", "e1"))
    assert (found.summary, found.next_step) == (BREACH.summary, "Ask Ann.")
    assert (found.controls, found.policy) == (("CSF PR.AA-05",), "3")
    assert (found.source, found.workflow) == ("engine", "joiners")
    assert (found.entity, found.shadow) == (None, None)


def test_a_finding_is_named_after_its_subject_or_its_first_evidence() -> None:
    """Two breaches of one rule in one case stay two."""
    breaches = (
        BREACH,
        replace(BREACH, evidence=("e1", "e2")),
        replace(BREACH, subject="pay"),
    )
    names = {stamp(asked(), case(), each).finding for each in breaches}

    assert len(names) == 3
    assert stamp(asked(), case(), replace(BREACH, evidence=("e2",))).finding in names


@pytest.mark.parametrize(
    ("right", "breach", "severity"),
    [
        (Entitlement(id="pay"), BREACH, Severity.MEDIUM),
        (ROOT, BREACH, Severity.CRITICAL),
        (ROOT, replace(BREACH, privileged=False), Severity.MEDIUM),
        (Entitlement(id="pay"), replace(BREACH, privileged=True), Severity.CRITICAL),
    ],
)
def test_what_is_at_stake_makes_it_worse(
    right: Entitlement, breach: Breach, severity: Severity
) -> None:
    """The breach knows better than the case as a whole."""
    file = case(steps=(replace(STEPS[0], entitlement=right), *STEPS[1:]))

    assert stamp(asked(), file, breach).severity is severity


def test_a_rule_in_shadow_says_so() -> None:
    """And another one does not."""
    assert stamp(asked(), case(Policy(shadow=("APR-001",))), BREACH).shadow is True
    assert stamp(asked(), case(Policy(shadow=("APR-002",))), BREACH).shadow is None


@pytest.mark.parametrize(
    ("scope", "source"), [(Scope.SOURCE, "REQ-1"), (Scope.PERSON, ""), (Scope.CASE, "")]
)
def test_what_no_event_shows_is_told_of_a_source_that_is_silent(scope: Scope, source: str) -> None:
    """Nobody else can be behind it."""
    file = case()
    file.scope = scope
    silent = Breach("It fell silent.", evidence=("nothing",), at=NINE + minutes(60))

    found = stamp(asked(), file, silent)

    assert found.source == source
    assert found.entity == (None if scope is Scope.CASE else str(scope))


def test_a_finding_is_told_by_the_source_of_its_first_evidence() -> None:
    """Not by one whose event happens to come before it, whatever its id."""
    earlier = step(9, -5, Action.ASSIGNED, source="gateway")

    assert stamp(asked(), case(steps=(earlier, *STEPS)), BREACH).source == "engine"


def test_a_party_is_named_once() -> None:
    """However often it takes part, in the order in which it was told."""
    parties: tuple[Party | None, ...] = (BO, ANN, BO)

    assert stamp(asked(), case(), replace(BREACH, parties=parties)).who == ("bo", "ann")
