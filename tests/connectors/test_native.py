"""The native event: our own words, so every field must arrive as it was sent."""

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from rules.events import Action, ActorKind
from stream.canonical import dumps, read_event
from stream.connectors import MalformedEventError, Told
from stream.connectors.native import NATIVE
from stream.connectors.table import ID_CHARS_MAX, TEXT_CHARS_MAX, WHOLE_MAX
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

ENVELOPE: dict[str, Any] = {
    "specversion": "1.0",
    "id": "REQ-7-2",
    "source": "iga/acme",
    "type": "iga.approved",
    "subject": "REQ-7",
    "time": "2026-11-01T00:03:10.25Z",
    "data": {
        "case": "REQ-7",
        "action": "approved",
        "tenant": "acme",
        "sequence": 41,
        "links": ["execution:9f2c"],
        "actor": {"account": "bo", "kind": "human", "name": "Bo Berg"},
        "on_behalf_of": {"account": "ann"},
        "beneficiary": {"account": "cy"},
        "assignee": {"account": "dee", "namespace": "teams"},
        "stage": "manager",
        "entitlement": {
            "id": "ent-12",
            "type": "role",
            "name": "Payments operator",
            "system": "SAP-PRD",
            "privileged": True,
            "criticality": "high",
        },
        "scope": ["company:1000"],
        "duration": "PT8H",
        "justification": "Quarter end, CHG-1234",
        "evidence": [{"kind": "ticket", "ref": "CHG-1234", "digest": "sha256:0a"}],
        "workflow": {"id": "wf-access", "version": "17", "step": "approve", "owner": "team-iam"},
        "step": {
            "invocation": "inv-1",
            "extension": "notify-hr",
            "version": "3",
            "digest": "sha256:0b",
            "destination": "https://hooks.acme.example/hr",
        },
        "outcome": "approved",
    },
}


def with_data(**fields: Json) -> Json:
    """Change the envelope's data."""
    return {**ENVELOPE, "data": {**ENVELOPE["data"], **fields}}


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


LONG = "x" * 37 + "..." + "x" * 38
REFUSALS = {
    "no-object": ([], "acme: the record is []; expected a JSON object"),
    "no-envelope": (
        {},
        "acme: field 'specversion' is missing; expected '1.0', as CloudEvents have it",
    ),
    "other-version": (
        {**ENVELOPE, "specversion": "0.3"},
        "acme: field 'specversion' is '0.3'; expected '1.0', as CloudEvents have it",
    ),
    "binary-data": (
        {**ENVELOPE, "data_base64": "AA=="},
        "acme: field 'data_base64' is 'AA=='; expected JSON in 'data'",
    ),
    "other-vocabulary": (
        {**ENVELOPE, "type": "com.example.sale"},
        (
            "acme: field 'type' is 'com.example.sale'; expected a step of an access decision; "
            "'foureyes sources native' lists them"
        ),
    ),
    "unknown-action": (
        {**ENVELOPE, "type": "iga.aproved"},
        (
            "acme: field 'type' is 'iga.aproved'; expected one of ['iga.amended', 'iga.approved', "
            "'iga.assigned', 'iga.audit_record_removed', 'iga.auto_approved', 'iga.bypassed', "
            "'iga.cancelled', 'iga.certified', 'iga.changed_outside', 'iga.credential_issued', "
            f"'iga.credential_revoked', 'iga.credential_rotated'] or {len(Action) - 12} more"
        ),
    ),
    "empty-id": (
        {**ENVELOPE, "id": ""},
        "acme: field 'id' is ''; expected text that is not empty",
    ),
    "no-source": (
        {**ENVELOPE, "source": None},
        "acme: field 'source' is missing; expected text that is not empty",
    ),
    "no-time-in-a-tick": (
        {**ENVELOPE, "type": "iga.tick", "time": None},
        "acme: field 'time' is missing; expected a time",
    ),
    "other-case-in-data": (
        with_data(case="REQ-8"),
        "acme: field 'data.case' is 'REQ-8'; expected the same as subject",
    ),
    "other-action-in-data": (
        with_data(action="denied"),
        "acme: field 'data.action' is 'denied'; expected the same as type",
    ),
    "no-zone": (
        {**ENVELOPE, "time": "2026-11-01T00:03:10"},
        (
            "acme: field 'time' is '2026-11-01T00:03:10'; expected a time with a zone such as "
            "2026-11-01T00:03:10Z"
        ),
    ),
    "time-as-number": (
        {**ENVELOPE, "time": 1793491390},
        (
            "acme: field 'time' is 1793491390; expected a time with a zone such as "
            "2026-11-01T00:03:10Z"
        ),
    ),
    "time-beyond-time": (
        {**ENVELOPE, "time": "0001-01-01T00:00:00Z"},
        "acme: field 'time' is '0001-01-01T00:00:00Z'; expected a time from 1970 to 2199",
    ),
    "sequence-beyond-json": (
        with_data(sequence=WHOLE_MAX + 1),
        (
            "acme: field 'data.sequence' is 9007199254740992; expected a whole number within "
            "±(2**53-1)"
        ),
    ),
    "sequence-as-float": (
        with_data(sequence=1.0),
        "acme: field 'data.sequence' is 1.0; expected a whole number within ±(2**53-1)",
    ),
    "sequence-as-truth": (
        with_data(sequence=True),
        "acme: field 'data.sequence' is True; expected a whole number",
    ),
    "privileged-as-word": (
        with_data(entitlement={"id": "e", "privileged": "yes"}),
        "acme: field 'data.entitlement.privileged' is 'yes'; expected true or false",
    ),
    "actor-as-text": (
        with_data(actor="bo"),
        "acme: field 'data.actor' is 'bo'; expected an object",
    ),
    "actor-without-account": (
        with_data(actor={"kind": "human"}),
        "acme: field 'data.actor.account' is missing; expected text that is not empty",
    ),
    "unknown-kind": (
        with_data(actor={"account": "bo", "kind": "person"}),
        (
            "acme: field 'data.actor.kind' is 'person'; expected one of ['agent', 'human', "
            "'service', 'unknown']"
        ),
    ),
    "evidence-without-kind": (
        with_data(evidence=[{"kind": "ticket"}, {"ref": "CHG-1"}]),
        "acme: field 'data.evidence[1].kind' is missing; expected text that is not empty",
    ),
    "links-with-a-number": (
        with_data(links=["execution:1", 2]),
        "acme: field 'data.links[1]' is 2; expected text",
    ),
    "data-as-list": (
        {**ENVELOPE, "data": [1]},
        "acme: field 'data' is [1]; expected an object",
    ),
    "wordy-duration": (
        with_data(duration="8 hours"),
        "acme: field 'data.duration' is '8 hours'; expected an ISO 8601 duration such as PT8H",
    ),
    "endless-id": (
        {**ENVELOPE, "id": "x" * (ID_CHARS_MAX + 1)},
        f"acme: field 'id' is '{LONG}'; expected at most {ID_CHARS_MAX} characters",
    ),
    "endless-text": (
        with_data(justification="x" * (TEXT_CHARS_MAX + 1)),
        (
            f"acme: field 'data.justification' is '{LONG}'; expected at most "
            f"{TEXT_CHARS_MAX} characters"
        ),
    ),
}


@pytest.mark.parametrize(("document", "sentence"), REFUSALS.values(), ids=REFUSALS.keys())
def test_a_defect_is_named(document: Json, sentence: str) -> None:
    """Whoever sent it reads who, where, what was found and what was expected."""
    assert refusal(NATIVE, document) == sentence


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
