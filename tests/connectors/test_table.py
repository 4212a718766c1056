"""The table's own promises: limits that no fixture of a source would reach."""

from typing import Any

import pytest

from rules.events import ActorKind
from stream.connectors import MalformedEventError
from stream.connectors.sailpoint import SAILPOINT
from stream.connectors.table import (
    EVENTS_PER_RECORD_MAX,
    Form,
    Unfit,
    constant,
    if_known,
    party,
    text,
    truth,
)
from tests.connectors.reading import DELIVERY, refusal
from tests.connectors.sailpoint_examples import CY, DECIDED, ITEM, SUBMITTED


def test_a_record_of_two_kinds_of_event_is_bounded_in_all() -> None:
    """Neither kind alone is too many."""
    item = {**ITEM, "approvalInfo": [{"approvalDecision": "APPROVED", "approver": CY}]}
    many = {**DECIDED, "requestedItemsStatus": [item] * (EVENTS_PER_RECORD_MAX // 2 + 1)}

    assert refusal(SAILPOINT, many).endswith("expected a record of at most 1000 events")


def test_a_record_that_can_not_be_written_again_has_no_id() -> None:
    """An id comes from the content; what nests deeper than JSON is written is refused."""
    deep: Any = "bottom"
    for _ in range(300):
        deep = [deep]

    with pytest.raises(MalformedEventError) as caught:
        SAILPOINT.read({**SUBMITTED, "deep": deep}, DELIVERY)

    assert caught.value.kind == "too_deep"


def test_a_word_that_a_vendor_added_since_does_not_refuse_a_record() -> None:
    """What only describes is left out; numbers are code words too."""
    kinds = if_known("kind", {"PERSON": ActorKind.HUMAN.value, 2: ActorKind.SERVICE.value})
    form = Form(
        title="t",
        recognised_by="always",
        rows={"action": constant("requested"), "actor": party(text("who"), kind=kinds)},
    )

    found: list[object] = ["PERSON", 2, "NEW", []]

    assert [form.read({"who": "ann", "kind": kind})["actor"].get("kind") for kind in found] == [
        "human",
        "service",
        None,
        None,
    ]


def test_a_term_reads_alone_as_it_reads_compiled() -> None:
    """A table's alternatives are asked one by one; they check as strictly."""
    assert truth("a.b").read({"a": {"b": True}}) is True
    assert truth("a.b").read({"a": {}}) is None
    with pytest.raises(Unfit) as caught:
        truth("a.b").read({"a": {"b": 1}})

    assert caught.value.field == "a.b"
