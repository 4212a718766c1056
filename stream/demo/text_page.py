"""The day as a person reads it: in colour on a terminal, plain everywhere else."""

import os
import textwrap
from collections.abc import Mapping
from datetime import datetime
from time import sleep
from typing import TextIO

from rich.console import Console
from rich.text import Text

from rules.finding import Change, Finding, Severity
from rules.machines.contract import Output
from rules.verdict import Verdict
from stream.demo.chronicle import Chronicle
from stream.demo.closing import Kind, closing
from stream.demo.feed import DAY
from stream.demo.page import Opening
from stream.demo.reference import POLICY
from stream.demo.summary import Summary
from stream.demo.words import COMPANY
from stream.telling import finding_text, untold_text

PLAIN, DIM, TITLE = "", "dim", "bold"
SEVERITIES = {
    Severity.CRITICAL: "bold red",
    Severity.HIGH: "red",
    Severity.MEDIUM: "yellow",
    Severity.LOW: "cyan",
}
GOOD, UNKNOWN, REFUSED = "green", "magenta", "yellow"
MARGIN = " " * len("00:00  ")
PAUSE_SECONDS = 0.2
"""After each finding, on a terminal only: a day that rushes by is not seen."""
WIDTH_MIN = 60
"""On a narrower terminal lines are left to it to break."""

VERDICTS = {
    Verdict.HELD: "held",
    Verdict.BROKEN: "broken",
    Verdict.OPEN: "open",
    Verdict.CANNOT_TELL: "cannot tell",
}
CAPTIONS = {
    7: "the first ferries are out",
    9: "the offices are open",
    12: "lunch",
    14: "the afternoon ferries",
    17: "the offices close",
    20: "the last ferry is in",
}


class Paper:
    """Lines of text, on a terminal in colour and broken at words, plain otherwise."""

    def __init__(self, out: TextIO, environ: Mapping[str, str]) -> None:
        self._out = out
        colours = out.isatty() and not environ.get("NO_COLOR") and environ.get("TERM") != "dumb"
        self._console = Console(file=out, highlight=False, soft_wrap=True) if colours else None

    def line(self, text: str = "", style: str = PLAIN, *, whole: bool = False) -> None:
        """Write one line; `whole`: it is left to the terminal to break it."""
        if self._console is None:
            self._out.write(f"{text}\n")
            self._out.flush()
            return
        for part in [text] if whole else _broken(text, self._console.width):
            self._console.print(Text(part, style=style))

    def rest(self) -> None:
        """Give whoever sits before a terminal a moment to read."""
        if self._console is not None:
            sleep(PAUSE_SECONDS)


def _broken(text: str, width: int) -> list[str]:
    """Break a line at words, each part as far in as the line begins."""
    words = text.lstrip()
    indent = " " * (len(text) - len(words))
    if width < WIDTH_MIN or len(text) <= width:
        return [text]
    return textwrap.wrap(
        words,
        width,
        initial_indent=indent,
        subsequent_indent=indent,
        break_long_words=False,
        break_on_hyphens=False,
    )


class TextPage:
    """Tells findings, refusals and hours as they come, and the sums at the end."""

    def __init__(self, out: TextIO, program: str, environ: Mapping[str, str] = os.environ) -> None:
        self._paper = Paper(out, environ)
        self._program = program
        self._opening: Opening

    def begin(self, opening: Opening) -> None:
        """Say who they are, what is read, and where it lies."""
        self._opening = opening
        company = opening.company
        self._paper.line(f"A day at {COMPANY}, a company that does not exist.", TITLE)
        self._paper.line(
            f"{len(company.people):,} people with {company.accounts():,} accounts, "
            f"{len(company.machines)} machine accounts, {len(company.rights)} rights. "
            f"It is {DAY:%A, %d %B %Y}; all times are UTC."
        )
        self._paper.line(
            f"{opening.raw_events:,} raw events ({', '.join(opening.streams)}) are read as they "
            "arrive: out of order, some twice, some late."
        )
        self._paper.line(
            f"What is asked of whom stands in {opening.directory / POLICY}. On the left is the "
            "clock of that day; the moment beside it is the one that a finding is about."
        )
        self._paper.line()

    def hour(self, at: datetime, recorded: int, decisions: Mapping[Verdict, int]) -> None:
        """Say how far the day is."""
        counts = {VERDICTS[verdict]: decisions[verdict] for verdict in VERDICTS}
        told = ", ".join(f"{count:,} {word}" for word, count in counts.items() if count)
        total = sum(counts.values())
        text = f"{at:%H:%M}  {recorded:,} events so far, {total:,} decisions: {told}"
        self._paper.line(text, DIM)
        if at.hour in CAPTIONS:
            self._paper.line(MARGIN + CAPTIONS[at.hour], DIM)
        self._paper.line()

    def tell(self, at: datetime, output: Output, chronicle: Chronicle) -> None:
        """Tell a finding's change, a refusal, or what nobody can tell."""
        finding = chronicle.take_finding(output)
        if finding is not None:
            self._block(at, finding_text(finding), _style(finding))
        for refused in chronicle.take_refused(output):
            self._block(at, f"REFUSED  {refused['place']}\n    {refused['reason']}", REFUSED)
        untold = chronicle.take_untold(output)
        if untold is not None:
            self._block(at, untold_text(untold), UNKNOWN)

    def end(self, summary: Summary, chronicle: Chronicle) -> None:
        """Print the sums, where everything lies, and what to try next."""
        for text, kind in closing(summary, chronicle, self._opening, self._program):
            style = TITLE if kind is Kind.TITLE else PLAIN
            self._paper.line(text, style, whole=kind is Kind.VERBATIM)

    def _block(self, at: datetime, text: str, style: str) -> None:
        head, *rest = text.split("\n")
        self._paper.line(f"{at:%H:%M}  {head}", style)
        for line in rest:
            words = line.lstrip()
            self._paper.line(MARGIN + words, DIM if words.startswith("next: ") else PLAIN)
        self._paper.line()
        self._paper.rest()


def _style(finding: Finding) -> str:
    if finding.change in (Change.WITHDRAWN, Change.CONFIRMED):
        return GOOD if finding.change is Change.WITHDRAWN else DIM
    return SEVERITIES[finding.severity]
