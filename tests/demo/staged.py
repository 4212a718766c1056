"""Small days: a few people and a clock that moves in larger steps, so that tests are quick."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from stream.demo.day import Staging, show_day
from stream.demo.page import JsonLines
from stream.demo.text_page import TextPage

STAGED = {
    *("APR-001", "APR-002", "APR-003", "APR-004", "APR-005", "APR-007", "APR-008", "APR-009"),
    *("APR-010", "APR-011", "APR-013", "APR-014", "APR-015", "SOD-001", "SOD-002"),
    *("WHK-001", "WHK-002", "WHK-003", "WHK-004", "CHG-001", "CHG-002", "OWN-001"),
    *("EVD-001", "EVD-002", "EVD-003", "EVD-004", "EVD-005", "EXC-001", "EXC-002", "EXC-003"),
    *("NHI-001", "NHI-002", "NHI-003"),
}
"""The rules that the day has a story for."""
UNSTAGED = {
    "APR-006": "whoever may approve has to be listed for every right there is",
    "APR-012": "favours returned take weeks to be more than chance",
    "APR-016": "a route that looks at no risk shows in some weeks, and this company's looks at it",
    "CHG-003": "the company's own policy does not change that day",
}
"""Those that it has none for, and why."""
SMALL = Staging(people=48, moment=timedelta(minutes=5))


def text_of(path: Path, seed: int, staging: Staging = SMALL) -> str:
    """The page of a day as a person who redirects it to a file reads it."""
    out = io.StringIO()
    show_day(path, TextPage(out, "foureyes", {}), seed=seed, staging=staging)
    return out.getvalue()


def lines_of(path: Path, seed: int, staging: Staging = SMALL) -> tuple[list[str], dict[str, Any]]:
    """The findings' changes of a day as lines, and the summary."""
    out = io.StringIO()
    show_day(path, JsonLines(out), seed=seed, staging=staging)
    *changes, summary = out.getvalue().splitlines()
    return changes, json.loads(summary)
