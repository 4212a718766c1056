"""A real process log: one person did what policy keeps apart in the cases another tool found."""

import json
from pathlib import Path

import pytest

from stream.cli import main

SHARED = Path(__file__).parents[2].parent / "shared" / "samples" / "xes"
RECEIPT = SHARED / "receipt.xes.gz"
POLICY = """
[policy]
version = "xes"
[[keep_apart]]
first = "T11 Create document X request unlicensed"
second = "T12 Check document X request unlicensed"
"""


@pytest.mark.skipif(not RECEIPT.exists(), reason="the samples are not beside the checkout")
def test_the_permit_process_has_31_cases_in_which_one_resource_did_both(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """40 cases have both steps; in 31 of them, and in no other, one resource took both."""
    policy = tmp_path / "policy.toml"
    policy.write_text(POLICY)

    main(["replay", "--source", "xes", "--policy", str(policy), "--format", "jsonl", str(RECEIPT)])
    told = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    last = {each["finding"]: each for each in told if each.get("rule") == "SOD-001"}

    standing = {each["case"] for each in last.values() if each["change"] != "withdrawn"}
    assert len(standing) == 31
