"""Each system's documented fields, replayed into cases: exactly these findings, and no others.

Every connector replays its own fixtures. Most of them tell a decision that is sound, or a part of
one; a second story of the same fields tells one that is not.
"""

import json
from collections.abc import Iterable, Mapping
from pathlib import Path
from types import MappingProxyType

import orjson
import pytest

from stream.cli import main
from stream.connectors import CONNECTORS
from tests.connectors import test_baton, test_gateway, test_servicenow, test_zeebe
from tests.connectors.examples import EXAMPLES
from tests.connectors.native_examples import ENVELOPE
from tests.connectors.reading import Json
from tests.connectors.test_ibm_verify import ASKED as ASKED_AT_IBM
from tests.connectors.test_ibm_verify import DATA as DATA_AT_IBM
from tests.connectors.test_ibm_verify import approved as approved_at_ibm

UNTIL = "2027-06-01T00:00:00Z"
NOTHING: Mapping[str, bytes] = MappingProxyType({})
ANN_CLAIMS = """<?xml version="1.0" encoding="UTF-8"?>
<log xes.version="1.0"><trace><string key="concept:name" value="c-7"/>
<event><string key="concept:name" value="A_SUBMITTED"/><string key="org:resource" value="Ann"/>
<date key="time:timestamp" value="2026-10-01T10:00:00.000+02:00"/></event>
<event><string key="concept:name" value="A_APPROVED"/><string key="org:resource" value="Ann"/>
<date key="time:timestamp" value="2026-10-01T11:00:00.000+02:00"/></event></trace></log>"""


def found(
    source: str,
    body: bytes,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    *,
    also: Mapping[str, bytes] = NOTHING,
) -> set[tuple[str, str]]:
    """Replay a body: (rule, case or source) of all that was opened; derived cases by their ends."""
    path = tmp_path / f"body.{'xes' if body.startswith(b'<') else 'jsonl'}"
    path.write_bytes(body)
    words = ["replay", str(path), "--source", source, "--until", UNTIL, "--format", "jsonl"]
    for name, other in also.items():
        beside = tmp_path / f"{name}.jsonl"
        beside.write_bytes(other)
        words += ["--also", f"{name}={beside}"]
    assert main(words) == 0
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    return {
        (each["rule"], _short(each.get("case") or each["entity"]))
        for each in told
        if each["change"] == "opened"
    }


def _short(case: str) -> str:
    """Leave out what is derived from the content of a record that has no id."""
    head, _, tail = case.partition(":")
    is_derived = len(tail) > 32 and "-" in tail and tail[:32].isalnum()
    return f"{head}:…{tail.partition('-')[2]}" if is_derived else case


def lines(documents: Iterable[Json]) -> bytes:
    """Write records, one a line."""
    return b"\n".join(orjson.dumps(each) for each in documents)


OF_EXAMPLES: dict[str, set[tuple[str, str]]] = {
    # Somebody decided for another in a case that nobody has asked for.
    "native": set(),
    # Decided for somebody else by a deputy; two grants that no approval stands behind.
    "sailpoint": {
        ("APR-003", "req-1"),
        ("APR-008", "sailpoint:…000-provisioned"),
        ("APR-008", "sailpoint:…002-provisioned"),
        ("EVD-002", "req-1"),
        ("WHK-002", "sailpoint:…000-changed_outside"),
        ("WHK-002", "sailpoint:…001-changed_outside"),
    },
    "teleport": {
        ("APR-008", "teleport:uid-5:access_list.member.create:0:ann"),
        ("APR-008", "teleport:uid-5:access_list.member.create:0:cy"),
        ("APR-011", "req-1"),
    },
    "entra": {("APR-008", "emreq-1")},
    "okta": {("APR-001", "req-1"), ("EXC-003", "okta:0a1b-8")},
    "midpoint": {
        ("APR-008", "unlinked:midpoint-request:req-op-2"),
        ("EVD-005", "unlinked:midpoint-request:req-op-2"),
    },
    # Asked, decided by another, given: nothing to find.
    "servicenow": set(),
    "ibm_verify": set(),
    # A grant alone: no source that could tell of an approval has reported, so none is missing.
    "baton": set(),
    "cloudtrail": {("EVD-004", "cloudtrail")},
    "github": {
        ("APR-008", "github:doc-1"),
        ("APR-008", "github:…000-provisioned"),
        ("APR-015", "github:doc-2"),
        ("EVD-004", "github"),
    },
    "zeebe": set(),
    "n8n": {
        ("APR-008", "n8n-user:u-ben"),
        ("EVD-005", "n8n-execution:14"),
        ("EVD-005", "n8n-execution:15"),
    },
    # One side's word on a call: the other side's source is not there to be silent.
    "gateway": set(),
}


@pytest.mark.parametrize("source", sorted(EXAMPLES.keys() - {"xes"}))
def test_the_fixtures_of_a_system_have_these_findings(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """A grant outside any case, a hole in the record, an approval of one's own: all as expected."""
    assert found(source, lines(EXAMPLES[source]), tmp_path, capsys) == OF_EXAMPLES[source]


SERVICENOW_OWN = {
    **test_servicenow.APPROVED,
    "approver": test_servicenow.ITEM["opened_by"],
    "approver.user_name": "ann.arden",
    "sys_updated_by": "ann.arden",
}
NATIVE_OWN = {key: told for key, told in ENVELOPE["data"].items() if key != "on_behalf_of"}
NATIVE_ASKED = {"tenant": "acme", "actor": {"account": "bo", "kind": "human"}}
OWN_APPROVALS: dict[str, tuple[bytes, str]] = {
    "servicenow": (lines([test_servicenow.ITEM, SERVICENOW_OWN]), test_servicenow.ITEM_ID),
    "ibm_verify": (
        lines([ASKED_AT_IBM, approved_at_ibm(approver="ann.arden", performedby="ann.arden")]),
        DATA_AT_IBM["request"],
    ),
    "native": (
        lines(
            [
                {**ENVELOPE, "id": "REQ-7-1", "type": "iga.requested", "data": NATIVE_ASKED}
                | {"time": "2026-11-01T00:01:10Z"},
                {**ENVELOPE, "data": NATIVE_OWN},
            ]
        ),
        "REQ-7",
    ),
    "xes": (ANN_CLAIMS.encode(), "xes:c-7"),
}


@pytest.mark.parametrize("source", sorted(OWN_APPROVALS))
def test_who_approves_what_they_asked_for_is_found_in_their_own_fields(
    source: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The same fields with one person in both places."""
    body, case = OWN_APPROVALS[source]

    assert ("APR-001", case) in found(source, body, tmp_path, capsys)


def test_a_call_with_a_wrong_signature_is_found_in_the_gateways_own_fields(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """It succeeded, and the gateway says that the signature did not hold."""
    body = lines([{**test_gateway.CALL, "signature": "bad"}])

    assert found("gateway", body, tmp_path, capsys) == {("WHK-003", "unlinked:execution:exec-1")}


def test_a_grant_of_batons_feed_is_found_beside_a_source_of_approvals(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """ServiceNow tells every approval: what Bo has now is behind none of them."""
    approved = lines([test_servicenow.ITEM, test_servicenow.APPROVED])
    grant = lines([test_baton.GRANT])

    assert found("baton", grant, tmp_path, capsys, also={"servicenow": approved}) == {
        ("APR-008", "baton:ev-1")
    }


def test_a_call_that_no_job_of_zeebe_made_is_found_beside_its_gateway(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The process tells of one job, the gateway of another call: neither explains the other."""
    case = f"zeebe-instance:{test_zeebe.INSTANCE_KEY}"
    other = {"case": case, "extension": "give-admin", "time": "2026-10-01T12:00:00Z"}
    seen = lines([{**test_gateway.CALL, "invocation": None, **other}])
    told = lines(test_zeebe.EXAMPLES)

    assert found("zeebe", told, tmp_path, capsys, also={"gateway": seen}) == {("WHK-001", case)}


def test_the_same_call_told_by_zeebe_and_its_gateway_is_no_finding(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The job's type is what the gateway knows the caller's extension by."""
    case = f"zeebe-instance:{test_zeebe.INSTANCE_KEY}"
    same = {"case": case, "extension": "notify-hr", "time": "2026-10-01T09:00:00Z"}
    seen = lines([{**test_gateway.CALL, "invocation": None, **same}])
    told = lines(test_zeebe.EXAMPLES)

    assert found("zeebe", told, tmp_path, capsys, also={"gateway": seen}) == set()


def test_every_system_is_replayed() -> None:
    """A connector that is not named here would never be missed."""
    assert {*OF_EXAMPLES, "xes"} == set(CONNECTORS)
