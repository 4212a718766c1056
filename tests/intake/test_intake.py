"""Intake: every document ends in exactly one place, in order, and can be told from any other."""

from hashlib import sha256
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.machines.contract import JOURNAL, LINKS, Record
from rules.machines.routing import partition_of_case, partition_of_links
from stream.canonical import dumps, read_event
from stream.connectors import Delivery, MalformedEventError, Told, connector, documents
from tests.connectors.sailpoint_examples import EXAMPLES as SAILPOINT
from tests.intake.lanes import (
    LAYOUT,
    NOON,
    SOURCE,
    Heard,
    body,
    event,
    fed,
    intake,
    kept_bodies,
    tick,
)

native_documents = st.sampled_from(
    [
        event("1"),
        event("2", SUBJECT="REQ-2", tenant="acme"),
        event("3", SUBJECT="REQ-3", links=["execution:9"]),
        {**event("4", links=["execution:9", "tracking:7"]), "subject": None},
        {**event("5"), "subject": None},
        {**event("6"), "type": "com.example.weather"},
        {**event("7"), "time": "yesterday"},
        {"no": "event"},
        tick(),
        tick("2026-11-02T11:45:00Z", "iga/other"),
        17,
        None,
    ]
)
damaged = st.sampled_from([b"{", b"not json", b"[1,", b'{"id": "8"'])
lines = st.lists(native_documents.map(orjson.dumps) | damaged, max_size=8).map(b"\n".join)
arrays = st.lists(native_documents, max_size=5).map(orjson.dumps)
pretty = native_documents.map(lambda each: orjson.dumps(each, option=orjson.OPT_INDENT_2))
bodies = lines | arrays | pretty | st.binary(max_size=60)


def expected(name: str, content: bytes) -> tuple[list[bytes], int, int]:
    """What a body holds, read without intake: its events, how many ticks, how many refusals."""
    reader = connector(name)
    delivery = Delivery(
        source=name,
        observed_at=NOON,
        digest=f"sha256:{sha256(content).hexdigest()}",
        place="raw/0",
    )
    events, ticks, refused = [], 0, 0
    for _, document in documents(content, name, reader.apart):
        try:
            trees = (
                [] if isinstance(document, MalformedEventError) else reader.read(document, delivery)
            )
        except MalformedEventError:
            trees = []
        refused += not trees
        ticks += sum(isinstance(tree, Told) for tree in trees)
        events += [with_case(tree) for tree in trees if not isinstance(tree, Told)]
    return events, ticks, refused


def with_case(tree: dict[str, Any]) -> bytes:
    """The canonical bytes of an event: one that names nothing is a case of its own."""
    if "case" not in tree and "links" not in tree:
        tree["case"] = f"{tree['source']}:{tree['id']}"
    return dumps(tree)


@given(st.lists(bodies, max_size=5))
def test_every_document_ends_in_exactly_one_place(contents: list[bytes]) -> None:
    """Events told, ticks told, documents refused: together they are what came in, once each."""
    reader = intake()
    said = fed(reader, *contents)
    told = [expected("native", content) for content in contents]

    assert sorted(said.lines) == sorted(line for events, _, _ in told for line in events)
    assert reader.counts == {
        "events": len(said.lines),
        "ticks": sum(ticks for _, ticks, _ in told),
        "refused": sum(refused for _, _, refused in told),
    }
    assert len(said.refusals) == reader.counts["refused"]
    assert kept_bodies(said.kept) == [
        content for content, (_, _, refused) in zip(contents, told, strict=True) if refused
    ]


@given(st.lists(st.sampled_from(SAILPOINT), max_size=6), st.booleans())
def test_one_record_of_several_events_ends_in_one_place_too(
    records: list[Any],
    as_array: bool,  # noqa: FBT001
) -> None:
    """A vendor's record that tells several events: all of them, in a batch of any shape."""
    content = orjson.dumps(records) if as_array else body(*records)
    reader = intake(name="sailpoint")
    said = fed(reader, content)
    events, _, refused = expected("sailpoint", content)

    assert sorted(said.lines) == sorted(events)
    assert reader.counts == {"events": len(events), "ticks": 0, "refused": refused}


@given(st.lists(bodies, max_size=6), st.lists(st.integers(1, 6), min_size=6, max_size=6))
def test_how_records_are_cut_into_batches_changes_no_order(
    contents: list[bytes], sizes: list[int]
) -> None:
    """In one batch or many: the same events in each partition, in the same order."""
    together = fed(intake(), *contents)
    reader, apart = intake(), Heard()
    while contents:
        size, sizes = sizes[0], sizes[1:]
        for place, told in fed(reader, *contents[:size]).events.items():
            apart.events.setdefault(place, []).extend(told)
        contents = contents[size:]

    assert apart.events == together.events


def test_an_event_goes_where_its_case_is() -> None:
    """By case into the journal; to its tenant's links where it names no case."""
    said = fed(
        intake(),
        body(
            event("1", SUBJECT="REQ-2", tenant="acme"),
            {**event("2", links=["execution:9", "tracking:7"]), "subject": None},
        ),
    )
    places = {place: [read_event(line).id for line in told] for place, told in said.events.items()}

    assert places == {
        (JOURNAL, partition_of_case("acme", "REQ-2", LAYOUT.journal)): ["1"],
        (LINKS, partition_of_links(None, LAYOUT.links)): ["2"],
    }


def test_an_event_that_names_nothing_is_a_case_of_its_own() -> None:
    """It is recorded, and whoever looks at the case sees whose event it was."""
    (line,) = fed(intake(), body({**event("5"), "subject": None})).lines

    assert read_event(line).case == f"{SOURCE}:5"


def test_who_names_a_case_and_a_link_together_joins_them() -> None:
    """Each link once per case; one that another case carries as well is told of both."""
    reader = intake()
    first = fed(
        reader, body(event("1", links=["x:1", "x:2"]), event("2", links=["x:1"], tenant="acme"))
    )
    again = fed(reader, body(event("3", links=["x:1", "x:2"])))
    moved = fed(reader, body(event("4", SUBJECT="REQ-9", links=["x:2"])))

    assert [(each.get("tenant"), each["link"], each["case"]) for each in first.names] == [
        (None, "x:1", "REQ-1"),
        (None, "x:2", "REQ-1"),
        ("acme", "x:1", "REQ-1"),
    ]
    assert again.names == []
    assert [(each["link"], each["case"]) for each in moved.names] == [("x:2", "REQ-9")]
    assert fed(reader, body(event("5", links=["x:2"]))).names == []


def test_a_link_that_is_used_again_is_told_again_after_a_while() -> None:
    """Executions begin again at one: whose number it is, counts for a time."""
    reader = intake()
    told = [
        fed(reader, body({**event(day, links=["execution:1"]), "time": f"2026-11-{day}T09:00:00Z"}))
        for day in ("01", "02", "05")
    ]

    assert [[each["at"] for each in heard.names] for heard in told] == [
        ["2026-11-01T09:00:00Z"],
        [],
        ["2026-11-05T09:00:00Z"],
    ]


def test_what_stands_before_a_tick_leaves_before_it() -> None:
    """A source that says it has told everything up to noon has told that first."""
    outputs = [
        each.value for each in intake().feed([Record(0, body(event("1"), tick(), event("2")))])
    ]
    first = next(n for n, value in enumerate(outputs) if b'"id":"1"' in value)
    ticks = [n for n, value in enumerate(outputs) if b'"record":"ticks"' in value]
    last = next(n for n, value in enumerate(outputs) if b'"id":"2"' in value)

    assert first < min(ticks)
    assert max(ticks) < last


@pytest.mark.parametrize("name", ["native", "sailpoint", "teleport", "entra", "gateway"])
@given(content=st.binary(max_size=200))
def test_garbage_is_refused_and_never_crashes_intake(name: str, content: bytes) -> None:
    """Whatever the bytes: no event, one refusal with a reason, the bytes kept; or blank."""
    said = fed(intake(name=name), content)

    assert said.lines == []
    assert kept_bodies(said.kept) == ([content] if said.refusals else [])
