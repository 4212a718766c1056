"""Runs the test groups in turn and says plainly which of them this machine could not run.

Usage: run_groups.py GROUP [GROUP …] [-- PYTEST-ARGUMENT …]

A group whose programs are missing is left out, and the last lines say so and what to install.
With CI=true in the environment, or when it is the only group asked for, that is a failure.
"""

import os
import re
import shutil
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

# The quick tests share nothing but the machine; a file's tests stay together for their fixtures.
SIDE_BY_SIDE = ("-n", "auto", "--dist", "loadfile")
ROOT = Path(__file__).resolve().parent.parent
JAVA_AT_LEAST = 17
NOTHING_COLLECTED = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Group:
    """Some of the tests, and what they need beyond Python."""

    name: str
    marks: str
    lacks: Callable[[], str | None]
    remedy: str = ""
    options: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """How one group went."""

    group: str
    state: str
    detail: str
    failed: bool


def lacks_nothing() -> str | None:
    """The quick tests need Python only."""
    return None


def lacks_kafka() -> str | None:
    """What a Kafka broker would need and this machine has not."""
    absent = lacks_programs("java", "mvn")
    if absent:
        return absent
    told = subprocess.run(["java", "-version"], capture_output=True, text=True, check=False).stderr
    version = re.search(r'version "(\d+)', told)
    if version is None or int(version[1]) < JAVA_AT_LEAST:
        return f"java is {version[1] if version else 'of unknown version'}, not {JAVA_AT_LEAST}"
    return None


def lacks_services() -> str | None:
    """What the tests among real neighbours would need and this machine has not."""
    return lacks_programs(
        "prometheus", "prometheus-alertmanager", "promtool", "rsyslogd", "postgres", "chromium"
    )


def lacks_programs(*names: str) -> str | None:
    """The names that are not on PATH, as a sentence."""
    absent = [name for name in names if found_program(name) is None]
    return f"not on PATH: {', '.join(absent)}" if absent else None


def found_program(name: str) -> str | None:
    """Where a program is: on PATH, or where Debian puts PostgreSQL's."""
    places = [os.environ.get("PATH", ""), *map(str, Path("/usr/lib/postgresql").glob("*/bin"))]
    return shutil.which(name, path=os.pathsep.join(places))


GROUPS = {
    group.name: group
    for group in (
        Group(
            name="quick",
            marks="not kafka and not services and not faults",
            lacks=lacks_nothing,
            options=SIDE_BY_SIDE,
        ),
        Group(
            name="kafka",
            marks="kafka and not services and not faults",
            lacks=lacks_kafka,
            remedy="apt-get install openjdk-17-jdk-headless maven",
        ),
        Group(
            name="faults",
            marks="faults",
            lacks=lacks_kafka,
            remedy="apt-get install openjdk-17-jdk-headless maven",
        ),
        Group(
            name="services",
            marks="services",
            lacks=lacks_services,
            remedy="apt-get install prometheus prometheus-alertmanager rsyslog postgresql chromium",
        ),
    )
}


def run(group: Group, arguments: Sequence[str], *, required: bool) -> Outcome:
    """Run one group under pytest, or leave it out and say why."""
    missing = group.lacks()
    if missing:
        detail = f"{missing}; to enable: {group.remedy}"
        return Outcome(group=group.name, state="left out", detail=detail, failed=required)
    print(f"== {group.name} tests ==", flush=True)
    started = time.monotonic()
    pytest = [sys.executable, "-m", "pytest", "-q", "-m", group.marks, *group.options, *arguments]
    code = subprocess.run(pytest, cwd=ROOT, check=False).returncode
    took = f"{time.monotonic() - started:.0f} s"
    if code == NOTHING_COLLECTED:
        detail = "no test was collected: a group without tests proves nothing"
        return Outcome(group=group.name, state="empty", detail=detail, failed=True)
    if code:
        detail = f"pytest ended with {code} after {took}"
        return Outcome(group=group.name, state="failed", detail=detail, failed=True)
    return Outcome(group=group.name, state="passed", detail=took, failed=False)


def summary(outcomes: Sequence[Outcome], *, in_ci: bool) -> str:
    """What ran, what did not, and what that means, in a few lines."""
    lines = ["", "== test groups =="]
    lines += [f"{each.group:<9} {each.state:<9} {each.detail}" for each in outcomes]
    left_out = [each.group for each in outcomes if each.state == "left out"]
    failed = [each.group for each in outcomes if each.failed]
    ran = [each.group for each in outcomes if each.state != "left out"]
    lines.append(f"Ran: {', '.join(ran) or 'none'}. Left out: {', '.join(left_out) or 'none'}.")
    if in_ci and left_out:
        lines.append("CI=true: a group left out counts as failed.")
    lines.append(f"FAILED: {', '.join(failed)}." if failed else "All that ran passed.")
    return "\n".join(lines)


def main(arguments: Sequence[str]) -> int:
    """0 when every group that had to run has passed."""
    cut = arguments.index("--") if "--" in arguments else len(arguments)
    names, passed_on = arguments[:cut], arguments[cut + 1 :]
    unknown = [name for name in names if name not in GROUPS]
    if unknown or not names:
        wrong = f"no group is called {', '.join(unknown)}" if unknown else "no group is named"
        print(f"{wrong}; there are {', '.join(GROUPS)}", file=sys.stderr)
        return 2
    in_ci = os.environ.get("CI", "").lower() == "true"
    required = in_ci or len(names) == 1
    outcomes = [run(GROUPS[name], passed_on, required=required) for name in names]
    print(summary(outcomes, in_ci=in_ci))
    return 1 if any(outcome.failed for outcome in outcomes) else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
