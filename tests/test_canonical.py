"""Canonical bytes are those of RFC 8785, and a twin is its dataclass in everything that is read."""

import json
from dataclasses import MISSING, Field, fields, is_dataclass
from datetime import UTC, datetime, timedelta, timezone
from typing import Any, get_args, get_type_hints

import msgspec
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.errors import UnreadableRecordError
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
from rules.finding import Change, Finding, Severity, read_finding
from rules.policy import Policy
from stream.canonical import CODEC, TWINS, dumps, plain, read_event, read_policy, write
from tests.properties.effort import looks
from tests.properties.worlds import policies

TEXT = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)
NAMES = st.text(st.characters(exclude_categories=["Cs"]), min_size=1, max_size=12)
WHOLE = st.integers(-(2**53) + 1, 2**53 - 1)
ZONES = st.sampled_from([UTC, timezone(timedelta(hours=-7, minutes=-30))])
MOMENTS = st.datetimes(
    datetime.fromisoformat("1000-01-02"), datetime.fromisoformat("9999-12-30"), timezones=ZONES
)


def rfc8785(tree: Any) -> bytes:
    """JSON as RFC 8785 has it, for what we write: ASCII keys, no floats, integers below 2**53."""
    return json.dumps(tree, sort_keys=True, separators=(",", ":"), ensure_ascii=False).encode()


def simple(value: Any) -> Any:
    """What a value comes to in JSON, spelled out for what we write and nothing else."""
    if isinstance(value, datetime):
        told = value.astimezone(UTC).replace(tzinfo=None)
        return told.isoformat() + "Z"
    if is_dataclass(value):
        told_of = {each.name: simple(getattr(value, each.name)) for each in fields(value)}
        return {name: item for name, item in told_of.items() if item not in (None, [], {})}
    if isinstance(value, tuple | list):
        return [simple(item) for item in value]
    return str(value) if isinstance(value, Action | ActorKind | Severity | Change) else value


def parties() -> st.SearchStrategy[Party | None]:
    """Any party, or none."""
    maybe = st.none() | TEXT
    return st.none() | st.builds(
        Party,
        account=NAMES,
        kind=st.sampled_from(ActorKind),
        namespace=maybe,
        name=maybe,
        person=maybe,
        proof=maybe,
        owner=maybe,
    )


def any_events() -> st.SearchStrategy[Event]:
    """Any event that the vocabulary can hold."""
    maybe = st.none() | TEXT
    texts = st.lists(TEXT, max_size=3).map(tuple)
    evidence = st.builds(Evidence, kind=NAMES, ref=maybe, digest=maybe)
    return st.builds(
        Event,
        id=NAMES,
        source=NAMES,
        action=st.sampled_from(Action),
        occurred_at=MOMENTS,
        actor=parties(),
        tenant=maybe,
        case=maybe,
        sequence=st.none() | WHOLE,
        observed_at=st.none() | MOMENTS,
        links=texts,
        on_behalf_of=parties(),
        beneficiary=parties(),
        assignee=parties(),
        stage=maybe,
        entitlement=st.none()
        | st.builds(
            Entitlement,
            id=NAMES,
            type=maybe,
            name=maybe,
            system=maybe,
            privileged=st.none() | st.booleans(),
            criticality=maybe,
        ),
        scope=texts,
        duration=maybe,
        justification=maybe,
        evidence=st.lists(evidence, max_size=2).map(tuple),
        workflow=st.none() | st.builds(Workflow, id=NAMES, version=maybe, step=maybe, owner=maybe),
        step=st.none()
        | st.builds(
            Step,
            invocation=maybe,
            extension=maybe,
            version=maybe,
            digest=maybe,
            destination=maybe,
            # A step of which nothing is told is not written, and is none when it comes back.
        ).filter(lambda step: step != Step()),
        outcome=maybe,
        raw=maybe,
    )


TREES = st.recursive(
    st.none() | st.booleans() | WHOLE | TEXT,
    lambda tree: (
        st.lists(tree, max_size=3)
        | st.dictionaries(st.text("abcXYZ_-019 ", max_size=5), tree, max_size=3)
    ),
    max_leaves=12,
)


@looks(150)
@given(TREES)
def test_a_plain_tree_is_written_as_the_rfc_says(tree: Any) -> None:
    """Keys sorted, no blanks, the RFC's escapes and no others."""
    assert write(tree) == rfc8785(tree)
    assert dumps({"tree": tree}) == rfc8785({"tree": tree})


@looks(100)
@given(any_events())
def test_an_event_is_written_as_the_rfc_says(event: Event) -> None:
    """Times in UTC with a Z, whatever their zone; what is empty is left out."""
    assert write(event) == rfc8785(simple(event))


@looks(100)
@given(any_events())
def test_an_event_comes_back_as_it_was_written(event: Event) -> None:
    """And is written again as the same bytes, by the twin that came back."""
    line = write(event)
    again = read_event(line)

    assert write(again) == line
    assert plain(again) == plain(event)
    for each in fields(Event):
        assert type(getattr(again, each.name)).__name__ == type(getattr(event, each.name)).__name__


@looks(25)
@given(policies())
def test_a_policy_comes_back_as_it_was_written(policy: Policy) -> None:
    """Spans, lists that were emptied, exceptions: all of it."""
    assert read_policy(write(policy)) == policy


@pytest.mark.parametrize(
    "span", [timedelta(0), timedelta(microseconds=1), timedelta(days=400, seconds=1.5)], ids=str
)
def test_a_span_comes_back_to_the_microsecond(span: timedelta) -> None:
    """No rounding on the way through the journal."""
    assert read_policy(write(Policy(settle_after=span))).settle_after == span


def test_a_finding_comes_back_as_it_was_written() -> None:
    """Also without what most findings have."""
    finding = Finding(
        finding="EVD-005-0123456789abcdef",
        number=2,
        change=Change.UPDATED,
        rule="EVD-005",
        rule_version=1,
        severity=Severity.CRITICAL,
        title="Audit record altered",
        tenant=None,
        case="REQ-1",
        at=datetime(2026, 11, 2, 9, 0, 0, 250_000, tzinfo=UTC),
        evidence=("e1",),
        who=(),
        summary='"quoted" ✓',
        next_step="Compare.",
        controls=("53 AU-9",),
        policy="1",
        source="iga",
    )

    assert write(finding) == rfc8785(simple(finding))
    assert read_finding(json.loads(write(finding))) == finding


@pytest.mark.parametrize("domain", TWINS, ids=lambda domain: domain.__name__)
def test_a_twin_has_the_fields_of_its_dataclass(domain: type) -> None:
    """The same names in the same order, the same types and defaults, by keyword only, frozen."""
    twin = TWINS[domain]
    told = msgspec.structs.fields(twin)
    hints = get_type_hints(domain)

    assert [each.name for each in told] == [each.name for each in fields(domain)]
    for ours, theirs in zip(fields(domain), told, strict=True):
        assert _default(ours) is theirs.default or _default(ours) == theirs.default
        assert _known_by_name(theirs.type) == _known_by_name(hints[ours.name])
    assert all(each.kw_only for each in fields(domain))
    with pytest.raises(TypeError, match="positional"):
        twin("by position")
    assert twin.__name__ == domain.__name__


def _default(field: Field[Any]) -> object:
    return msgspec.NODEFAULT if field.default is MISSING else field.default


def _known_by_name(hint: Any) -> object:
    """A type by the names of its parts: a twin is called like its dataclass."""
    inner = get_args(hint)
    return sorted(str(_known_by_name(each)) for each in inner) if inner else _name(hint)


def _name(hint: Any) -> str:
    return str(getattr(hint, "__name__", hint))


@pytest.mark.parametrize("domain", TWINS, ids=lambda domain: domain.__name__)
def test_a_twin_refuses_what_its_dataclass_refuses(domain: type) -> None:
    """The invariants are the domain's, written once."""
    ours = getattr(domain, "__post_init__", None)

    assert getattr(TWINS[domain], "__post_init__", None) is ours


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        b'{"id":"","source":"a","action":"approved","occurred_at":"2026-11-02T09:00:00Z"}',
        b'{"id":"1","source":"a","action":"approved","occurred_at":"2026-11-02T09:00:00"}',
        b'{"id":"1","source":"a","action":"waved","occurred_at":"2026-11-02T09:00:00Z"}',
        b'{"id":1,"source":"a","action":"approved","occurred_at":"2026-11-02T09:00:00Z"}',
        b'{"id":"\xff","source":"a","action":"approved","occurred_at":"2026-11-02T09:00:00Z"}',
    ],
)
def test_what_is_no_event_is_unreadable(line: bytes) -> None:
    """The partition halts with a reason; nothing half read goes on."""
    with pytest.raises(UnreadableRecordError, match="a recorded event"):
        CODEC.read_event(line)
