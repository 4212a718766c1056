"""A test run never passes over in silence what it did not test."""

import pytest

from tests import run_groups


@pytest.fixture
def bare_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine with Python and nothing else."""
    monkeypatch.setenv("PATH", "/nonexistent")
    monkeypatch.delenv("CI", raising=False)


@pytest.mark.usefixtures("bare_machine")
def test_a_group_left_out_is_named_with_what_enables_it(capsys: pytest.CaptureFixture[str]) -> None:
    """Whoever reads the last lines knows what was not tested and what to install."""
    code = run_groups.main(["kafka", "services"])
    told = capsys.readouterr().out

    assert code == 0
    assert "Left out: kafka, services." in told
    assert "apt-get install openjdk-17-jdk-headless maven" in told


@pytest.mark.usefixtures("bare_machine")
@pytest.mark.parametrize(("groups", "ci"), [(["kafka", "services"], "true"), (["kafka"], "")])
def test_a_group_left_out_fails_where_it_was_called_for(
    groups: list[str], ci: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In CI every group is called for; elsewhere the one that was asked for by name."""
    monkeypatch.setenv("CI", ci)

    assert run_groups.main(groups) == 1


def test_a_group_without_tests_fails() -> None:
    """Nothing collected is no proof of anything."""
    assert run_groups.main(["quick", "--", "-k", "no test has this name", "--collect-only"]) == 1
