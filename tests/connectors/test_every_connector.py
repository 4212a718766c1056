"""What every connector promises, whatever its source."""

import random
from dataclasses import fields, replace
from datetime import timedelta
from typing import Any

import orjson
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from rules.events import Entitlement, Event, Evidence, Party, Step, Workflow
from stream.canonical import dumps
from stream.connectors import CONNECTORS, Connector, MalformedEventError, Told, UnknownSourceError
from stream.connectors import connector as find
from stream.connectors.table import printed
from tests.connectors.examples import EXAMPLES
from tests.connectors.reading import DELIVERY, NOON, Json, json_values, outcomes, spoiled

PAIRS = [(name, example) for name, examples in EXAMPLES.items() for example in examples]
PARTS: dict[str, type] = {
    "actor": Party,
    "on_behalf_of": Party,
    "beneficiary": Party,
    "assignee": Party,
    "entitlement": Entitlement,
    "evidence": Evidence,
    "workflow": Workflow,
    "step": Step,
}
each_connector = pytest.mark.parametrize("source", CONNECTORS.values(), ids=CONNECTORS.keys())
each_example = pytest.mark.parametrize(("name", "example"), PAIRS)


def trees(source: Connector, document: Json, **changes: Any) -> list[dict[str, Any]]:
    """Read a record's events as trees."""
    read = source.read(orjson.loads(orjson.dumps(document)), replace(DELIVERY, **changes))
    return [tree for tree in read if not isinstance(tree, Told)]


def test_every_connector_has_examples_here() -> None:
    """A new connector is held to these promises as soon as it is listed."""
    assert EXAMPLES.keys() == CONNECTORS.keys()


def test_an_unknown_source_is_told_which_there_are() -> None:
    """Whoever mistypes `--source` reads the names."""
    with pytest.raises(UnknownSourceError) as caught:
        find("sailpiont")

    assert str(caught.value) == (
        f"there is no source 'sailpiont'; expected one of {sorted(CONNECTORS)}"
    )


@each_example
def test_every_example_becomes_events_that_can_be_read_back(name: str, example: Json) -> None:
    """Through the canonical bytes, and with an action that the connector says it carries."""
    found = outcomes(CONNECTORS[name], orjson.dumps(example))

    assert found
    for event in found:
        assert not isinstance(event, MalformedEventError | Told)
        assert event.action in CONNECTORS[name].carries


@each_example
def test_a_repeat_is_the_same_bytes(name: str, example: Json) -> None:
    """However often a record is delivered, and with its keys in whatever order."""
    shuffled = dict(random.Random(7).sample(list(example.items()), len(example)))
    first = [dumps(tree) for tree in trees(CONNECTORS[name], example)]

    assert [dumps(tree) for tree in trees(CONNECTORS[name], shuffled)] == first
    assert len({tree["id"] for tree in trees(CONNECTORS[name], example)}) == len(first)


@each_example
def test_a_later_delivery_differs_by_the_time_of_observation_only(name: str, example: Json) -> None:
    """A replay does not stamp it; where a source tells no time, the arrival is all there is."""
    later = NOON + timedelta(days=1)
    stamped = trees(CONNECTORS[name], example, observed_at=later)
    replayed = trees(CONNECTORS[name], example, observed_at=later, stamp_observed=False)

    for early, late, again in zip(trees(CONNECTORS[name], example), stamped, replayed, strict=True):
        timeless = early["occurred_at"] == NOON
        assert late.pop("observed_at") == later
        assert early.pop("observed_at") == NOON
        assert again.pop("observed_at", None) == (later if timeless else None)
        if timeless:
            assert (early.pop("occurred_at"), late.pop("occurred_at")) == (NOON, later)
            assert again.pop("occurred_at") == later
        assert early == late == again


@each_example
def test_the_way_in_names_the_tenant_and_the_source(name: str, example: Json) -> None:
    """Every event carries them; a native event names its own source."""
    for tree in trees(CONNECTORS[name], example, tenant="acme"):
        assert tree["tenant"] == "acme"
        assert tree["source"] == ("iga/acme" if name == "native" else "acme")
        assert tree["raw"] == "sha256:00"


@pytest.mark.parametrize("name", CONNECTORS)
@given(body=st.binary(max_size=64) | json_values.map(orjson.dumps))
def test_any_bytes_are_read_or_refused(name: str, body: bytes) -> None:
    """Whatever arrives, the only error is a refusal that names its field."""
    outcomes(CONNECTORS[name], body)


@each_example
@settings(max_examples=25, deadline=None)
@given(data=st.data())
def test_any_json_in_any_place_is_read_or_refused(
    name: str, example: Json, data: st.DataObject
) -> None:
    """And whatever is read decodes and round-trips."""
    outcomes(CONNECTORS[name], orjson.dumps(data.draw(spoiled(example))))


@each_connector
def test_a_table_fills_fields_that_an_event_has(source: Connector) -> None:
    """Our side of every row is a field of the vocabulary."""
    known = {each.name for each in fields(Event)}
    known |= {f"{part}.{each.name}" for part, kind in PARTS.items() for each in fields(kind)}

    for form in source.forms:
        assert {ours for ours, _, _ in printed(form.rows)} <= known | PARTS.keys()


@each_connector
def test_a_connector_says_what_its_source_can_not(source: Connector) -> None:
    """Sentences for an auditor; what it tells and carries follows from its tables."""
    assert all(reason.endswith(".") for reason in source.never.values())
    assert source.joins.endswith(".")
    assert source.delay > timedelta(0)
    assert source.carries
    assert source.tells <= {each.name for each in fields(Event)}
    assert "action" in source.tells
    assert "actor" in source.tells | source.never.keys()
