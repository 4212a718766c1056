"""What the documents say is what the program does."""

import argparse
import re
from pathlib import Path

from rules.catalog import CATALOG
from stream.cli import VERBS, build_parser
from stream.commands.rules import markdown

ROOT = Path(__file__).parent.parent


def test_the_readme_has_the_rules_that_are_in_force() -> None:
    """Run `foureyes rules --format markdown` and put it between the two marks."""
    readme = (ROOT / "README.md").read_text()
    table = re.search(r"<!-- rules:.*?-->\n(.*?)\n?<!-- /rules -->", readme, re.DOTALL)

    assert table is not None
    assert table[1] == markdown(CATALOG)


def test_the_readme_begins_with_the_two_commands() -> None:
    """A newcomer sees it work before reading on."""
    lines = (ROOT / "README.md").read_text().split("\n")

    assert [line.strip() for line in lines[2:4]] == ["make demo", "make test"]


def test_every_command_that_the_readme_shows_can_be_given() -> None:
    """Each `foureyes …` line of the README is one that the program's parser takes."""
    blocks = re.findall(r"```sh\n(.*?)```", (ROOT / "README.md").read_text(), re.DOTALL)
    shown = [
        re.split(r"\s+#|;", line.strip())[0]
        for block in blocks
        for line in block.split("\n")
        if line.startswith("foureyes ")
    ]
    parser = build_parser()

    assert shown
    for command in shown:
        assert isinstance(parser.parse_args(command.split()[1:]), argparse.Namespace)


def test_every_verb_says_what_it_does() -> None:
    """`foureyes --help` has a line for each verb."""
    told = build_parser().format_help()

    assert [verb for verb in VERBS if verb not in told] == []
