"""What a demo prints, as seen by whoever lets the day pass; and the page for programs."""

import json
from collections.abc import Mapping
from datetime import datetime
from pathlib import Path
from typing import Any, NamedTuple, Protocol, TextIO

from rules.machines.contract import FINDINGS, Output
from rules.verdict import Verdict
from stream.demo.chronicle import Chronicle
from stream.demo.company import Company
from stream.demo.feed import DAY
from stream.demo.summary import Summary
from stream.demo.words import COMPANY

FORMAT = 1
"""The version of the summary that programs read."""


class Opening(NamedTuple):
    """What is known before the day begins. `directory` is as it was named on the command line."""

    company: Company
    seed: int
    directory: Path
    raw_events: int
    streams: tuple[str, ...]


class Page(Protocol):
    """Somewhere to tell the day."""

    def begin(self, opening: Opening) -> None:
        """Say what is about to be told."""

    def hour(self, at: datetime, recorded: int, decisions: Mapping[Verdict, int]) -> None:
        """Say that another hour is over."""

    def tell(self, at: datetime, output: Output, chronicle: Chronicle) -> None:
        """Tell one thing that a machine said, and when; and note it."""

    def end(self, summary: Summary, chronicle: Chronicle) -> None:
        """Say what the day came to."""


class JsonLines:
    """One line for each change of a finding, as the findings log has it; then the summary."""

    def __init__(self, out: TextIO) -> None:
        self._out = out
        self._opening: Opening

    def begin(self, opening: Opening) -> None:
        """Say nothing: programs want findings."""
        self._opening = opening

    def hour(self, at: datetime, recorded: int, decisions: Mapping[Verdict, int]) -> None:
        """Say nothing."""

    def tell(self, at: datetime, output: Output, chronicle: Chronicle) -> None:  # noqa: ARG002
        """Print a change of a finding; note the rest for the summary."""
        chronicle.take_refused(output)
        chronicle.take_untold(output)
        if output.log == FINDINGS:
            chronicle.take_finding(output)
            self._line(output.value.decode())

    def end(self, summary: Summary, chronicle: Chronicle) -> None:
        """Print the summary as one object."""
        opening = self._opening
        told: dict[str, Any] = {
            "format": FORMAT,
            "company": COMPANY,
            "people": len(opening.company.people),
            "day": f"{DAY:%Y-%m-%d}",
            "seed": opening.seed,
            "data": str(opening.directory),
            "raw_events": opening.raw_events,
            **summary.plain(),
            "refused": chronicle.refused,
            "cannot_tell": chronicle.untold,
        }
        self._line(json.dumps(told, ensure_ascii=False))

    def _line(self, text: str) -> None:
        self._out.write(f"{text}\n")
        self._out.flush()
