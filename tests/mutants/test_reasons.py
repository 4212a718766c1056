"""What is excused in `accepted.toml` is still there, and says why it makes no difference."""

import ast

import pytest

from tests.mutants.places import ROOT, changes, modules
from tests.mutants.reasons import Reason, reasons

ALL = list(reasons().values())
MODULE = "rules/catalog/made_up.py"
SOURCE = '''
def late(due: int | None, *, now: int) -> bool | None:
    """Whether something is late."""
    if due is None:
        return None
    return now > due
'''


def lines_of(reason: Reason) -> list[str]:
    """The lines of the function that a reason is about, or of its module."""
    source = (ROOT / reason.module).read_text()
    lines = [" ".join(line.split()) for line in source.splitlines()]
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, (ast.FunctionDef, ast.ClassDef)) and node.name == reason.function:
            return lines[node.lineno - 1 : node.end_lineno]
    return [] if reason.function else lines


@pytest.mark.parametrize("module", sorted({reason.module for reason in ALL}))
def test_what_is_excused_is_still_there(module: str) -> None:
    """A line that was changed since has to be tried again."""
    assert module in modules()
    for reason in (each for each in ALL if each.module == module):
        assert reason.was in lines_of(reason)
        assert reason.was != reason.becomes
        assert reason.reason.endswith(".")


def test_a_change_is_told_with_its_line_before_and_after() -> None:
    """So that a reader sees what was tried; a type and the mark of keywords are no places."""
    told = [(each.function, each.line, each.becomes) for each in changes(MODULE, SOURCE)]

    assert {line for _, line, _ in told} == {4, 6}
    assert ("late", 4, "if due is not None:") in told
    assert ("late", 6, "return now >= due") in told
    assert not [text for _, line, text in told if line == 4 and "==" in text]


def test_a_change_is_the_whole_module_with_one_line_changed() -> None:
    """It is what the tests are run over."""
    for change in changes(MODULE, SOURCE):
        pairs = zip(SOURCE.splitlines(), change.text.splitlines(), strict=True)
        assert [" ".join(was.split()) for was, now in pairs if was != now] == [change.was]
