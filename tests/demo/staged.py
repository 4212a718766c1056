"""Small days: a few people and a clock that moves in larger steps, so that tests are quick."""

import io
import json
from datetime import timedelta
from pathlib import Path
from typing import Any

from stream.demo.day import Staging, show_day
from stream.demo.page import JsonLines
from stream.demo.text_page import TextPage

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
