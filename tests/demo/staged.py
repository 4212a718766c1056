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
    *("APR-014", "EVD-001", "EVD-002", "EVD-004", "EVD-005", "WHK-001", "WHK-002"),
}
"""The rules that the day has a story for."""
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
