"""The native event: our own words, so every field must arrive as it was sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
from hypothesis import given
from hypothesis import strategies as st

from rules.events import Action, ActorKind
from stream.canonical import dumps, read_event
from stream.connectors import MalformedEventError, Told
from stream.connectors.native import NATIVE
from tests.connectors.native_examples import ENVELOPE, with_data
from tests.connectors.reading import (
    DELIVERY,
    NOON,
    Json,
    events,
    json_values,
    outcomes,
    refusal,
    spoiled,
)


def test_every_field_of_the_vocabulary_arrives() -> None:
    """What a platform sends in our words is in the record, field by field."""
    (event,) = events(NATIVE, ENVELOPE)
    (tree,) = NATIVE.read(ENVELOPE, DELIVERY)
    assert not isinstance(tree, Told)

    told = orjson.loads(dumps(tree))
    assert {key: told.get(key) for key in ENVELOPE["data"]} == ENVELOPE["data"]
    assert read_event(dumps(tree)) == event
    assert (event.id, event.source, event.case) == ("REQ-7-2", "iga/acme", "REQ-7")
    assert event.occurred_at == datetime(2026, 11, 1, 0, 3, 10, 250000, tzinfo=UTC)
    assert (event.observed_at, event.raw) == (NOON, "sha256:00")


def test_a_source_does_not_say_who_is_behind_an_account() -> None:
    """Person, proof and owner are stamped at intake; a source that sends them is not heard."""
    claimed = {"account": "bo", "person": "p-1", "proof": "hr", "owner": "p-2", "extra": [1]}
    (event,) = events(NATIVE, with_data(actor=claimed, surprise={"a": 1}))

    assert event.actor is not None
    assert (event.actor.account, event.actor.kind) == ("bo", ActorKind.UNKNOWN)
    assert (event.actor.person, event.actor.proof, event.actor.owner) == (None, None, None)


def test_every_action_has_a_type() -> None:
    """A new word in the vocabulary is at once a word on the wire."""
    read = [
        events(NATIVE, {"specversion": "1.0", "id": "1", "source": "s", "type": f"iga.{action}"})
        for action in Action
    ]

    assert [event.action for (event,) in read] == list(Action)
    assert NATIVE.carries == frozenset(Action)


def test_an_event_may_lack_its_case() -> None:
    """A gateway knows only an execution; the linker finds the case."""
    document = {key: value for key, value in ENVELOPE.items() if key != "subject"}
    document["data"] = {"links": ["execution:9f2c"]}
    (event,) = events(NATIVE, document)

    assert (event.case, event.links) == (None, ("execution:9f2c",))


def test_the_case_may_stand_in_the_data_alone() -> None:
    """`data` may repeat the case, so it may also be the only one to say it."""
    document = {key: value for key, value in ENVELOPE.items() if key != "subject"}
    (event,) = events(NATIVE, document)

    assert event.case == "REQ-7"


def test_a_source_without_a_clock_gets_ours() -> None:
    """CloudEvents need no time; then both times are the moment of arrival, also in a replay."""
    document = {key: value for key, value in ENVELOPE.items() if key != "time"}
    (event,) = events(NATIVE, document, replace(DELIVERY, stamp_observed=False))

    assert (event.occurred_at, event.observed_at) == (NOON, NOON)


def test_a_replay_gives_the_same_bytes_whenever_it_runs() -> None:
    """Without the time of observation, the bytes are a function of the file."""
    early = replace(DELIVERY, stamp_observed=False)
    late = replace(early, observed_at=NOON + timedelta(days=400))

    assert NATIVE.read(ENVELOPE, early) == NATIVE.read(ENVELOPE, late)


def test_times_are_told_in_any_zone_and_kept_in_utc() -> None:
    """An offset is arithmetic, not meaning."""
    offset = datetime(2026, 11, 1, 2, 3, 10, tzinfo=timezone(timedelta(hours=2)))
    (event,) = events(NATIVE, {**ENVELOPE, "time": offset.isoformat()})
    (small,) = events(NATIVE, {**ENVELOPE, "time": "2026-11-01t00:03:10z"})

    assert event.occurred_at == small.occurred_at == datetime(2026, 11, 1, 0, 3, 10, tzinfo=UTC)


def test_a_tick_is_progress_and_no_event() -> None:
    """`iga.tick` says up to when the source has reported; whatever else it holds is no step."""
    tick = {**ENVELOPE, "type": "iga.tick", "time": "2026-11-01T02:00:00Z"}

    assert NATIVE.read(tick, DELIVERY) == [
        Told(source="iga/acme", until=datetime(2026, 11, 1, 2, tzinfo=UTC))
    ]


def test_nobody_reports_for_another_tenant() -> None:
    """A way in that belongs to one tenant takes no event that names another."""
    own = replace(DELIVERY, tenant="acme")
    other = replace(DELIVERY, tenant="globex")

    assert [event.tenant for event in events(NATIVE, ENVELOPE, own)] == ["acme"]
    assert refusal(NATIVE, ENVELOPE, other) == (
        "acme: field 'tenant' is 'acme'; expected 'globex', whose way in this is"
    )


def test_a_lone_surrogate_is_not_json() -> None:
    """Half a character can be written back by nobody."""
    (error,) = outcomes(NATIVE, b'{"specversion":"1.0","id":"\\ud800"}')

    assert isinstance(error, MalformedEventError)
    assert error.kind == "not_json"


@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(body: bytes) -> None:
    """Whatever arrives, reading ends in events, in progress, or in a refusal."""
    outcomes(NATIVE, body)


@given(spoiled(ENVELOPE))
def test_any_json_is_read_or_refused(document: Json) -> None:
    """The same for an envelope with anything at all in one place."""
    outcomes(NATIVE, orjson.dumps(document))


@given(json_values)
def test_what_is_read_is_what_was_sent(value: Json) -> None:
    """A justification, if taken at all, is taken letter by letter."""
    document = with_data(justification=value)
    try:
        (event,) = events(NATIVE, document)
    except MalformedEventError:
        assert not isinstance(value, str | None)
    else:
        assert event.justification == (value or None)


@given(spoiled(ENVELOPE))
def test_the_compiled_table_says_what_its_rows_say(document: Json) -> None:
    """The written function is only faster than asking each row in turn."""
    if not isinstance(document, dict):
        return
    form = NATIVE.forms[0]
    try:
        compiled = form.read(document)
    except Exception:  # noqa: BLE001 - which refusal comes first may differ
        return
    assert compiled == {
        ours: value
        for ours, term in form.rows.items()
        if (value := _asked(document, ours)) is not None
    }


def _asked(document: Json, ours: str) -> Any:
    term = NATIVE.forms[0].rows[ours]
    value = term.read(document)
    return value if value is not None or term.repeated is None else term.repeated.read(document)


def test_reading_goes_through_canonical_bytes() -> None:
    """The tree is already plain: it is written without a second look, and read back equal."""
    (tree,) = NATIVE.read(ENVELOPE, DELIVERY)
    assert not isinstance(tree, Told)
    line = dumps(tree)

    assert dumps(orjson.loads(line)) == line
    assert read_event(line).sequence == 41


def test_an_owner_without_a_name_says_that_there_is_none() -> None:
    """Nobody owns it, which is another thing than a source that does not tell owners."""
    told = {"id": "wf-wallboard", "owner": ""}
    (nobodys,) = events(NATIVE, with_data(workflow=told))
    (untold,) = events(NATIVE, with_data(workflow={"id": "wf-wallboard"}))

    assert nobodys.workflow is not None
    assert untold.workflow is not None
    assert (nobodys.workflow.owner, untold.workflow.owner) == ("", None)


def test_an_empty_text_says_nothing() -> None:
    """An empty link among others is left out, and so is a list that has nothing else."""
    (some,) = events(NATIVE, with_data(links=["", "execution:1"], scope=[""]))

    assert (some.links, some.scope) == (("execution:1",), ())
