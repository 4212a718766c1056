"""`foureyes policy check`: plain sentences, or every fault."""

from pathlib import Path

import pytest

from stream.cli import main
from tests.told_record import event, host_at_work, human

EXAMPLE = Path(__file__).parents[2] / "deploy" / "policy.example.toml"


def test_a_sound_policy_is_told_in_sentences(capsys: pytest.CaptureFixture[str]) -> None:
    """Its owner reads it back and sees whether it says what was meant."""
    code = main(["policy", "check", str(EXAMPLE)])
    told = capsys.readouterr().out

    assert code == 0
    assert "Policy example-1 (sha256:" in told
    assert "Answered for by team-iam" in told
    assert "An ordinary entitlement needs 1 person to approve, a privileged one 1 person." in told


def test_exceptions_sources_and_demands_are_told(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """What an auditor asks for first: who is exempt, until when, and who says so."""
    path = tmp_path / "p.toml"
    path.write_text(
        "[approvals]\nquorum_privileged = 2\n"
        "[evidence]\ndue_for = 'privileged'\nreason_for = 'none'\ngrace = '10m'\n"
        "[sources.acme]\nprogress = 'told'\nsilent_after = '2d'\n"
        "[[exceptions]]\nrule = 'APR-001'\nreason = 'one-person team'\nowner = 'ann'\n"
        "until = 2027-03-31T00:00:00+02:00\nperson = 'bo'\nworkflow = 'wf-1'\n"
    )

    assert main(["policy", "check", str(path)]) == 0

    told = capsys.readouterr().out

    assert "a privileged one 2 people" in told
    assert "No decision needs a reason." in told
    assert (
        "An approval of something privileged needs evidence within 1h, "
        "and is waited for 10m more." in told
    )
    assert (
        "Exception to APR-001 for person bo, workflow wf-1, until 2027-03-30 22:00:00Z, "
        "owned by ann: one-person team" in told
    )
    assert "Source acme: connector: not said; progress: told;" in told


def test_a_wrong_policy_is_refused_with_all_its_faults(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Exit code 2 and a line per fault on standard error; nothing on standard output."""
    path = tmp_path / "p.toml"
    path.write_text("[approvals]\nquorum = -1\n[setle]\nafter = '1d'\n")
    code = main(["policy", "check", str(path)])
    said = capsys.readouterr()

    assert code == 2
    assert said.out == ""
    assert f"{path}:2: approvals.quorum" in said.err
    assert "did you mean settle?" in said.err


def written(path: Path, text: str) -> str:
    """Write a policy document; give its path."""
    path.write_text(text)
    return str(path)


def test_what_becomes_weaker_is_told_and_is_the_exit_code(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """For whoever approves the change, and for the pipeline that asks for their approval."""
    strict = written(tmp_path / "a.toml", "[approvals]\nquorum_privileged = 2\n")
    lax = written(tmp_path / "b.toml", "[approvals]\ngrace = '1m'\n[rules]\nshadow = ['APR-001']\n")

    codes = [main(["policy", "diff", *both]) for both in ((strict, lax), (lax, strict))]
    forth, back = capsys.readouterr().out.split("Becomes weaker:")[1:]

    assert codes == [1, 1]
    assert "people who must approve a privileged entitlement: 2, now 1" in forth
    assert "Becomes stronger:\n  time for an approval to turn up" in forth
    assert "rules whose findings nobody is told of: APR-001, now not there" in back
    assert main(["policy", "diff", strict, strict]) == 0


def test_a_draft_is_tried_over_what_is_recorded(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Self-service takes a finding away; a second approver that is asked for brings others."""
    with host_at_work(tmp_path / "data"):
        pass
    draft = written(
        tmp_path / "draft.toml",
        "[[exceptions]]\nrule = 'APR-001'\nreason = 'x'\nowner = 'ciso'\n"
        "until = 2030-01-01T00:00:00Z\naccount = 'ann'\n[evidence]\ndue_within = '1m'\n",
    )

    code = main(["policy", "try", draft, "--over", str(tmp_path / "data")])
    coming, going = capsys.readouterr().out.split("would go")

    assert code == 0
    assert "APR-001  REQ-7" in going
    assert "APR-001" not in coming


def test_a_draft_changes_what_is_found_of_entities_too(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """An owner left hours ago: the draft leaves less time to name another one."""
    left = event("W-1", 1, 0, "owner_left", actor=human("hr"), workflow={"id": "wf-access"})
    other = event("W-2", 1, 1, "owner_assigned", actor=human("hr"), workflow={"id": "wf-other"})
    with host_at_work(tmp_path / "data", [left, other]):
        pass
    draft = written(tmp_path / "draft.toml", "[ownership]\nreplace_within = '1h'\n")

    assert main(["policy", "try", draft, "--over", str(tmp_path / "data")]) == 0
    assert "1 would come\n  OWN-001  wf-access" in capsys.readouterr().out
