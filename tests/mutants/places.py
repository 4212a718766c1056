"""Where a module can be changed and how: cosmic-ray's changes, less those that mean nothing."""

import difflib
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from cosmic_ray.ast import ast_nodes, get_ast
from cosmic_ray.ast.ast_query import ASTQuery
from cosmic_ray.mutating import mutate_code
from cosmic_ray.plugins import get_operator, operator_names

from tests.mutants.left_out import is_left_out

ROOT = Path(__file__).parents[2]


class Change(NamedTuple):
    """One change of one module: the operator that makes it, and the line before and after."""

    module: str
    function: str
    operator: str
    occurrence: int
    line: int
    was: str
    becomes: str
    text: str
    """The whole module, changed."""

    @property
    def name(self) -> str:
        """What the change is called among those of its module."""
        return f"{self.operator}/{self.occurrence}"


def modules() -> list[str]:
    """What is changed: every rule of the catalogue, and what judges with them."""
    rules = sorted((ROOT / "rules" / "catalog").glob("[a-z]*_[0-9]*.py"))
    core = [ROOT / "rules" / name for name in ("path.py", "policy.py", "verdict.py")]
    return [str(path.relative_to(ROOT)) for path in (*rules, *core)]


@cache
def _operators() -> dict[str, Any]:
    """The operators that need no arguments, by name."""
    classes = {name.removeprefix("core/"): get_operator(name) for name in operator_names()}
    return {name: each() for name, each in classes.items() if not each.arguments()}


def changes(module: str, source: str) -> Iterator[Change]:
    """Every change of a module that is tried, by operator and then by place."""
    nodes = list(ast_nodes(get_ast(source)))
    for name, operator in _operators().items():
        positions = (node for node in nodes for _ in operator.mutation_positions(node))
        for occurrence, node in enumerate(positions):
            if is_left_out(name, node):
                continue
            changed = mutate_code(source, operator, occurrence)
            where = ASTQuery(node).get_definition_name() or ""
            yield Change(module, where, name, occurrence, *_lines(source, changed), changed)


def unchanged(module: str) -> Change:
    """The module as it is: what the tests must not take for a change."""
    return Change(module, "", "", 0, 0, "", "", Path(module).read_text())


def _lines(source: str, changed: str) -> tuple[int, str, str]:
    """Number of the first line that differs, those lines as they were, and as they become."""
    before, after = source.split("\n"), changed.split("\n")
    matcher = difflib.SequenceMatcher(None, before, after, autojunk=False)
    for kind, start, end, other_start, other_end in matcher.get_opcodes():
        if kind != "equal":
            return start + 1, _one(before[start:end]), _one(after[other_start:other_end])
    return 0, "", ""


def _one(lines: list[str]) -> str:
    return re.sub(r"\s+", " ", " ".join(lines)).strip()
