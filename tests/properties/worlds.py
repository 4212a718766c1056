"""Small worlds to judge: who is there, what they did, what policy asks, and how it was told."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TypeVar

from hypothesis import strategies as st

from rules.events import (
    Action,
    ActorKind,
    Entitlement,
    Event,
    Evidence,
    Party,
    Step,
    Workflow,
)
from rules.machines.records import EVERY_SOURCE, SourceDeclared, lane_through
from rules.pattern_terms import (
    Changes,
    Conflict,
    Extensions,
    Haste,
    MachineOwners,
    Reciprocity,
    Rights,
    Secrets,
    StaticRoute,
)
from rules.policy import (
    Approvals,
    Demand,
    EvidencePolicy,
    Exemption,
    OutsideChanges,
    Ownership,
    Policy,
    SelfService,
    SourcePolicy,
    Webhooks,
)
from rules.terms import (
    Bundle,
    Bypass,
    Emergency,
    Environment,
    EvidenceNeeded,
    ExceptionTerms,
    Expiry,
    Given,
    KeptApart,
    MayApprove,
    PreApproval,
    Route,
)
from tests.reference.evaluator import CaseName, History, Tick
from tests.reference.telling import frame, joined, opening, ticked

T = TypeVar("T")

NINE = datetime(2026, 11, 2, 9, 0, tzinfo=UTC)
LATE = NINE + timedelta(hours=60)
"""When every deadline has passed and every case may have settled."""


def after(**span: float) -> datetime:
    """A moment so long after nine o'clock."""
    return NINE + timedelta(**span)


APART = (
    KeptApart(first="requested", second="approved"),
    KeptApart(first="check", second="release", workflow="wf-access"),
    KeptApart(first="approved", second="provisioned"),
)
MAY_APPROVE = (
    MayApprove(accounts=("bo",), persons=("P-1",), entitlement="pay"),
    MayApprove(accounts=("cy",), workflow="wf-access"),
)
PRE_APPROVALS = (PreApproval(id="CHG-1234", owner="ciso", until=LATE),)
ROUTES = (
    Route(id="wf-access", steps=("requested", "check", "approved", "provisioned")),
    Route(
        id="wf-access",
        version="1",
        steps=("requested", "evidenced", "provisioned"),
        optional=("evidenced",),
        ends_within=timedelta(minutes=75),
    ),
)
NEEDED = EvidenceNeeded(types=("vendor_access",), kinds=("ticket",))
ENVIRONMENTS = (
    Environment(name="production", systems=("SAP",)),
    Environment(name="test", systems=("SAP-QA",)),
)
HASTY = Haste(
    burst_count=2,
    burst_within=timedelta(minutes=15),
    least=timedelta(minutes=1),
    views_told_by=("iga",),
)
VENDORS = Extensions(vendor=("notify",))
SHORT_SECRETS = Secrets(rotate_within=timedelta(hours=1), after_change=timedelta(minutes=15))
HUMAN, SERVICE, AGENT = ActorKind.HUMAN, ActorKind.SERVICE, ActorKind.AGENT
PARTIES = (
    *(Party(account="ann", kind=HUMAN, person="P-1", proof="hr"),) * 3,
    Party(account="ann-adm", kind=HUMAN, name="Ann (admin)", person="P-1", proof="declared"),
    Party(account="bo", kind=HUMAN, person="P-2", proof="hr"),
    Party(account="cy", kind=HUMAN),
    Party(account="dee"),
    Party(account="ann", namespace="display", name="Ann Ames"),
    Party(account="bot", kind=SERVICE, owner="P-1"),
    Party(account="agent", kind=AGENT, owner="P-2"),
    Party(account="stray", kind=SERVICE),
)
RIGHTS = (
    Entitlement(id="wiki", name="Wiki readers", privileged=False, criticality="low"),
    Entitlement(id="pay", name="Payments operator", system="SAP", privileged=True),
    Entitlement(id="ledger", criticality="critical", system="SAP-QA"),
    Entitlement(id="mail", type="vendor_access"),
)
WORKFLOWS = (
    Workflow(id="wf-access", version="1", step="check", owner="team-iam"),
    Workflow(id="wf-access", version="2", step="release"),
    Workflow(id="wf-access"),
    Workflow(id="wf-joiner"),
)
SCOPES = ((), (), (), ("company:1",), ("company:1", "company:2"))
OUTCOMES = ("drill", "200 signature:missing", "signature:bad", "ok")
DURATIONS = ("PT15M", "PT1H", "P1D", "P1M")
STEPS = (
    Step(invocation="inv-1", destination="https://hooks.example/a"),
    Step(invocation="inv-2", extension="notify"),
    Step(extension="notify", version="1"),
    Step(extension="notify", version="2", digest="d"),
    Step(destination="https://hooks.example/a"),
    Step(extension="notify"),
    Step(destination="https://health.example/up"),
)
CASES = (("acme", "REQ-1"), ("acme", "REQ-2"), ("zeta", "REQ-1"), (None, "REQ-1"))
MOMENTS = tuple(
    timedelta(minutes=minutes, seconds=seconds)
    for minutes in (0, 1, 2, 15, 16, 30, 60, 75, 120, 1500)
    for seconds in (0, 1, 30, 31)
)
CORE = (Action.REQUESTED, Action.APPROVED, Action.PROVISIONED)
"""What most cases hold."""
MORE = (
    *(Action.APPROVED, Action.PROVISIONED, Action.EVIDENCED) * 2,
    *(Action.STEP_INVOKED, Action.STEP_RECORDED, Action.CHANGED_OUTSIDE, Action.DELEGATED) * 2,
    *(Action.REQUESTED, Action.REASSIGNED, Action.AUTO_APPROVED, Action.DENIED, Action.AMENDED),
    *(Action.CANCELLED, Action.WITHDRAWN, Action.EMERGENCY_ACTIVATED, Action.ASSIGNED),
    *(Action.AUDIT_RECORD_REMOVED, Action.REVOKED),
    *(Action.AMENDED, Action.AUTO_APPROVED, Action.BYPASSED, Action.ESCALATED, Action.EXPIRED),
    *(Action.CERTIFIED, Action.REVIEWED, Action.EMERGENCY_ACTIVATED, Action.EMERGENCY_ENDED),
    *(Action.EXCEPTION_GRANTED, Action.STEP_RECORDED),
    *(Action.EXTENSION_PUBLISHED, Action.EXTENSION_TESTED, Action.EXTENSION_APPROVED),
    *(Action.WORKFLOW_PUBLISHED, Action.WORKFLOW_APPROVED, Action.EVIDENCE_VIEWED),
    *(Action.CREDENTIAL_ISSUED, Action.CREDENTIAL_ROTATED, Action.CREDENTIAL_REVOKED),
    *(Action.OWNER_ASSIGNED, Action.OWNER_LEFT, Action.SOURCE_GAP, Action.REVOKED),
)
FIELDS = (
    *("actor", "beneficiary", "duration", "entitlement", "evidence", "justification"),
    *("on_behalf_of", "scope"),
)
EVERY = frozenset(Action)
SOURCES = {
    "iga": EVERY - {Action.STEP_RECORDED, Action.CHANGED_OUTSIDE},
    "tickets": frozenset({Action.EVIDENCED, Action.APPROVED}),
    "gateway": frozenset({Action.STEP_RECORDED}),
    "sap": frozenset({Action.CHANGED_OUTSIDE, Action.PROVISIONED}),
}
LANES = {
    "iga": ("iga/0", "iga/1"),
    "tickets": ("tickets/0", "tickets/1"),
    "gateway": ("gateway", lane_through("gateway", 0)),
}
"""Where not one lane: two partitions, and what comes straight or through the linker."""


def maybe(values: Sequence[T], *, seldom: int = 1) -> st.SearchStrategy[T | None]:
    """One of these, or nothing: `seldom` times as likely as each of them."""
    return st.sampled_from([*values, *[None] * seldom])


def policies() -> st.SearchStrategy[Policy]:
    """What may be asked: from nothing at all to two people and evidence at once."""
    demands = st.sampled_from(Demand)
    return st.builds(
        Policy,
        version=st.just("2026-11"),
        approvals=st.builds(
            Approvals,
            quorum=st.integers(1, 2),
            quorum_privileged=st.integers(1, 3),
            grace=st.sampled_from([timedelta(0), timedelta(minutes=15)]),
        ),
        evidence=st.builds(
            EvidencePolicy,
            reason_for=demands,
            due_for=demands,
            grace=st.sampled_from([timedelta(0), timedelta(minutes=15)]),
        ),
        webhooks=st.builds(
            Webhooks,
            ignored_destinations=st.sampled_from([(), ("https://health.",)]),
            allowed_destinations=st.sampled_from([(), ("https://hooks.example",)]),
            sandbox_tenants=st.sampled_from([(), ("zeta",)]),
        ),
        outside=st.builds(OutsideChanges, sanctioned_actors=st.sampled_from([(), ("bot",)])),
        human_decision_for=demands,
        pre_approvals=st.sampled_from(
            [(), (PreApproval(id="CHG-1234", owner="ciso", until=LATE),)]
        ),
        bypass=st.sampled_from([Bypass(), Bypass(repair_accounts=("bot",))]),
        given=st.sampled_from([Given(), Given(standing_scopes=("company:2",))]),
        bundles=st.sampled_from([(), (Bundle(entitlement="pay", holds=("ledger",)),)]),
        keep_apart=st.sampled_from([Policy().keep_apart, APART]),
        may_approve=st.sampled_from([(), MAY_APPROVE]),
        workflows=st.sampled_from([(), ROUTES]),
        expiry=st.sampled_from([Expiry(), Expiry(grace=timedelta(0), enforced_systems=("SAP",))]),
        emergency=st.sampled_from([Emergency(), Emergency(review_within=timedelta(minutes=60))]),
        evidence_needed=st.sampled_from([(), (NEEDED,)]),
        environments=st.sampled_from([(), ENVIRONMENTS]),
        exception_terms=st.sampled_from([ExceptionTerms(), ExceptionTerms(renewals_max=0)]),
        ownership=st.builds(
            Ownership,
            owner_for=demands,
            replace_within=st.sampled_from([timedelta(days=14), timedelta(minutes=30)]),
        ),
        self_service=st.sampled_from([SelfService(), SelfService(criticalities=("low",))]),
        birthright_entitlements=st.sampled_from([(), ("wiki",), ("wiki", "mail")]),
        birthright_workflows=st.sampled_from([(), ("wf-joiner",)]),
        known_automation=st.sampled_from([(), ("bot",)]),
        reciprocity=st.sampled_from(
            [Reciprocity(), Reciprocity(count_min=1, times_chance=1, team_min=1)]
        ),
        haste=st.sampled_from([Haste(), HASTY]),
        static_route=st.sampled_from([StaticRoute(), StaticRoute(cases_min=1)]),
        conflicts=st.sampled_from([(), (Conflict(first="pay", second="wiki"),)]),
        rights=st.just(Rights(conflict_grace=timedelta(minutes=15))),
        extensions=st.sampled_from([Extensions(grace=timedelta(minutes=15)), VENDORS]),
        machine_owners=st.sampled_from(
            [MachineOwners(), MachineOwners(replace_within=timedelta(minutes=30))]
        ),
        secrets=st.sampled_from([Secrets(), SHORT_SECRETS]),
        changes=st.sampled_from([Changes(), Changes(grace=timedelta(minutes=15))]),
        sources=st.sampled_from(
            [(), (SourcePolicy(name="sap", silent_after=timedelta(minutes=30)),)]
        ),
        exceptions=st.lists(exemptions(), max_size=2).map(tuple),
        silence_patience=st.sampled_from([timedelta(minutes=5), timedelta(hours=1)]),
        settle_after=st.sampled_from([timedelta(minutes=30), timedelta(hours=24)]),
    )


def exemptions() -> st.SearchStrategy[Exemption]:
    """Recorded exceptions, each for somebody or something, until some moment."""
    scope = st.sampled_from(
        [{"person": "P-1"}, {"account": "ann"}, {"entitlement": "pay"}, {"workflow": "wf-access"}]
    )
    rules = st.sampled_from(["APR-001", "APR-002", "APR-004", "APR-007", "EVD-001", "EVD-002"])
    until = st.sampled_from([after(minutes=15), LATE])
    return st.builds(
        lambda rule, scope, until: Exemption(
            rule=rule, reason="one-person team", owner="ciso", until=until, **scope
        ),
        rules,
        scope,
        until,
    )


@st.composite
def stories(draw: st.DrawFn) -> list[Event]:
    """One to three cases, each of them most of a decision and some steps more."""
    happened: list[Event] = []
    for name in draw(st.lists(st.sampled_from(CASES), min_size=1, max_size=3, unique=True)):
        is_a_decision = draw(st.integers(0, 5))
        actions = [action for action in CORE if is_a_decision and draw(st.integers(0, 5))]
        actions += draw(st.lists(st.sampled_from(MORE), min_size=not actions, max_size=5))
        happened += [draw(events(len(happened) + n, name, a)) for n, a in enumerate(actions)]
    return happened


@st.composite
def events(draw: st.DrawFn, number: int, name: CaseName, action: Action) -> Event:
    """One step, told by a source that can tell it."""
    source = draw(st.sampled_from([name for name, carries in SOURCES.items() if action in carries]))
    return Event(
        id=f"e{number}",
        source=source,
        action=action,
        tenant=name[0],
        case=name[1],
        occurred_at=NINE + draw(st.sampled_from(MOMENTS)),
        sequence=draw(maybe([1, 2], seldom=3)),
        actor=draw(maybe(PARTIES)),
        on_behalf_of=draw(maybe(PARTIES, seldom=60)),
        beneficiary=draw(maybe(PARTIES, seldom=9)),
        assignee=draw(maybe(PARTIES)) if action in HANDING_ON else None,
        entitlement=draw(maybe(RIGHTS, seldom=4)),
        workflow=draw(maybe(WORKFLOWS, seldom=6)),
        step=draw(maybe(STEPS)) if action in SIDES else None,
        scope=draw(st.sampled_from(SCOPES)),
        duration=draw(maybe(DURATIONS, seldom=4)),
        outcome=draw(maybe(OUTCOMES, seldom=4)),
        justification=draw(maybe(["Quarter end close", "n/a.", "x"], seldom=3)),
        evidence=draw(st.sampled_from([(), (), (), (), (TICKET,)])),
    )


HANDING_ON = (
    *(Action.DELEGATED, Action.REASSIGNED, Action.ASSIGNED, Action.ESCALATED),
    Action.EXCEPTION_GRANTED,
)
SIDES = (
    *(Action.STEP_INVOKED, Action.STEP_RECORDED),
    *(Action.EXTENSION_PUBLISHED, Action.EXTENSION_TESTED, Action.EXTENSION_APPROVED),
)
TICKET = Evidence(kind="ticket", ref="CHG-1234")


@st.composite
def altered(draw: st.DrawFn, event: Event) -> Event:
    """The same id again, and another content."""
    return draw(
        st.sampled_from(
            [
                replace(event, justification="It was always like this"),
                replace(event, action=Action.DENIED),
                replace(event, occurred_at=event.occurred_at - timedelta(minutes=1)),
                replace(event, actor=Party(account="eve", kind=HUMAN)),
                replace(event, entitlement=RIGHTS[1]),
                replace(event, duration="P1D", scope=("company:2",)),
            ]
        )
    )


@st.composite
def sources(draw: st.DrawFn) -> list[SourceDeclared]:
    """Who reports in which lanes, and what they can say at all."""
    told, heard_in_one = draw(st.booleans()), draw(st.booleans())
    return [
        SourceDeclared(
            source=name,
            connector="native",
            carries=tuple(sorted(carries)),
            tells=tuple(draw(st.sampled_from([FIELDS, FIELDS, FIELDS[:3], FIELDS[3:]]))),
            lanes=LANES.get(name, (name,)),
            heard_in=("tickets/0",) if heard_in_one and name == "tickets" else (),
            told=told and name == "tickets",
        )
        for name, carries in SOURCES.items()
        # Sometimes nobody could have brought it.
        if name == "iga" or draw(st.integers(0, 4))
    ]


@st.composite
def rounds(draw: st.DrawFn, declared: Sequence[SourceDeclared], until: datetime) -> list[Tick]:
    """Every lane says up to when it has been heard; some are behind, or say nothing at all."""
    behind = st.sampled_from(
        [until, until, until, until, NINE + draw(st.sampled_from(MOMENTS)), None]
    )
    words: list[Tick] = [("clock", {EVERY_SOURCE: until})]
    for source in declared:
        name = source.source if source.told else EVERY_SOURCE
        for lane in source.lanes:
            reached = draw(behind)
            if reached is not None:
                words.append((lane, {name: min(until, reached)}))
    return words


@dataclass(frozen=True)
class World:
    """A history, and one way in which it came to be told."""

    history: History
    journal: tuple[bytes, ...]


@st.composite
def worlds(
    draw: st.DrawFn, joins: Sequence[tuple[CaseName, CaseName]] = (), home: int = 0
) -> World:
    """Any history, told in any order, with repetitions, in any frames, with ticks in between.

    `joins`: cases that turn out to be one somewhen; the second one's partition is `home`.
    """
    happened = draw(stories())
    happened += [draw(altered(event)) for event in happened if not draw(st.integers(0, 24))]
    declared = draw(sources())
    between = [
        draw(rounds(declared, NINE + draw(st.sampled_from(MOMENTS))))
        for _ in range(draw(st.integers(0, 3)))
    ]
    final = draw(rounds(declared, draw(st.sampled_from([LATE, LATE, after(minutes=76)]))))
    history = History(
        events=happened,
        sources=declared,
        ticks=[tick for each in (*between, final) for tick in each],
        policy=draw(policies()),
        joined=joins,
    )
    everything: list[Event | list[Tick] | bytes] = [*happened, *between]
    everything += [joined(other, one, home=home) for one, other in joins]
    everything += draw(st.lists(st.sampled_from(happened), max_size=3))
    told = draw(st.permutations(everything))
    journal = [*opening(history), *draw(frames(told)), *(ticked(tick) for tick in final)]
    return World(history, tuple(journal))


JOINED = ((CASES[0], CASES[1]),)
"""Two cases of one tenant that turn out to be one, somewhen."""


@st.composite
def frames(draw: st.DrawFn, told: Sequence[Event | list[Tick] | bytes]) -> list[bytes]:
    """Cut what is told into records: ticks alone, neighbouring events sometimes in one frame."""
    records: list[bytes] = []
    waiting: list[Event] = []
    for each in told:
        if isinstance(each, Event):
            waiting.append(each)
        if waiting and (not isinstance(each, Event) or draw(st.booleans())):
            records.append(frame(*waiting))
            waiting = []
        if isinstance(each, bytes):
            records.append(each)
        elif not isinstance(each, Event):
            records += [ticked(tick) for tick in each]
    return [*records, frame(*waiting)] if waiting else records
