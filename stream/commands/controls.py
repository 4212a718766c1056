"""`foureyes controls [ID]`: each control, the rules that speak for it, and its health."""

import argparse
import json
import sys
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules.catalog import CATALOG
from rules.controls import FRAMEWORKS
from rules.controls.framework import Control, Framework
from rules.verdict import Verdict
from stream.recorded import judges_over

SUMMARY = "list the controls, which rules speak for each, and how they fare over what is recorded"
EXIT_USAGE = 2
Counts = Mapping[str, Mapping[Verdict, int]]
"""By rule, how many cases it says what of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One control with the rules that speak for it, and what they say of how many cases."""

    framework: Framework
    control: Control
    rules: tuple[str, ...]
    health: Mapping[Verdict, int] | None
    """None: nobody has looked at a record."""

    @property
    def name(self) -> str:
        """The control as rules write it."""
        return f"{self.framework.short} {self.control.id}"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes controls`."""
    parser.add_argument("id", nargs="?", metavar="ID", help='one control, such as "CSF PR.AA-05"')
    parser.add_argument("--data", type=Path, help="data directory of foureyes run: tell the health")
    parser.add_argument(
        "--all", action="store_true", help="also those that no rule speaks for, and withdrawn ones"
    )
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Print them; 2 if there is none of that name."""
    counts = _counts(arguments.data) if arguments.data else None
    every = [spoken(of, each, counts) for of in FRAMEWORKS for each in of.controls]
    chosen = [each for each in every if each.rules or arguments.all]
    if arguments.id:
        chosen = [each for each in every if each.name.lower() == arguments.id.lower()]
        if not chosen:
            sys.stderr.write(f"foureyes: no framework here has the control {arguments.id!r}\n")
            return EXIT_USAGE
    print({"text": _text, "markdown": _markdown, "json": _json}[arguments.format](chosen))
    return 0


def spoken(framework: Framework, control: Control, counts: Counts | None) -> Spoken:
    """Say which rules speak for a control. A case counts once for each of them."""
    name = f"{framework.short} {control.id}"
    rules = tuple(rule.id for rule in CATALOG if name in rule.controls)
    health = None
    if counts is not None:
        none: Mapping[Verdict, int] = {}
        health = {
            verdict: sum(counts.get(rule, none).get(verdict, 0) for rule in rules)
            for verdict in Verdict
        }
    return Spoken(framework=framework, control=control, rules=rules, health=health)


def _counts(directory: Path) -> Counts:
    counts: dict[str, dict[Verdict, int]] = {}
    for judge in judges_over(directory):
        for rule, told in judge.tally.rules.items():
            of_rule = counts.setdefault(rule, dict.fromkeys(Verdict, 0))
            for verdict, number in told.items():
                of_rule[verdict] += number
    return counts


def _status(control: Control) -> str:
    if control.is_active:
        return "active"
    return f"withdrawn, now {', '.join(control.moved_to)}" if control.moved_to else "withdrawn"


def _health(health: Mapping[Verdict, int] | None) -> str:
    if health is None:
        return "not looked at"
    told = ((word.replace("_", " "), number) for word, number in health.items() if number)
    words = (f"{number:,} {word}" for word, number in told)
    return ", ".join(words) or "nothing to say yet"


def _text(chosen: Iterable[Spoken]) -> str:
    lines = []
    for each in chosen:
        rules = ", ".join(each.rules) or "no rule"
        health = "" if each.health is None else f"; {_health(each.health)}"
        lines.append(f"{each.name}  {each.control.title} ({_status(each.control)})")
        lines.append(f"    {rules}{health}")
    return "\n".join(lines)


def _markdown(chosen: Iterable[Spoken]) -> str:
    rows = [
        f"| {each.name} | {each.control.title} | {_status(each.control)} "
        f"| {', '.join(each.rules) or 'none'} | {_health(each.health)} |"
        for each in chosen
    ]
    head = ["| control | title | status | rules | health |", "|---|---|---|---|---|"]
    return "\n".join([*head, *rows])


def _json(chosen: Sequence[Spoken]) -> str:
    told = [
        {
            "control": each.name,
            "framework": f"{each.framework.name} {each.framework.version}",
            "id": each.control.id,
            "title": each.control.title,
            "status": "active" if each.control.is_active else "withdrawn",
            "moved_to": list(each.control.moved_to),
            "rules": list(each.rules),
            "health": None if each.health is None else dict(each.health),
        }
        for each in chosen
    ]
    return json.dumps(told, indent=2, ensure_ascii=False)
