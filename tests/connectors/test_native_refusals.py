"""What is wrong with a native event is said by its sentence."""

import pytest

from rules.events import Action
from stream.connectors.native import NATIVE
from stream.connectors.table import ID_CHARS_MAX, LIST_ITEMS_MAX, TEXT_CHARS_MAX, WHOLE_MAX
from tests.connectors.native_examples import ENVELOPE, with_data
from tests.connectors.reading import Json, refusal

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
        {**ENVELOPE, "type": "iga.okayed"},
        (
            "acme: field 'type' is 'iga.okayed'; expected one of ['iga.amended', 'iga.approved', "
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
    "time-beyond-the-calendar": (
        {**ENVELOPE, "time": "9999-12-31T23:59:59-23:59"},
        (
            "acme: field 'time' is '9999-12-31T23:59:59-23:59'; expected a time with a zone such "
            "as 2026-11-01T00:03:10Z"
        ),
    ),
    "links-as-text": (
        with_data(links="execution:1"),
        "acme: field 'data.links' is 'execution:1'; expected a list",
    ),
    "endless-list": (
        with_data(links=["x"] * (LIST_ITEMS_MAX + 1)),
        (
            "acme: field 'data.links' is ['x', 'x', 'x', ...]; expected at most "
            f"{LIST_ITEMS_MAX} items"
        ),
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
