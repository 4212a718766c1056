"""One module's changes, tried one after the other: each in a fork that has imported the libraries.

Run in the copied tree, as `python -m tests.mutants.trial MODULE RESULTS SECONDS`. What is killed
is written down and not tried again; what survives is, since a test may have been written.
"""

import os
import resource
import sys
import time
from collections.abc import Iterator
from importlib import import_module
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec, SourceFileLoader
from importlib.util import spec_from_file_location
from multiprocessing import get_context
from pathlib import Path
from types import CodeType

import orjson
import pytest

from tests.mutants.places import Change, changes, unchanged

LIBRARIES = ("hypothesis.strategies", "msgspec", "pydantic")
"""Imported before the forks, which is most of what a run of the tests costs."""
CPU_SECONDS_MAX = 60
"""Where a machine is shared, the time on the wall says little."""
SECONDS_MAX = 900
BYTES_MAX = 2 * 2**30
PYTEST = ("-x", "-q", "-p", "no:cacheprovider", "--assert=plain")
ONLY = "FOUREYES_STORIES"
"""As in `tests.catalog.stories`, which the forks have to import for themselves."""
OF_EACH_FAMILY = "*-001"
"""The rules whose stories the core's changes are told: those of all of them take minutes."""
KILLED, SURVIVED = "killed", "survived"
CASES = "tests/catalog/test_cases.py"
UNASKED = "tests/rules/test_moot.py::test_of_an_ordinary_case_little_is_asked"
OF_THE_CORE = {
    "rules/path.py": (("tests/rules/test_path.py",), (CASES,)),
    "rules/policy.py": (
        ("tests/rules/test_policy.py", "tests/rules/test_weakening.py"),
        (CASES,),
    ),
    "rules/verdict.py": (("tests/rules/test_verdict.py",), (CASES,)),
}


class _Changed(SourceFileLoader):
    """A module whose text is not what its file says."""

    def __init__(self, name: str, path: str, text: str) -> None:
        super().__init__(name, path)
        self.text = text

    def get_code(self, _fullname: str) -> CodeType:
        return compile(self.text, self.path, "exec", dont_inherit=True)


class _Finder(MetaPathFinder):
    """Finds the one changed module, before anybody else does."""

    def __init__(self, change: Change) -> None:
        self.name = change.module.removesuffix(".py").replace("/", ".")
        self.loader = _Changed(self.name, str(Path(change.module).resolve()), change.text)

    def find_spec(self, fullname: str, *_where: object) -> ModuleSpec | None:
        if fullname != self.name:
            return None
        return spec_from_file_location(fullname, self.loader.path, loader=self.loader)


def rule_of(module: str) -> str | None:
    """The rule that a module of the catalogue is; None: it is another one."""
    if module in OF_THE_CORE:
        return None
    letters, digits = Path(module).stem.split("_")[:2]
    return f"{letters.upper()}-{digits}"


def tests_of(module: str) -> tuple[tuple[str, ...], ...]:
    """The tests that have to notice, the quickest first: a rule's own, or the core's."""
    return OF_THE_CORE.get(module, ((CASES,), (UNASKED,)))


def _run(change: Change) -> None:
    """In a fork: run the tests over the changed module, and end with pytest's word."""
    resource.setrlimit(resource.RLIMIT_AS, (BYTES_MAX, BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (CPU_SECONDS_MAX, CPU_SECONDS_MAX))
    silent = os.open(os.devnull, os.O_WRONLY)
    os.dup2(silent, 1)
    os.dup2(silent, 2)
    sys.meta_path.insert(0, _Finder(change))
    os.environ[ONLY] = rule_of(change.module) or OF_EACH_FAMILY
    for tests in tests_of(change.module):
        if pytest.main([*PYTEST, *tests]):
            os._exit(1)
    os._exit(0)


def is_killed(change: Change) -> bool:
    """Whether the tests of its module notice the change; to hang is to be noticed."""
    trial = get_context("fork").Process(target=_run, args=(change,))
    trial.start()
    trial.join(SECONDS_MAX)
    if trial.is_alive():
        trial.kill()
        trial.join()
    return trial.exitcode != 0


def read(results: Path) -> dict[str, str]:
    """What has been tried so far: a change's name → its outcome, the last one counting."""
    lines = results.read_text().splitlines() if results.exists() else []
    return dict(orjson.loads(line) for line in lines)


def _left(module: str, results: Path) -> Iterator[Change]:
    told = read(results)
    for change in changes(module, Path(module).read_text()):
        if told.get(change.name) != KILLED:
            yield change


def main(module: str, results: Path, seconds: float) -> None:
    """Try what is left of a module, for as long as there is time."""
    end = time.monotonic() + seconds
    for library in LIBRARIES:
        import_module(library)
    if "rules" in sys.modules:
        message = "the rules are imported already: no fork would see a changed one"
        raise SystemExit(message)
    if is_killed(unchanged(module)):
        message = f"{module}: its tests fail as it is, so they would notice anything"
        raise SystemExit(message)
    with results.open("ab") as out:
        for change in _left(module, results):
            if time.monotonic() > end:
                return
            outcome = KILLED if is_killed(change) else SURVIVED
            out.write(orjson.dumps([change.name, outcome]) + b"\n")
            out.flush()


if __name__ == "__main__":
    main(sys.argv[1], Path(sys.argv[2]), float(sys.argv[3]))
