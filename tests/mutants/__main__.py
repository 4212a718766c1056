"""`make mutants`: change the rules one place at a time, and see whether a test notices.

Works on a copy under `.mutants/`, module by module, for as many minutes as are given; what has been
done is kept there, and the next run goes on with the rest. What no test notices has to be written
into `accepted.toml` with a reason, or a test has to be written.
"""

import argparse
import json
import shutil
import subprocess
import sys
import time
import tomllib
from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Any, NamedTuple

ROOT = Path(__file__).parents[2]
WORK = ROOT / ".mutants"
TREE = WORK / "tree"
COPIED = ("rules", "stream", "tests", "deploy", "pyproject.toml")
ACCEPTED = Path(__file__).parent / "accepted.toml"
MUTANT_SECONDS_MAX = 60
MINUTES = 20
OF_THE_CORE = "tests/rules tests/catalog"


class Survivor(NamedTuple):
    """A change that no test noticed: where, which operator made it, and the line as it was."""

    module: str
    operator: str
    line: int
    text: str


class Done(NamedTuple):
    """How far one module has come."""

    total: int
    killed: int
    survivors: list[Survivor]


def modules() -> list[str]:
    """What is mutated: every rule of the catalogue, and what judges with them."""
    rules = sorted((ROOT / "rules" / "catalog").glob("[a-z]*_[0-9]*.py"))
    core = [ROOT / "rules" / name for name in ("path.py", "policy.py", "verdict.py")]
    return [str(path.relative_to(ROOT)) for path in (*rules, *core)]


def main() -> int:
    """Mutate for a while, and tell what survived: 1 if a survivor has no reason."""
    parser = argparse.ArgumentParser(prog="make mutants", description=__doc__)
    parser.add_argument("modules", nargs="*", metavar="MODULE", help="default: all of them")
    parser.add_argument("--minutes", type=float, default=MINUTES)
    arguments = parser.parse_args()
    chosen = arguments.modules or modules()
    deadline = time.monotonic() + arguments.minutes * 60
    _copy()
    for module in chosen:
        if time.monotonic() < deadline:
            _mutate(module, deadline)
    return _report(chosen)


def _copy() -> None:
    shutil.rmtree(TREE, ignore_errors=True)
    TREE.mkdir(parents=True)
    for name in COPIED:
        source = ROOT / name
        if source.is_dir():
            shutil.copytree(source, TREE / name, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copy(source, TREE / name)


def _session(module: str) -> Path:
    """Where the work on a module is kept; other content of it is other work."""
    digest = sha256((ROOT / module).read_bytes()).hexdigest()[:12]
    return WORK / f"{Path(module).stem}-{digest}.sqlite"


def _tests_of(module: str) -> str:
    """The tests that have to notice: a rule's own cases, or everything about rules."""
    name = Path(module).stem
    if "catalog" not in module:
        return OF_THE_CORE
    letters, digits = name.split("_")[:2]
    return f"tests/catalog/test_cases.py -k {letters.upper()}-{digits}"


def _mutate(module: str, deadline: float) -> None:
    session, config = _session(module), WORK / f"{Path(module).stem}.toml"
    command = f"{sys.executable} -m pytest -x -q -p no:cacheprovider {_tests_of(module)}"
    config.write_text(
        f'[cosmic-ray]\nmodule-path = "{module}"\ntimeout = {MUTANT_SECONDS_MAX}.0\n'
        f'excluded-modules = []\ntest-command = "{command}"\n'
        '[cosmic-ray.distributor]\nname = "local"\n'
    )
    if not session.exists():
        _cosmic_ray("init", str(config), str(session))
    left = deadline - time.monotonic()
    try:
        _cosmic_ray("exec", str(config), str(session), seconds=left)
    except subprocess.TimeoutExpired:
        print(f"{module}: time is up; the next run goes on here", file=sys.stderr)
        shutil.copy(ROOT / module, TREE / module)


def _cosmic_ray(*words: str, seconds: float | None = None) -> str:
    program = Path(sys.executable).with_name("cosmic-ray")
    done = subprocess.run(
        [str(program), *words],
        cwd=TREE,
        check=True,
        stdout=subprocess.PIPE,
        text=True,
        timeout=seconds,
    )
    return done.stdout


def _done(module: str) -> Done:
    total = killed = 0
    survivors = []
    for item, result in _dumped(module):
        total += 1
        if result is None:
            continue
        if result["test_outcome"] == "survived":
            survivors += [_survivor(each) for each in item["mutations"]]
        else:
            killed += 1
    return Done(total, killed, survivors)


def _dumped(module: str) -> Iterator[list[Any]]:
    session = _session(module)
    if session.exists():
        for line in _cosmic_ray("dump", str(session)).splitlines():
            yield json.loads(line)


def _survivor(mutation: dict[str, Any]) -> Survivor:
    number = mutation["start_pos"][0]
    text = (ROOT / mutation["module_path"]).read_text().split("\n")[number - 1].strip()
    operator = mutation["operator_name"].removeprefix("core/")
    return Survivor(mutation["module_path"], operator, number, text)


def _report(chosen: list[str]) -> int:
    reasons = {
        (each["module"], each["operator"], each["line"]): each["reason"]
        for each in tomllib.loads(ACCEPTED.read_text()).get("accepted", [])
    }
    unexplained, sums = 0, [0, 0, 0]
    for module in chosen:
        done = _done(module)
        sums = [
            a + b for a, b in zip(sums, (done.total, done.killed, len(done.survivors)), strict=True)
        ]
        for each in done.survivors:
            reason = reasons.get((each.module, each.operator, each.text))
            unexplained += reason is None
            print(f"{each.module}:{each.line}: {each.operator}: {each.text}")
            print(f"    {reason or 'SURVIVED: write a test, or a reason'}")
    total, killed, survived = sums
    left = total - killed - survived
    print(f"{total} mutants: {killed} killed, {survived} survived, {left} not yet run")
    print(f"{unexplained} of the survivors have no reason in {ACCEPTED.relative_to(ROOT)}")
    return 1 if unexplained else 0


if __name__ == "__main__":
    raise SystemExit(main())
