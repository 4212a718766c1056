"""`foureyes demo`: what a newcomer gives, and what comes back."""

import json
import subprocess
import sys
from pathlib import Path

import pytest

from stream.cli import main
from stream.commands.demo import _called
from tests.demo.staged import STAGED

DEMO = [sys.executable, "-m", "stream.cli", "demo"]


def test_a_program_gets_json_lines_and_nothing_else(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """The whole day: each change as the findings log has it, then one summary."""
    code = main(["demo", "--format", "jsonl", "--data", str(tmp_path / "day")])
    printed = capsys.readouterr()
    *changes, summary = [json.loads(line) for line in printed.out.splitlines()]
    decisions = summary["decisions"]

    assert (code, printed.err, summary["format"]) == (0, "", 1)
    assert {each["rule"] for each in changes} == STAGED
    assert decisions["held"] > 0.9 * decisions["total"]
    assert decisions["total"] == sum(n for name, n in decisions.items() if name != "total")
    assert summary["raw_events"] > 2_000


def test_a_reader_that_has_seen_enough_is_no_error(tmp_path: Path) -> None:
    """`foureyes demo | head` ends without a traceback."""
    command = [*DEMO, "--data", str(tmp_path / "day")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE) as demo:
        assert demo.stdout is not None
        assert demo.stderr is not None
        first = demo.stdout.readline()
        demo.stdout.close()
        errors = demo.stderr.read()

    assert (demo.returncode, errors) == (0, b"")
    assert b"a company that does not exist" in first


def test_what_is_not_a_demos_own_is_refused_in_one_sentence(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nothing is written, and the sentence says what to do."""
    (tmp_path / "thesis.txt").write_text("years of work")
    code = main(["demo", "--data", str(tmp_path)])
    printed = capsys.readouterr()

    assert (code, printed.out) == (2, "")
    assert printed.err.count("\n") == 1
    assert "choose another with --data" in printed.err
    assert [each.name for each in tmp_path.iterdir()] == ["thesis.txt"]


@pytest.mark.parametrize(
    ("argument", "path", "expected"),
    [
        (".venv/bin/foureyes", "", ".venv/bin/foureyes"),
        ("/somewhere/pytest", "", "foureyes"),
    ],
)
def test_suggested_commands_begin_as_the_demo_was_called(
    monkeypatch: pytest.MonkeyPatch, argument: str, path: str, expected: str
) -> None:
    """`make demo` calls it by its path, where `foureyes` alone would not be found."""
    monkeypatch.setattr("sys.argv", [argument])
    monkeypatch.setenv("PATH", path)

    assert _called() == expected
