"""Absence in real time: never before the last source could have spoken, and always then.

Two lanes with clocks of their own, sources with theirs, processes that are down, a lane that is
idle, evidence that is in time, slow or never there; after the approval not one further event.
"""

from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from tests.properties.effort import looks
from tests.properties.lanes_in_time import (
    APPROVED_AT,
    BEGIN,
    DEADLINE,
    DELAY,
    DUE_WITHIN,
    SKEW,
    STEP,
    TRANSPORT,
    Down,
    InTime,
    Sent,
)

END = BEGIN + timedelta(minutes=75)
SECONDS_OF_SKEW = int(SKEW.total_seconds())


def skews() -> st.SearchStrategy[timedelta]:
    """How far a clock is ahead."""
    return st.integers(-SECONDS_OF_SKEW, SECONDS_OF_SKEW).map(lambda n: timedelta(seconds=n))


def downs() -> st.SearchStrategy[Down]:
    """A time without a process, often across the deadline; it is up again well before the end."""
    minutes = st.integers(0, 40).map(lambda n: timedelta(minutes=n))
    return st.builds(
        lambda begin, long: Down(begin=BEGIN + begin, end=BEGIN + begin + long),
        minutes,
        st.one_of(st.just(timedelta(0)), minutes.map(lambda span: span / 2)),
    )


@st.composite
def sent(draw: st.DrawFn, action: str, *, within: tuple[int, int], case: str = "REQ-1") -> Sent:
    """An event that truly happens so many seconds after the beginning, told within the delay."""
    happens_at = BEGIN + timedelta(seconds=draw(st.integers(*within)))
    return Sent(
        action=action,
        case=case,
        occurred_at=happens_at + draw(skews()),
        arrives_at=happens_at + draw(st.integers(0, 40)) * TRANSPORT / 40,
        lane=draw(st.integers(0, 1)),
    )


def approval() -> Sent:
    """The approval whose evidence is waited for."""
    return Sent(action="approved", case="REQ-1", occurred_at=APPROVED_AT, arrives_at=APPROVED_AT)


def before() -> list[Sent]:
    """What makes the source known as one that brings evidence, in another case."""
    return [
        Sent(action=action, case="REQ-0", occurred_at=BEGIN, arrives_at=BEGIN)
        for action in ("requested", "evidenced", "approved")
    ]


@looks(12)
@given(st.data(), st.tuples(skews(), skews()), st.tuples(downs(), downs()), st.integers(1, 4))
def test_evidence_that_was_there_in_time_is_never_called_missing(
    data: st.DataObject,
    clocks: tuple[timedelta, timedelta],
    down: tuple[Down, Down],
    chunk: int,
) -> None:
    """However late it is read: by a slow intake, after a restart, from the other lane."""
    in_time = int((APPROVED_AT + DUE_WITHIN - SKEW - BEGIN).total_seconds())
    evidence = data.draw(sent("evidenced", within=(0, in_time)))
    run = InTime([*before(), approval(), evidence], clocks, down, chunk)

    run.run(END)

    assert run.changes == []


@looks(12)
@given(st.tuples(skews(), skews()), st.tuples(downs(), downs()), st.integers(1, 4))
def test_evidence_that_never_comes_is_missed_once_and_on_time(
    clocks: tuple[timedelta, timedelta], down: tuple[Down, Down], chunk: int
) -> None:
    """With no further traffic, one lane idle all along, the process down across the deadline.

    Not before both lanes have reported past the deadline by their own clocks, and in the first
    step in which both have.
    """
    run = InTime([*before(), approval()], clocks, down, chunk)
    steps = [BEGIN + n * STEP for n in range(int((END - BEGIN) / STEP) + 1)]
    told = [
        next(
            now
            for now in steps
            if not down[lane].holds(now) and now + clocks[lane] - DELAY >= DEADLINE
        )
        for lane in range(2)
    ]

    run.run(END)

    assert [change for _, change in run.changes] == ["opened"]
    ((at, _),) = run.changes
    # What it had not read by then an intake reads first, a few records a step.
    assert max(told) <= at <= max(told) + 4 * STEP


@looks(8)
@given(st.integers(0, 30 * 24), st.integers(0, 900), st.integers(1, 4))
def test_a_source_whose_clock_has_jumped_ahead_makes_nothing_due_early(
    hours: int, after: int, chunk: int
) -> None:
    """It says that it has reported up to a day that is still to come; then evidence comes in time.

    What it says once its clock is right again counts: evidence that never came is missed then.
    """
    told_at = APPROVED_AT + timedelta(seconds=after)
    evidence_at = APPROVED_AT + DUE_WITHIN - timedelta(seconds=30)
    ahead = Sent(
        action="tick", case="", occurred_at=told_at + timedelta(hours=hours), arrives_at=told_at
    )
    right = Sent(action="tick", case="", occurred_at=END, arrives_at=END)
    evidence = Sent(
        action="evidenced",
        case="REQ-1",
        occurred_at=evidence_at,
        arrives_at=max(evidence_at, told_at),
    )
    never = Down(begin=BEGIN, end=BEGIN)
    brought, missed = (
        InTime(
            [*before(), approval(), ahead, *more, right],
            (timedelta(0), timedelta(0)),
            (never, never),
            chunk,
        )
        for more in ([evidence], [])
    )

    brought.run(END)
    missed.run(END + 4 * STEP)

    assert brought.changes == []
    assert [(at >= END, change) for at, change in missed.changes] == [(True, "opened")]


@looks(8)
@given(
    st.tuples(skews(), skews()),
    st.integers(1, 35).map(lambda n: timedelta(minutes=n)),
    st.integers(0, 1),
)
def test_evidence_from_a_source_slower_than_it_declared_takes_the_finding_back(
    clocks: tuple[timedelta, timedelta], late: timedelta, lane: int
) -> None:
    """It was there in time and is told too late: opened when all had spoken, withdrawn by it."""
    never = Down(begin=BEGIN, end=BEGIN)
    evidence = Sent(
        action="evidenced",
        case="REQ-1",
        occurred_at=APPROVED_AT + DUE_WITHIN,
        arrives_at=DEADLINE + DELAY + 2 * SKEW + late,
        lane=lane,
    )
    run = InTime([*before(), approval(), evidence], clocks, (never, never))

    run.run(END)

    assert [change for _, change in run.changes] == ["opened", "withdrawn"]
    assert run.changes[1][0] >= evidence.arrives_at


@looks(5)
@given(hours=st.integers(3, 10 * 24), brings_it=st.booleans())
def test_a_source_that_falls_silent_is_waited_for_until_it_returns(
    hours: int, *, brings_it: bool
) -> None:
    """Silent for days: nothing is called missing, and it is said that nobody can tell.

    When it speaks again, if only of another case, what it has not brought is missing.
    """
    never = Down(begin=BEGIN, end=BEGIN)
    returns_at = BEGIN + timedelta(hours=hours)
    case = "REQ-1" if brings_it else "REQ-2"
    when = APPROVED_AT if brings_it else returns_at
    last = Sent(action="evidenced", case=case, occurred_at=when, arrives_at=returns_at)
    run = InTime(
        [*before(), approval(), last],
        (timedelta(0), timedelta(0)),
        (never, never),
        silent_after=timedelta(minutes=5),
    )

    # Minute by minute while it falls silent, and then in long strides.
    run.run(END)
    run.run(returns_at + timedelta(hours=2), max(STEP, (returns_at - BEGIN) / 40))

    assert len(run.untold) == 1
    assert run.untold[0] < returns_at
    if brings_it:
        assert run.changes == []
    else:
        assert [change for _, change in run.changes] in (["opened"], ["opened", "confirmed"])
        assert run.changes[0][0] >= returns_at
