"""`foureyes replay` as somebody with a file uses it: the right findings, and no others."""

import gzip
import json
import subprocess
import sys
from collections import Counter
from copy import deepcopy
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.benchmarks.events import BEGIN, raw_events, tick
from tests.connectors.sailpoint_examples import ANN, DECIDED
from tests.end_to_end.replayed import ROOT, expected_of, replay

SHARED = ROOT.parent / "shared"
SAMPLE = SHARED / "samples/sailpoint_isc/extracted_json/access-request-decision.0.json"
GENERATOR = SHARED / "peers/gen.py"
CASES = 150
END = BEGIN + timedelta(hours=3)
LINES = [*raw_events(CASES), tick(END)]
EXPECTED = expected_of(LINES)


@pytest.fixture
def raw(tmp_path: Path) -> Path:
    """The common work as a file of JSON lines."""
    return written(tmp_path / "raw.jsonl", LINES)


def written(path: Path, lines: list[bytes]) -> Path:
    """Write lines."""
    path.write_bytes(b"".join(line + b"\n" for line in lines))
    return path


def self_approval() -> dict[str, Any]:
    """A decision in which one identity asks, gets and approves; its name is told in three ways."""
    decided = deepcopy(DECIDED)
    decided["requestedFor"] = {**ANN, "name": "Arden, Ann (contractor)"}
    info = decided["requestedItemsStatus"][0]["approvalInfo"][:1]
    info[0] |= {"approverName": "Bo.Berg", "approver": {**ANN, "name": "A. Arden"}}
    decided["requestedItemsStatus"][0]["approvalInfo"] = info
    return decided


def test_one_identity_under_three_names_approved_its_own_request(tmp_path: Path) -> None:
    """Found by the id, which is the person; names are for reading."""
    path = tmp_path / "decision.json"
    path.write_text(json.dumps(self_approval(), indent=2))
    done = replay(path, "--source", "sailpoint")

    assert [(each["rule"], each["change"]) for each in done.findings] == [("APR-001", "opened")]
    assert "id-ann" in done.findings[0]["summary"]
    assert done.findings[0]["who"] == ["Bo.Berg (id-ann)"]


def test_names_that_agree_are_no_self_approval(tmp_path: Path) -> None:
    """Two identities that are called the same: two people."""
    decided = self_approval()
    info = decided["requestedItemsStatus"][0]["approvalInfo"][0]
    info["approver"] = {**ANN, "id": "id-ann-2"}
    path = tmp_path / "decision.json"
    path.write_text(json.dumps(decided))

    assert replay(path, "--source", "sailpoint").findings == []


@pytest.mark.skipif(not SAMPLE.exists(), reason="no samples beside the checkout")
def test_the_vendors_own_example_is_found() -> None:
    """SailPoint's documented decision: one id in all three roles, under two names."""
    done = replay(SAMPLE, "--source", "sailpoint")

    assert [each["rule"] for each in done.findings] == ["APR-001"]


def test_the_common_work_gives_exactly_what_a_plain_loop_gives(raw: Path) -> None:
    """Self-approvals and evidence that never came: each once, and nothing else."""
    done = replay(raw, "--source", "native")
    events = len(LINES) - 1

    assert done.code == 0
    assert done.told == EXPECTED
    assert {rule for _, rule in EXPECTED} == {"APR-001", "APR-004", "EVD-002"}
    assert f"read {events} = {events} recorded + 0 refused + 0 repeats" in done.err.replace(",", "")


@pytest.mark.skipif(not GENERATOR.exists(), reason="no generator beside the checkout")
def test_the_generated_work_gives_what_its_generator_expects(tmp_path: Path) -> None:
    """The generator of the comparison with others, and the findings that it writes down."""
    path = tmp_path / "work.jsonl"
    subprocess.run([sys.executable, GENERATOR, path, "1000"], check=True, capture_output=True)
    done = replay(path, "--source", "native")
    names = {"APR-001": "self-approval", "APR-004": "self-approval", "EVD-002": "missing-evidence"}
    told = Counter(f"{case} {names.get(rule, rule)}" for case, rule in done.told.elements())

    assert told == Counter(Path(f"{path}.expected").read_text().splitlines())


def test_shapes_and_ways_in_make_no_difference(raw: Path, tmp_path: Path) -> None:
    """Packed, from standard input, as one array, cut in several files: the same bytes come out."""
    whole = raw.read_bytes()
    packed = tmp_path / "packed"
    packed.write_bytes(gzip.compress(whole))
    array = tmp_path / "array.json"
    array.write_bytes(b"[" + b",\n".join(LINES) + b"]")
    first = sorted(replay(raw, "--source", "native").out.splitlines())
    others = [
        replay(packed, "--source", "native"),
        replay("-", "--source", "native", given=whole),
        replay(array, "--source", "native"),
    ]

    assert [sorted(each.out.splitlines()) for each in others] == [first] * len(others)


def test_several_files_are_one_source(tmp_path: Path) -> None:
    """By case or by time, in any order on the command line: each file is a lane of its own."""
    until = ["--until", END.isoformat()]
    lines = LINES[:-1]
    halves = [
        written(tmp_path / "even.jsonl", lines[::2]),
        written(tmp_path / "odd.jsonl", lines[1::2]),
    ]
    early = written(tmp_path / "early.jsonl", lines[: len(lines) // 2])
    late = written(tmp_path / "late.jsonl", lines[len(lines) // 2 :])
    told = [
        replay(*halves, "--source", "native", *until).told,
        replay(late, early, "--source", "native", *until).told,
    ]

    assert told == [EXPECTED, EXPECTED]


def test_nothing_is_called_missing_before_its_time(tmp_path: Path) -> None:
    """Without a word on how far the file goes, it goes to its last event; `--until` says more."""
    path = written(tmp_path / "raw.jsonl", LINES[:-1])
    quiet = replay(path, "--source", "native")
    until = replay(path, "--source", "native", "--until", END.isoformat())
    immediate = Counter({key: n for key, n in EXPECTED.items() if key[1] != "EVD-002"})

    assert quiet.told == immediate
    assert " + 0 still open + " not in quiet.err
    assert until.told == EXPECTED
    assert " + 0 still open + " in until.err


def test_who_a_person_is_comes_from_the_people_file(tmp_path: Path) -> None:
    """Two accounts of one person: approved through the second one, by proof and not by name."""
    case = [
        step("1", "requested", "ann", entitlement={"id": "ent-1"}, justification="Quarter end"),
        step("2", "approved", "ann-admin"),
    ]
    raw = written(tmp_path / "raw.jsonl", case)
    people = tmp_path / "people.csv"
    people.write_text("person,account,proof\np1,ann,hr\np1,ann-admin,hr\n")
    known = replay(raw, "--source", "native", "--people", people)

    assert replay(raw, "--source", "native").findings == []
    assert [(each["rule"], each["severity"]) for each in known.findings] == [
        ("APR-002", "critical")
    ]


def test_how_grave_it_is_comes_from_the_entitlements_file(tmp_path: Path) -> None:
    """The same self-approval of a right that the catalogue calls privileged."""
    case = [
        step("1", "requested", "ann", entitlement={"id": "ent-1"}, justification="Quarter end"),
        step("2", "approved", "ann"),
    ]
    raw = written(tmp_path / "raw.jsonl", case)
    rights = tmp_path / "rights.csv"
    rights.write_text("id,privileged\nent-1,yes\n")
    known = replay(raw, "--source", "native", "--entitlements", rights)

    assert [(each["rule"], each["severity"]) for each in known.findings] == [
        ("APR-001", "critical")
    ]


def test_what_is_asked_comes_from_the_policy(raw: Path, tmp_path: Path) -> None:
    """No evidence asked for: none is missed; every finding carries the policy's name."""
    policy = tmp_path / "policy.toml"
    policy.write_text('[policy]\nversion = "lenient-3"\n[evidence]\ndue_for = "none"\n')
    done = replay(raw, "--source", "native", "--policy", policy)

    assert {rule for _, rule in done.told} == {"APR-001", "APR-004"}
    assert {each["policy"] for each in done.findings} == {"lenient-3"}


def step(id: str, action: str, account: str, **more: object) -> bytes:
    """One step of REQ-1."""
    told = {
        "specversion": "1.0",
        "id": id,
        "source": "iga/acme",
        "type": f"iga.{action}",
        "subject": "REQ-1",
        "time": f"2026-11-02T11:00:0{id}Z",
        "data": {"actor": {"account": account, "kind": "human"}, **more},
    }
    return json.dumps(told).encode()


def test_a_finding_says_all_that_the_soc_needs(raw: Path) -> None:
    """The fields that are promised, in every line; the text form shows the same findings."""
    done = replay(raw, "--source", "native")
    text = replay(raw, "--source", "native", form="text")
    promised = {
        *("finding", "rule", "change", "severity", "case", "at", "evidence", "who", "summary"),
        *("next_step", "controls", "policy"),
    }

    assert all(promised <= each.keys() for each in done.findings)
    assert all(each["summary"].encode() in text.out for each in done.findings)
    assert text.err == done.err
