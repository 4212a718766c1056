"""`foureyes controls [ID]`: each control, its rules, its health, and what policy sets aside."""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from rules.catalog import CATALOG
from rules.controls import FRAMEWORKS
from rules.controls.framework import Control, Framework
from rules.verdict import Verdict
from stream.commands import controls_set_aside
from stream.pseudonyms.names import put_back, put_back_in_json
from stream.pseudonyms.place import names_of
from stream.recorded import Benches, benches_over
from stream.settings import Settings

SUMMARY = "list the controls, which rules speak for each, and how they fare over what is recorded"
EXIT_USAGE = 2
_TELL_ASIDE = {
    "text": controls_set_aside.text,
    "markdown": controls_set_aside.markdown,
    "json": controls_set_aside.as_json,
}


class Counts:
    """By rule, of how many cases and entities it says what, and where policy sets it aside."""

    def __init__(self, benches: Benches) -> None:
        self.rules: Counter[tuple[str, Verdict]] = Counter()
        self.set_aside: Counter[str] = Counter()
        for bench in (*benches.judges, *benches.patterns):
            self.set_aside.update(bench.tally.set_aside)
            for rule, told in bench.tally.rules.items():
                self.rules.update({(rule, verdict): number for verdict, number in told.items()})

    def of(self, rules: Iterable[str]) -> dict[Verdict, int]:
        """What some rules say together; a case counts once for each of them."""
        asked = tuple(rules)
        return {each: sum(self.rules[rule, each] for rule in asked) for each in Verdict}


@dataclass(frozen=True, slots=True, kw_only=True)
class Spoken:
    """One control with the rules that speak for it, and what they say of how many cases."""

    framework: Framework
    control: Control
    rules: tuple[str, ...]
    health: Mapping[Verdict, int] | None
    """None: nobody has looked at a record."""
    set_aside: int = 0
    """In how many of them policy sets a breach of one of the rules aside."""

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
    parser.add_argument(
        "--set-aside", action="store_true", help="with --data: list what policy sets aside, and why"
    )
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Print them; 2 if there is none of that name, or nothing to list from."""
    if arguments.set_aside and not arguments.data:
        sys.stderr.write("foureyes: --set-aside needs --data DIRECTORY\n")
        return EXIT_USAGE
    benches = benches_over(arguments.data) if arguments.data else None
    counts = Counts(benches) if benches else None
    every = [spoken(of, each, counts) for of in FRAMEWORKS for each in of.controls]
    chosen = [each for each in every if each.rules or arguments.all]
    if arguments.id:
        chosen = [each for each in every if each.name.lower() == arguments.id.lower()]
        if not chosen:
            sys.stderr.write(f"foureyes: no framework here has the control {arguments.id!r}\n")
            return EXIT_USAGE
    if benches and arguments.set_aside:
        rules = frozenset(rule for each in chosen for rule in each.rules)
        told = _TELL_ASIDE[arguments.format](controls_set_aside.set_aside_in(benches, rules))
        put = put_back_in_json if arguments.format == "json" else put_back
        with names_of(Settings.load({"FOUREYES_DATA": str(arguments.data)})) as names:
            print(put(told, names))
        return 0
    print({"text": _text, "markdown": _markdown, "json": _json}[arguments.format](chosen))
    return 0


def spoken(framework: Framework, control: Control, counts: Counts | None) -> Spoken:
    """Say which rules speak for a control, and what they say."""
    name = f"{framework.short} {control.id}"
    rules = tuple(rule.id for rule in CATALOG if name in rule.controls)
    return Spoken(
        framework=framework,
        control=control,
        rules=rules,
        health=None if counts is None else counts.of(rules),
        set_aside=0 if counts is None else sum(counts.set_aside[rule] for rule in rules),
    )


def _status(control: Control) -> str:
    if control.is_active:
        return "active"
    return f"withdrawn, now {', '.join(control.moved_to)}" if control.moved_to else "withdrawn"


def _health(spoken: Spoken) -> str:
    if spoken.health is None:
        return "not looked at"
    told = ((word.replace("_", " "), number) for word, number in spoken.health.items() if number)
    words = [f"{number:,} {word}" for word, number in told]
    aside = f"; {spoken.set_aside:,} set aside by policy" if spoken.set_aside else ""
    return (", ".join(words) or "nothing to say yet") + aside


def _text(chosen: Iterable[Spoken]) -> str:
    lines = []
    for each in chosen:
        rules = ", ".join(each.rules) or "no rule"
        health = "" if each.health is None else f"; {_health(each)}"
        lines.append(f"{each.name}  {each.control.title} ({_status(each.control)})")
        lines.append(f"    {rules}{health}")
    return "\n".join(lines)


def _markdown(chosen: Iterable[Spoken]) -> str:
    rows = [
        f"| {each.name} | {each.control.title} | {_status(each.control)} "
        f"| {', '.join(each.rules) or 'none'} | {_health(each)} |"
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
            "set_aside": None if each.health is None else each.set_aside,
        }
        for each in chosen
    ]
    return json.dumps(told, indent=2, ensure_ascii=False)
