"""`foureyes replay` in a process of its own, and what a plain loop says should come of it."""

import json
import os
import subprocess
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.programs import FOUREYES

ROOT = Path(__file__).resolve().parents[2]
SECONDS_MAX = 60.0


@dataclass(frozen=True, slots=True)
class Replayed:
    """How a replay ended, and what it wrote where."""

    code: int
    out: bytes
    err: str

    @property
    def findings(self) -> list[dict[str, Any]]:
        """Standard output as JSON lines: nothing else may stand there."""
        return [json.loads(line) for line in self.out.splitlines()]

    @property
    def told(self) -> Counter[tuple[str, str]]:
        """Case and rule of every finding, once for each time that it was opened."""
        opened = (each for each in self.findings if each["change"] == "opened")
        return Counter((each["case"], each["rule"]) for each in opened)


def replay(*words: str | Path, given: bytes = b"", form: str = "jsonl") -> Replayed:
    """Run it, in an environment without settings."""
    done = subprocess.run(
        [*FOUREYES, "replay", *map(str, words), "--format", form],
        input=given,
        env={"PATH": os.environ["PATH"]},
        cwd=ROOT,
        capture_output=True,
        check=False,
        timeout=SECONDS_MAX,
    )
    err = done.stderr.decode()
    assert "Traceback" not in err, err
    return Replayed(done.returncode, done.stdout, err)


def expected_of(lines: Iterable[bytes]) -> Counter[tuple[str, str]]:
    """What the common work must give, by a plain loop: case and rule of each breach.

    Approved by who asked (APR-001) or else by who gets the access (APR-004); approved and no
    evidence in the case (EVD-002: in this work evidence comes within the hour or never).
    """
    cases: dict[str, dict[str, dict[str, Any]]] = {}
    for line in lines:
        event = json.loads(line)
        action = event["type"].removeprefix("iga.")
        cases.setdefault(event.get("subject", ""), {})[action] = (
            event["data"] if action != "tick" else {}
        )
    found: Counter[tuple[str, str]] = Counter()
    for case, steps in cases.items():
        if "approved" not in steps:
            continue
        approver = steps["approved"]["actor"]["account"]
        if approver == steps["requested"]["actor"]["account"]:
            found[case, "APR-001"] += 1
        elif approver == steps["requested"]["beneficiary"]["account"]:
            found[case, "APR-004"] += 1
        if "evidenced" not in steps:
            found[case, "EVD-002"] += 1
    return found
