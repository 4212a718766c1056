"""Two accounts of one person, told by SCIM: judged as the policy trusts it."""

import json
from pathlib import Path
from typing import Any

import pytest

from stream.cli import main
from tests.intake.scim_documents import listed, user, written

ANN = user("u-ann", "E-2")
ANN_ADMIN = user("u-ann-adm", "E-2", displayName="Ann (admin)")
BO = user("u-bo", "E-3")
POLICY = '[policy]\nversion = "trusts-scim"\nowner = "iam"\n[links]\nproofs = ["hr", "scim"]\n'


def step(number: int, action: str, account: str) -> dict[str, Any]:
    """A native event of the one case."""
    return {
        "specversion": "1.0",
        "id": f"e{number}",
        "source": "okta",
        "type": f"iga.{action}",
        "subject": "REQ-1",
        "time": f"2026-10-02T08:0{number}:00Z",
        "data": {"actor": {"account": account, "kind": "human"}, "justification": "Quarter end"},
    }


def rules_found(
    directory: Path, capsys: pytest.CaptureFixture[str], *words: str, approver: str = "u-ann-adm"
) -> set[str]:
    """Replay a request and its approval; the rules that saw something."""
    events = directory / "events.jsonl"
    events.write_bytes(written(step(1, "requested", "u-ann"), step(2, "approved", approver)))
    assert main(["replay", str(events), "--source", "native", "--format", "jsonl", *words]) == 0
    return {json.loads(line)["rule"] for line in capsys.readouterr().out.splitlines()}


def test_an_employee_number_makes_two_accounts_one_person_where_the_policy_says_so(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without the policy's word the link is known and gives nobody."""
    users, policy = tmp_path / "users.json", tmp_path / "policy.toml"
    users.write_bytes(written(listed(ANN, ANN_ADMIN, BO)))
    policy.write_text(POLICY)
    scim = ("--scim", f"okta={users}")

    assert "APR-002" not in rules_found(tmp_path, capsys, *scim)
    assert "APR-002" in rules_found(tmp_path, capsys, *scim, "--policy", str(policy))
    assert "APR-002" not in rules_found(
        tmp_path, capsys, *scim, "--policy", str(policy), approver="u-bo"
    )


def test_a_document_that_can_not_be_used_is_wrong_usage(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """With file, place and reason; and a word that is no source and file is told as such."""
    users, events = tmp_path / "users.json", tmp_path / "events.jsonl"
    users.write_bytes(written(listed(ANN, total=9)))
    events.write_bytes(written(step(1, "requested", "u-ann")))
    code = main(["replay", str(events), "--source", "native", "--scim", f"okta={users}"])
    told = capsys.readouterr().err

    assert code == 2
    assert f"{users}: Resources: found 1; expected all 9: every page of the answer" in told
    with pytest.raises(SystemExit):
        main(["replay", str(events), "--source", "native", "--scim", str(users)])
    assert "names no source and file; expected one like okta=users.json" in capsys.readouterr().err
