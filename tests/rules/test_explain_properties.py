"""Any path that can be recorded can be told, whole, on printable lines."""

from datetime import timedelta
from typing import Any

from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from rules.events import Action, ActorKind, Entitlement, Event, Evidence, Party, Step, Workflow
from rules.explain import Story
from rules.finding import Change
from rules.policy import Approvals, Policy
from stream.story_pages import json_page, markdown_page, text_page
from tests.rules.told_cases import NINE, Part, judged, step, story_of

TEXTS = st.text(max_size=12)
NAMES = st.text(min_size=1, max_size=8)
OR_NOTHING = st.none() | TEXTS
# An event is drawn field by field: on a busy machine that takes longer than hypothesis likes.
SIXTY = settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])


def parties() -> st.SearchStrategy[Party]:
    """Few accounts, so that they meet; some with a person or an owner behind them."""
    return st.builds(
        Party,
        account=st.sampled_from(["ann", "bo", "cy", "svc"]) | NAMES,
        kind=st.sampled_from(ActorKind),
        namespace=st.sampled_from([None, None, "uid"]),
        name=OR_NOTHING,
        person=st.sampled_from([None, "P-1", "P-2"]),
        owner=st.sampled_from([None, "P-1"]),
    )


def evidence() -> st.SearchStrategy[tuple[Evidence, ...]]:
    """Nothing, or a piece or two."""
    each = st.builds(Evidence, kind=NAMES, ref=OR_NOTHING, digest=OR_NOTHING)
    return st.lists(each, max_size=2).map(tuple)


@st.composite
def events(draw: st.DrawFn) -> Event:
    """One event with any action, any fields, any texts."""
    more: dict[str, Any] = {
        "source": draw(st.sampled_from(["iga/acme", "gateway"])),
        "sequence": draw(st.none() | st.integers(0, 9)),
        "on_behalf_of": draw(st.none() | parties()),
        "beneficiary": draw(st.none() | parties()),
        "assignee": draw(st.none() | parties()),
        "stage": draw(OR_NOTHING),
        "entitlement": draw(
            st.none()
            | st.builds(
                Entitlement,
                id=NAMES,
                type=OR_NOTHING,
                name=OR_NOTHING,
                system=OR_NOTHING,
                privileged=st.none() | st.booleans(),
                criticality=st.sampled_from([None, "low", "high"]),
            )
        ),
        "scope": tuple(draw(st.lists(TEXTS, max_size=2))),
        "duration": draw(st.none() | st.sampled_from(["PT8H", "P1D"]) | TEXTS),
        "justification": draw(OR_NOTHING),
        "evidence": draw(evidence()),
        "workflow": draw(
            st.none()
            | st.builds(Workflow, id=NAMES, version=OR_NOTHING, step=OR_NOTHING, owner=OR_NOTHING)
        ),
        "step": draw(
            st.none()
            | st.builds(
                Step,
                invocation=st.sampled_from([None, "inv-1", "inv-2"]),
                extension=OR_NOTHING,
                version=OR_NOTHING,
                digest=OR_NOTHING,
                destination=st.sampled_from([None, "https://hooks.example/a"]),
            )
        ),
        "outcome": draw(OR_NOTHING),
    }
    at = timedelta(seconds=draw(st.integers(0, 40_000)))
    observed = draw(st.none() | st.integers(0, 40_000))
    if observed is not None:
        more["observed_at"] = NINE + at + timedelta(seconds=observed)
    actor = draw(st.none() | parties())
    return step(draw(st.integers(1, 9)), at, draw(st.sampled_from(Action)), actor, **more)


TICKS = st.integers(0, 400_000).map(lambda seconds: timedelta(seconds=seconds))
POLICIES = st.builds(
    Policy,
    version=st.sampled_from(["one", "two"]),
    owner=OR_NOTHING,
    approvals=st.builds(Approvals, quorum=st.integers(1, 2)),
)


def records() -> st.SearchStrategy[list[Part]]:
    """Events with ticks and policies between them, in any order of arrival."""
    return st.lists(events() | events() | TICKS | POLICIES, min_size=1, max_size=12).filter(
        lambda parts: any(isinstance(part, Event) for part in parts)
    )


def words_of(story: Story) -> str:
    """Everything that a story says."""
    return "\n".join(
        [story.title, story.opening]
        + [line for each in story.sections for line in (each.heading, *each.paragraphs)]
    )


@SIXTY
@given(records())
def test_every_step_every_control_and_every_finding_is_told(parts: list[Part]) -> None:
    """No event of the path is left out, nor what was seen, nor what to do about it."""
    record = judged(*parts, sources=("iga/acme", "gateway"))

    story = story_of(record)

    words = words_of(story)
    path = record.file.path
    assert [e.id for e in path.events if f"(Event {e.id} of {e.source}.)" not in words] == []
    assert len(story.sections[0].paragraphs) == len(path)
    for each in record.said:
        assert each.rule.id in words
        assert [reason for reason in each.unknown if _printed(reason) not in words] == []
    for finding in record.history:
        assert finding.next_step in words
        assert finding.finding in words
        assert _printed(finding.summary) in words
        assert finding.change is not Change.WITHDRAWN or "It was withdrawn as of" in words


@SIXTY
@given(records())
def test_a_story_is_printable_lines_and_no_rendering_fails(parts: list[Part]) -> None:
    """Whatever a source sends: no escape sequence reaches a terminal, no mapping is shown."""
    record = judged(*parts, sources=("iga/acme", "gateway"))
    story = story_of(record)

    pages = text_page(story), markdown_page(story)

    assert all(line.isprintable() for line in words_of(story).split("\n"))
    assert all(line.isprintable() for page in pages for line in page.split("\n"))
    assert json_page(story, record).startswith("{")


def _printed(text: str) -> str:
    """A text as it stands in a story."""
    return "".join(c if c.isprintable() else " " if c.isspace() else "\ufffd" for c in text)
