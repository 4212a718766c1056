"""`make mutants`: change the rules one place at a time, and see whether a test notices.

Works on a copy under `.mutants/`, module by module, for as many minutes as are given; what was
killed is kept there, and the next run goes on with the rest. What no test notices has to be written
into `accepted.toml` with a reason, or a test has to be written.
"""

import argparse
import shutil
import subprocess
import sys
import time
from hashlib import sha256
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

from tests.mutants.places import ROOT, Change, changes, modules
from tests.mutants.reasons import ACCEPTED, Reason, reasons
from tests.mutants.trial import KILLED, SURVIVED, read

WORK = ROOT / ".mutants"
COPIED = ("rules", "stream", "tests", "deploy", "pyproject.toml")
MINUTES = 60


class Tried(NamedTuple):
    """How far one module has come."""

    module: str
    killed: int
    survivors: list[Change]
    left: int


def main() -> int:
    """Change for a while, and tell what survived: 1 if something did for no stated reason."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="default: all of them")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    parser.add_argument("--afresh", action="store_true", help="also what was killed before")
    arguments = parser.parse_args()
    chosen = arguments.modules or modules()
    deadline = time.monotonic() + arguments.minutes * 60
    WORK.mkdir(exist_ok=True)
    with TemporaryDirectory(dir=WORK) as tree:
        _copy(Path(tree))
        for module in chosen:
            if arguments.afresh:
                _results(module).unlink(missing_ok=True)
            _try(Path(tree), module, deadline - time.monotonic())
    return _report([_tried(module) for module in chosen])


def _copy(tree: Path) -> None:
    """Copy what the tests need, so that whoever waits may go on editing."""
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, tree / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, tree / name)


def _results(module: str) -> Path:
    """Where a module's outcomes are kept; other content of it is other work."""
    digest = sha256((ROOT / module).read_bytes()).hexdigest()[:12]
    return WORK / f"{Path(module).stem}-{digest}.jsonl"


def _try(tree: Path, module: str, seconds: float) -> None:
    if seconds <= 0:
        return
    words = [module, str(_results(module)), str(seconds)]
    subprocess.run([sys.executable, "-m", "tests.mutants.trial", *words], cwd=tree, check=True)
    tried = _tried(module)
    told = f"{tried.killed} killed, {len(tried.survivors)} survived, {tried.left} left"
    print(f"{module}: {told}", file=sys.stderr, flush=True)


def _tried(module: str) -> Tried:
    outcomes = read(_results(module))
    killed, left = 0, 0
    survivors = []
    for change in changes(module, (ROOT / module).read_text()):
        outcome = outcomes.get(change.name)
        killed += outcome == KILLED
        left += outcome is None
        if outcome == SURVIVED:
            survivors.append(change)
    return Tried(module, killed, survivors, left)


def _report(all_tried: list[Tried]) -> int:
    told = reasons()
    explained, unexplained = [], []
    print(f"{'module':<55}{'changes':>8}{'killed':>8}{'explained':>10}{'survived':>9}{'left':>6}")
    for tried in all_tried:
        good = [each for each in tried.survivors if Reason.key_of(each) in told]
        bad = [each for each in tried.survivors if Reason.key_of(each) not in told]
        total = tried.killed + len(tried.survivors) + tried.left
        numbers = f"{total:>8}{tried.killed:>8}{len(good):>10}{len(bad):>9}{tried.left:>6}"
        print(f"{tried.module:<55}{numbers}")
        explained += good
        unexplained += bad
    for each in unexplained:
        print(f"{each.module}:{each.line}: {each.operator} in {each.function or 'the module'}")
        print(f"    - {each.was}\n    + {each.becomes}")
    totals = [sum(tried.killed for tried in all_tried), len(explained), len(unexplained)]
    left = sum(tried.left for tried in all_tried)
    killed, good_count, bad_count = totals
    print(f"{sum(totals) + left} changes: {killed} killed, {good_count} survived with a reason,")
    print(f"{bad_count} without one in {ACCEPTED.relative_to(ROOT)}, {left} not yet tried")
    return 1 if unexplained else 0


if __name__ == "__main__":
    raise SystemExit(main())
