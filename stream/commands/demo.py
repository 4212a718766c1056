"""`foureyes demo`: a day at a company that does not exist, told as it happens."""

import argparse
import os
import shutil
import sys
from pathlib import Path

from stream.demo.day import show_day
from stream.demo.page import JsonLines, Page
from stream.demo.text_page import TextPage

SUMMARY = "a day at a made-up company: findings as they come, a summary, ends by itself"
SEED = 4
DIRECTORY = Path("foureyes-demo")
PROGRAM = "foureyes"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Declare the words after `foureyes demo`."""
    parser.add_argument(
        "--seed", type=int, default=SEED, help=f"another number, another day (default: {SEED})"
    )
    parser.add_argument("--format", choices=("text", "jsonl"), default="text")
    parser.add_argument(
        "--data",
        type=Path,
        default=DIRECTORY,
        help=f"where the day is kept; only a demo's own is overwritten (default: {DIRECTORY})",
    )


def run(arguments: argparse.Namespace) -> int:
    """Show the day. What it finds is part of the show, so the exit code is 0."""
    page: Page = JsonLines(sys.stdout)
    if arguments.format == "text":
        page = TextPage(sys.stdout, _called())
    try:
        show_day(arguments.data, page, seed=arguments.seed)
    except BrokenPipeError:
        # Whoever reads has seen enough (`| head`); nothing more may be written at the end either.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
    return 0


def _called() -> str:
    """How foureyes is called from here, so that what the demo suggests can be copied."""
    own = sys.argv[0]
    if shutil.which(PROGRAM) is None and Path(own).name == PROGRAM:
        return own
    return PROGRAM
