"""midPoint's stored deltas: whatever they hold, only what was assigned comes out, or a reason."""

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from stream.connectors.midpoint import MIDPOINT
from stream.pulling.database.deltas import reduced
from stream.pulling.database.records import camel, type_of
from tests.connectors.reading import Json, events, json_values
from tests.connectors.test_midpoint import EXECUTED

COMMON = "http://midpoint.evolveum.com/xml/ns/public/common/common-3#"
TYPES = "http://prism.evolveum.com/xml/ns/public/types-3#"
ROLE = {"oid": "oid-pay", "type": f"{COMMON}RoleType", "relation": "org:default"}


@pytest.mark.parametrize("prefix", ["", TYPES, "t:"], ids=["plain", "whole", "short"])
def test_names_are_read_with_and_without_their_namespaces(prefix: str) -> None:
    """They are written out, shortened or left out, as the place asks for."""
    item = {
        f"{prefix}modificationType": "add",
        f"{prefix}path": f"{COMMON}assignment",
        f"{prefix}value": {f"{COMMON}targetRef": ROLE, f"{COMMON}description": "not for us"},
    }
    delta = {f"{prefix}objectDelta": {f"{prefix}changeType": "modify", f"{prefix}itemDelta": item}}
    told = reduced(orjson.dumps(delta))
    (event,) = events(MIDPOINT, {**EXECUTED, "delta": [{"objectDelta": told}]})

    assert event.entitlement is not None
    assert (event.entitlement.id, event.entitlement.type) == ("oid-pay", "RoleType")
    assert "not for us" not in str(told)


XML = """<?xml version="1.0"?>
<t:objectDelta xmlns:t="types-3" xmlns:c="common-3" xmlns:xsi="instance">
  <t:changeType>modify</t:changeType>
  <t:itemDelta>
    <t:modificationType>add</t:modificationType><t:path>c:assignment</t:path>
    <t:value xsi:type="c:AssignmentType">
      <c:targetRef oid="oid-pay" relation="org:default" type="c:RoleType">
        <c:targetName><t:orig>Payments</t:orig><t:norm>payments</t:norm></c:targetName>
      </c:targetRef>
    </t:value>
    <t:value><c:targetRef oid="oid-two" type="c:OrgType"/></t:value>
  </t:itemDelta>
  <t:itemDelta>
    <t:modificationType>replace</t:modificationType><t:path>c:fullName</t:path>
    <t:value>not for us</t:value>
  </t:itemDelta>
</t:objectDelta>"""


def test_a_delta_in_xml_says_the_same() -> None:
    """Where somebody has set midPoint to it."""
    told = reduced(XML.encode())
    given, second = events(MIDPOINT, {**EXECUTED, "delta": [{"objectDelta": told}]})

    assert given.entitlement is not None
    assert second.entitlement is not None
    named = given.entitlement.id, given.entitlement.type, given.entitlement.name
    assert named == ("oid-pay", "RoleType", "Payments")
    assert second.entitlement.id == "oid-two"
    assert "not for us" not in str(told)


@pytest.mark.parametrize(
    "delta",
    [
        '<!DOCTYPE d [<!ENTITY a "aaaa">]><objectDelta>&a;</objectDelta>',
        "<a>" * 100 + "</a>" * 100,
        "<objectDelta>",
    ],
    ids=["entities", "depth", "cut"],
)
def test_xml_that_would_do_harm_has_a_reason(delta: str) -> None:
    """Nothing is expanded, and nothing is followed for ever."""
    assert reduced(delta.encode()) == "neither JSON nor XML"


@given(json_values | st.dictionaries(st.sampled_from(["objectDelta", "itemDelta"]), json_values))
def test_whatever_a_delta_holds_it_is_read_or_there_is_a_reason(delta: Json) -> None:
    """Nothing that is stored there stops the page it is on."""
    told = reduced(orjson.dumps(delta))

    inside = (delta.get("objectDelta") or delta) if isinstance(delta, dict) else delta
    assert isinstance(told, str) != isinstance(inside, dict)


@given(st.binary())
def test_bytes_that_are_no_delta_have_a_reason(delta: bytes) -> None:
    """Compressed, cut off, of another format: all the same."""
    assert reduced(delta)


@pytest.mark.parametrize(
    ("word", "words"),
    [("WORK_ITEM", "workItem"), ("REQUEST", "request"), (None, None)],
)
def test_words_are_written_as_the_schema_does(word: str | None, words: str | None) -> None:
    """So that one connector reads both."""
    assert camel(word) == words


def test_kinds_are_written_as_the_schema_does() -> None:
    """`ORG` is an OrgType there."""
    assert [type_of(each) for each in ("ORG", "FUNCTION_LIBRARY", None)] == [
        "OrgType",
        "FunctionLibraryType",
        None,
    ]
