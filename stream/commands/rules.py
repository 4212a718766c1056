"""`foureyes rules [ID]`: what is in force, and why."""

import argparse
import json
import sys
from collections.abc import Sequence

from rules.catalog import CATALOG
from rules.controls import control_of
from rules.rule import Rule

SUMMARY = "list the rules in force, what each sees and what to do about it"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes rules`."""
    parser.add_argument("id", nargs="?", metavar="ID", help="one rule, such as APR-001")
    parser.add_argument("--format", choices=("text", "markdown", "json"), default="text")


def run(arguments: argparse.Namespace) -> int:
    """Print the rules, or the one that is asked for; 2 if there is none of that name."""
    chosen: Sequence[Rule] = CATALOG
    if arguments.id:
        chosen = [rule for rule in CATALOG if rule.id == arguments.id.upper()]
        if not chosen:
            known = ", ".join(rule.id for rule in CATALOG)
            sys.stderr.write(
                f"foureyes: no rule {arguments.id!r} is in force; there are: {known}\n"
            )
            return 2
    tell = {"text": _text, "markdown": markdown, "json": _json}[arguments.format]
    print(tell(chosen, detailed=bool(arguments.id)))
    return 0


def _severity(rule: Rule) -> str:
    if rule.severity is rule.severity_privileged:
        return rule.severity
    return f"{rule.severity} → {rule.severity_privileged}"


def _text(rules: Sequence[Rule], *, detailed: bool) -> str:
    if not detailed:
        return "\n".join(f"{r.id}  {_severity(r):<16}  {r.title}" for r in rules)
    return "\n".join(_page(rule) for rule in rules)


def _page(rule: Rule) -> str:
    lines = [f"{rule.id}  {rule.title}", f"  {rule.purpose}", ""]
    lines += [f"  {heading}: {text}" for heading, text in rule.guidance.items()]
    lines += [
        "",
        f"  Severity: {_severity(rule)} (ordinary → privileged); version {rule.version}",
        f"  Speaks for: {', '.join(rule.controls)}",
        f"  Asked when there is: {' and '.join(_needed(rule))}",
    ]
    return "\n".join(lines)


def _needed(rule: Rule) -> list[str]:
    return [" or ".join(sorted(w.replace("_", " ") for w in group)) for group in rule.needs]


def markdown(rules: Sequence[Rule], *, detailed: bool = False) -> str:
    """Write the rules as a table, as the README has it."""
    rows = [f"| {r.id} | {r.title} | {_severity(r)} | {', '.join(r.controls)} |" for r in rules]
    table = "\n".join(
        ["| rule | what it sees | severity | speaks for |", "|---|---|---|---|", *rows]
    )
    return table if not detailed else f"{table}\n\n" + "\n".join(_page(rule) for rule in rules)


def _json(rules: Sequence[Rule], *, detailed: bool) -> str:
    told = [
        {
            "id": rule.id,
            "title": rule.title,
            "severity": rule.severity,
            "severity_privileged": rule.severity_privileged,
            "purpose": rule.purpose,
            "detects": rule.guidance["Fires when"],
            "stays_quiet": rule.guidance["Stays quiet when"],
            "withdrawn_by": rule.guidance["Withdrawn by"],
            "next_step": rule.next_step,
            "controls": [
                {"control": name, "title": control_of(name)[1].title} for name in rule.controls
            ],
            "concerns": sorted(rule.concerns),
            "needs": [sorted(group) for group in rule.needs],
            "version": rule.version,
        }
        for rule in rules
    ]
    return json.dumps(told[0] if detailed else told, indent=2, ensure_ascii=False)
